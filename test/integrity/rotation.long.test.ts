import { randomBytes } from "node:crypto"
import { describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Redacted } from "effect"
import { expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { type DataKeys, keyRing } from "../../server/payers/keyRing.ts"
import { Payers } from "../../server/payers/payers.ts"
import { rotateKeys } from "../../server/payers/rotateKeys.ts"
import { seal } from "../../server/payers/secretBox.ts"
import { run } from "../support/cli.ts"
import { freshDatabase } from "../support/database.ts"
import { Shop, shop } from "../support/server.ts"

const [first, second, third] = [1, 2, 3].map((byte) => Redacted.make(Buffer.alloc(32, byte))) as [
  Redacted.Redacted<Buffer>,
  Redacted.Redacted<Buffer>,
  Redacted.Redacted<Buffer>,
]
const keys = (current: Redacted.Redacted<Buffer>, ...others: DataKeys["others"]): DataKeys => ({
  current,
  others,
})

/** A server that was started with these keys. */
const serverWith = (given: DataKeys) =>
  Effect.flatMap(Database, (sql) =>
    Layer.build(Layer.provide(Payers.layer(given), Layer.succeed(Database, sql))),
  ).pipe(Effect.map((context) => Context.get(context, Payers)))

const names = Array.from({ length: 620 }, (_, index) => `user-${index}`)

/** As many payers as two batches hold, and one from before payers had keys of their own. */
const remembered = Effect.gen(function* () {
  const sql = yield* Database
  const payers = yield* serverWith(keys(first))
  yield* Effect.forEach(names, (name) => payers.remember(payers.fingerprint(name), name), {
    concurrency: 12,
  })
  const old = payers.fingerprint("old")
  const sealed = seal(keyRing(keys(first)).current.sealing, old, Buffer.from("old"))
  yield* Effect.promise(() => sql`INSERT INTO payer (payer, sealed) VALUES (${old}, ${sealed})`)
  return payers
})

const knowsAll = (payers: Payers["Service"], before: Payers["Service"]) =>
  Effect.forEach(
    [...names, "old"],
    (name) =>
      Effect.gen(function* () {
        expect(payers.fingerprint(name)).toBe(before.fingerprint(name))
        expect(yield* payers.userKeyOf(before.fingerprint(name))).toBe(name)
      }),
    { concurrency: 12, discard: true },
  )

const inOwnDatabase = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.scoped(effect), Layer.orDie(freshDatabase))

