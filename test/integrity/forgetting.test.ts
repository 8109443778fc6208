import { hkdfSync } from "node:crypto"
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { seal } from "../../server/payers/secretBox.ts"
import { run } from "../support/cli.ts"
import { freshDatabase } from "../support/database.ts"
import { Shop, shop } from "../support/server.ts"
import { buyer, makeProcess, shared } from "../support/world.ts"

const dataKey = Buffer.alloc(32, 9)
const keys = { current: Redacted.make(dataKey), others: [] }
const layer = Layer.orDie(Layer.provideMerge(Payers.layer(keys), freshDatabase))
const asked = { who: "kim", why: "the person asked for it" }

/** Another process with the same key. */
const another = Effect.flatMap(Database, (sql) =>
  Effect.map(
    Layer.build(Layer.orDie(Payers.layer(keys)).pipe(Layer.provide(Layer.succeed(Database, sql)))),
    (context) => Effect.provideContext(Payers, context),
  ),
).pipe(Effect.flatten)

const everything = Effect.flatMap(Database, (sql) =>
  Effect.promise(async () => ({
    payer: await sql`SELECT * FROM payer`,
    keys: await sql`SELECT * FROM payer_key`,
    forgotten: await sql`SELECT payer, who, why FROM payer_forgotten`,
  })),
)

describe("a payer", () => {
  it.effect("is known again from what is kept, and each has a key of its own", () =>
    Effect.gen(function* () {
      const payers = yield* Payers
      const names = ["user-1", "user-2"]
      for (const name of names) yield* payers.remember(payers.fingerprint(name), name)
      const { payer, keys } = yield* everything
      expect(new Set(keys.map((row) => String(row["wrapped"]))).size).toBe(2)
      expect(JSON.stringify([payer, keys])).not.toContain("user-")
      for (const name of names) expect(yield* (yield* another).userKeyOf(payers.fingerprint(name))).toBe(name)
    }).pipe(Effect.provide(layer), Effect.scoped),
  )

  it.effect("who is forgotten is known to nobody any more: not here, and elsewhere not after a minute", () =>
    Effect.gen(function* () {
      const payers = yield* Payers
      const elsewhere = yield* another
      const payer = payers.fingerprint("user-1")
      yield* payers.remember(payer, "user-1")
      expect(yield* elsewhere.userKeyOf(payer)).toBe("user-1")
      expect(yield* payers.forget(payer, asked)).toBe("forgotten")
      expect(yield* payers.userKeyOf(payer)).toBe(null)
      yield* TestClock.adjust("1 minute")
      expect(yield* elsewhere.userKeyOf(payer)).toBe(null)
      expect(yield* everything).toEqual({ payer: [], keys: [], forgotten: [{ payer, ...asked }] })
      expect(yield* payers.forget(payer, asked)).toBe("unknown")

      // Whoever comes back is a payer like any other, with another key.
      yield* elsewhere.remember(payer, "user-1")
      expect(yield* (yield* another).userKeyOf(payer)).toBe("user-1")
    }).pipe(Effect.provide(layer), Effect.scoped),
  )

  it.effect("is not readable from a copy of everything but the own key", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      const payers = yield* Payers
      const payer = payers.fingerprint("user-1")
      yield* payers.remember(payer, "user-1")
      const backup = yield* everything
      yield* payers.forget(payer, asked)
      yield* Effect.promise(
        () =>
          sql`INSERT INTO payer (payer, sealed, has_own_key) VALUES (${payer}, ${backup.payer[0]?.["sealed"]}, true)`,
      )
      expect(yield* payers.userKeyOf(payer)).toBe(null)
    }).pipe(Effect.provide(layer), Effect.scoped),
  )

  it.effect("from before there were own keys gets one when it is read", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      const payers = yield* Payers
      const payer = payers.fingerprint("user-1")
      const shared = Buffer.from(hkdfSync("sha256", dataKey, "", "tosspay-checkout payer seal", 32))
      const sealed = seal(shared, payer, Buffer.from("user-1"))
      yield* Effect.promise(() => sql`INSERT INTO payer (payer, sealed) VALUES (${payer}, ${sealed})`)
      expect(yield* payers.userKeyOf(payer)).toBe("user-1")
      const { payer: rows, keys } = yield* everything
      expect(rows).toMatchObject([{ has_own_key: true }])
      expect(keys.length).toBe(1)
      expect(yield* (yield* another).userKeyOf(payer)).toBe("user-1")
    }).pipe(Effect.provide(layer), Effect.scoped),
  )
})

describe("a checkout whose payer was forgotten", () => {
  it.effect("is asked about by nobody, and says so", () =>
    Effect.gen(function* () {
      const { create, report, read } = yield* makeProcess()
      const payers = yield* Payers
      const { checkout } = yield* create()
      yield* payers.forget(payers.fingerprint(buyer), asked)
      yield* report(checkout.context.payToken ?? "", "unknown")
      const history = yield* (yield* EventLog).history(checkout.checkoutId)
      expect(history.at(-1)).toMatchObject({ type: "StatusUnavailable", data: { cause: "NOT_SENT" } })
      expect(yield* read(checkout.context.order.orderId)).toMatchObject({ state: "authenticating" })
    }).pipe(Effect.provide(shared)),
  )
})

describe("audit forget", () => {
  it.live(
    "waits for what is unfinished, and leaves a log that is in order",
    () =>
      Effect.gen(function* () {
        const { call, sheet, env } = yield* Shop
        const { body } = yield* call("POST", "/api/payment/create", { amount: 5000 })
        const forget = (...words: ReadonlyArray<string>) => run(env, "audit", "forget", ...words)
        const refused = yield* forget("buyer-1", "--why", "asked", "--json")
        expect(refused.code).toBe(1)
        expect(JSON.parse(refused.out)).toMatchObject({ outcome: "unfinished", unfinished: [body.orderId] })

        yield* sheet(body.payToken, "approve")
        yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
        expect(yield* forget(body.orderId, "--why", "asked")).toMatchObject({
          code: 0,
          out: expect.stringContaining("1 checkouts stay"),
        })
        expect(yield* run(env, "audit", "verify")).toMatchObject({ code: 0 })
        expect(yield* call("GET", `/api/payment/orders/${body.orderId}`)).toMatchObject({
          status: 200,
          body: { state: "settled" },
        })
        expect(yield* forget("buyer-1", "--why", "asked")).toMatchObject({ code: 1 })
        expect(yield* forget("buyer-1")).toMatchObject({ code: 2 })
      }).pipe(Effect.provide(shop())),
    { timeout: 180_000 },
  )
})