describe("a new DATA_KEY", () => {
  it.live("reads what was written with the one before, and after the rotation does without it", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        const before = yield* remembered
        yield* knowsAll(yield* serverWith(keys(second, first)), before)
        const told: Array<readonly [number, number]> = []
        const rotated = yield* rotateKeys(keys(second, first), (...progress) => told.push(progress))
        // Whoever read the one without a key of its own has given it one, with the new key.
        expect(rotated).toEqual({ rewrapped: names.length + 1, left: 0 })
        expect(told.at(-1)).toEqual([names.length + 1, names.length + 1])
        expect(told.length).toBeGreaterThan(2)
        yield* knowsAll(yield* serverWith(keys(second)), before)
        expect(yield* rotateKeys(keys(second))).toEqual({ rewrapped: 0, left: 0 })
      }),
    ),
  )

  it.live("can be rotated to while servers run with the keys the other way round", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        const before = yield* remembered
        const late = yield* serverWith(keys(first, second))
        const rotating = yield* Effect.forkChild(rotateKeys(keys(second, first)))
        yield* late.remember(late.fingerprint("newcomer"), "newcomer")
        yield* Fiber.join(rotating)
        yield* knowsAll(late, before)
        yield* knowsAll(yield* serverWith(keys(first, second)), before)
        yield* rotateKeys(keys(second, first))
        const after = yield* serverWith(keys(second))
        expect(yield* after.userKeyOf(late.fingerprint("newcomer"))).toBe("newcomer")
      }),
    ),
  )

  it.live("is rotated to in the end, wherever the rotation was stopped", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        const before = yield* remembered
        const stopped = rotateKeys(keys(second, first), (done) => {
          if (done > 400) throw new Error("stopped here")
        })
        expect((yield* Effect.exit(stopped))._tag).toBe("Failure")
        expect(yield* Effect.flip(serverWith(keys(second)))).toMatchObject({ exitCode: 2 })
        yield* knowsAll(yield* serverWith(keys(first, second)), before)
        const rotated = yield* rotateKeys(keys(second, first))
        expect(rotated.left).toBe(0)
        expect(rotated.rewrapped).toBeLessThan(names.length)
        expect(rotated.rewrapped).toBeGreaterThan(0)
        yield* knowsAll(yield* serverWith(keys(second)), before)
      }),
    ),
  )

  it.live("leaves alone what it has no key for, and says how much that is", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        yield* remembered
        const other = yield* serverWith(keys(third, first))
        yield* other.remember(other.fingerprint("stranger"), "stranger")
        expect(yield* rotateKeys(keys(second, first))).toMatchObject({ left: 1 })
        const behind = yield* serverWith(keys(second))
        expect(yield* Effect.flip(behind.userKeyOf(other.fingerprint("stranger")))).toMatchObject({
          _tag: "Unavailable",
          what: "PAYER_KEY",
        })
        const both = yield* serverWith(keys(second, third))
        expect(yield* both.userKeyOf(other.fingerprint("stranger"))).toBe("stranger")
        // Who comes again brings the key along, and it is kept so that it can be read here.
        yield* behind.remember(other.fingerprint("stranger"), "stranger")
        const later = yield* serverWith(keys(second))
        expect(yield* later.userKeyOf(other.fingerprint("stranger"))).toBe("stranger")
        expect(yield* rotateKeys(keys(second))).toMatchObject({ left: 0 })
      }),
    ),
  )

  it.live("without the one before stops the start: nobody would find an order again", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        yield* remembered
        for (const given of [keys(second), keys(third, second)]) {
          const error = yield* Effect.flip(serverWith(given))
          expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 2 })
          expect(error.reason).toContain("DATA_KEY_PREVIOUS")
        }
      }),
    ),
  )

  it.live("comes in one step with the schema that allows it: the fingerprints are those from before", () =>
    inOwnDatabase(
      Effect.gen(function* () {
        const sql = yield* Database
        const before = yield* remembered
        // As a database looks that was written before there was a fingerprint key.
        yield* Effect.promise(() => sql`DELETE FROM fingerprint_key`)
        yield* Effect.promise(() => sql`UPDATE payer_key SET wrapped_with = NULL`)
        yield* knowsAll(yield* serverWith(keys(second, first)), before)
        expect(yield* rotateKeys(keys(second, first))).toMatchObject({ left: 0 })
        yield* knowsAll(yield* serverWith(keys(second)), before)
      }),
    ),
  )
})

describe("rotate-keys", () => {
  const [before, after] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")]

  it.live(
    "has a buyer find the order under the new key alone",
    () =>
      Effect.gen(function* () {
        const { call, env } = yield* Shop
        const { body } = yield* call("POST", "/api/payment/create", { amount: 5_000 })
        const both = { ...env, DATA_KEY: after, DATA_KEY_PREVIOUS: before }
        expect(yield* run(both, "rotate-keys", "--json")).toMatchObject({
          code: 0,
          out: '{"rewrapped":2,"left":0}\n',
        })
        expect(yield* run(both, "rotate-keys")).toMatchObject({
          code: 0,
          out: "0 keys wrapped anew; none needs DATA_KEY_PREVIOUS any more\n",
        })
        const afterwards = { ...env, DATA_KEY: after }
        const shown = yield* run(afterwards, "audit", "list", "--user", "buyer-1", "--json")
        expect(shown.out).toContain(body.orderId)
        expect((yield* run({ ...env, DATA_KEY: before }, "audit", "list")).code).toBe(2)
      }).pipe(Effect.provide(shop({ DATA_KEY: before }))),
    60_000,
  )
})
