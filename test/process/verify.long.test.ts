import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { unhindered } from "../integrity/attacker.ts"
import { run } from "../support/cli.ts"
import { Database, Shop, shop } from "../support/server.ts"

/** A shop that seals all the time. */
const sealing = shop({ CHECKPOINT_INTERVAL_MS: "50", ADMIN_TOKEN: "a-token-of-the-back-office" })

/** A payment, and the checkpoint that seals it. */
const aSealedPayment = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const { body } = yield* call("POST", "/api/payment/create", { amount: 5000 })
  yield* sheet(body.payToken, "approve")
  yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
  const sql = yield* Database
  while (true) {
    const [row] = yield* Effect.promise(
      () => sql`
        SELECT (SELECT max(count) FROM checkpoint) = (SELECT count(*) FROM checkout_event) AS "isSealed",
               (SELECT checkout_id FROM checkout LIMIT 1) AS id`,
    )
    if (row?.["isSealed"] === true) return row["id"] as string
  }
})

/** The same over HTTP. */
const ask = (query: string) =>
  Effect.flatMap(Shop, ({ call }) =>
    call("GET", `/admin/api/verify?${query}`, undefined, {
      headers: { authorization: "Bearer a-token-of-the-back-office" },
    }),
  )
const asked = ask("fromStart=true")

describe("a verification over HTTP", () => {
  it.live("is not done again for who is content with a recent one", () =>
    Effect.gen(function* () {
      const { body: first } = yield* asked
      expect((yield* ask("withinSeconds=86400")).body).toEqual(first)
      for (const query of ["", "withinSeconds=0", "withinSeconds=86400&fromStart=true"])
        expect((yield* ask(query)).body.verifiedAt > first.verifiedAt, query).toBe(true)
      expect((yield* ask("withinSeconds=soon")).status).toBe(422)
    }).pipe(Effect.provide(sealing)),
  )
})

describe("audit verify", () => {
  it.live(
    "ends with 0 over what a server wrote and sealed, and with 1 once somebody touched it",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const id = yield* aSealedPayment
        const { code, out, err } = yield* run(env, "audit", "verify", "--json")
        expect({ code, err }).toEqual({ code: 0, err: "" })
        expect(JSON.parse(out)).toMatchObject({ ok: true, unsealed: 0, findings: [] })
        expect(yield* asked).toMatchObject({ status: 200, body: { ok: true, findings: [] } })
        expect(yield* run(env, "audit", "verify")).toMatchObject({
          code: 0,
          out: expect.stringContaining("the log is in order"),
        })

        yield* Effect.flatMap(Database, (sql) =>
          Effect.promise(() =>
            unhindered(
              sql,
              (all) =>
                all`UPDATE checkout_event SET data = jsonb_set(data, '{payToken}', '"x"') WHERE checkout_id = ${id} AND version = 2`,
            ),
          ),
        )
        const after = yield* run(env, "audit", "verify")
        expect(after.code).toBe(1)
        expect(yield* run(env, "alerts")).toMatchObject({
          code: 1,
          out: expect.stringContaining("chain-broken"),
        })
        expect(after.out).toContain(`checkout ${id} version 2  changed: `)
        expect(JSON.parse((yield* run(env, "audit", "verify", "--json")).out)).toMatchObject({ ok: false })
        expect(yield* asked).toMatchObject({
          status: 200,
          body: { ok: false, findings: [{ version: 2 }, { version: 5 }] },
        })
      }).pipe(Effect.provide(sealing)),
    { timeout: 180_000 },
  )

  it.live(
    "checks against checkpoints that were written to a file",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        yield* aSealedPayment
        const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-checkpoints-"))
        const file = join(folder, "checkpoints")
        expect(yield* run(env, "audit", "checkpoints", "--out", file, "--json")).toMatchObject({ code: 0 })
        expect(JSON.parse(readFileSync(file, "utf8").split("\n")[0] ?? "")).toMatchObject({ number: 1 })
        const { length } = readFileSync(file, "utf8").trim().split("\n")
        expect(yield* run(env, "audit", "verify", "--checkpoints", file)).toMatchObject({
          code: 0,
          out: expect.stringContaining(`with ${length} checkpoints of the file, up to checkpoint ${length}`),
        })
        const empty = join(folder, "empty")
        writeFileSync(empty, "")
        expect(yield* run(env, "audit", "verify", "--checkpoints", empty)).toMatchObject({
          code: 2,
          err: expect.stringContaining("there is no checkpoint in"),
        })
        const nobody = yield* run(
          env,
          "audit",
          "verify",
          "--checkpoints",
          env["CATALOG_FILE"] ?? "package.json",
        )
        expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining("line 1 is not a checkpoint") })
        rmSync(folder, { recursive: true })
      }).pipe(Effect.provide(sealing)),
    { timeout: 180_000 },
  )

  it.live(
    "ends with 2 without the key, and with 3 without the database",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        yield* aSealedPayment
        const keyless = { ...env, CHECKPOINT_KEY_FILE: "/nowhere.pem" }
        expect(yield* run(keyless, "audit", "verify")).toMatchObject({
          code: 2,
          err: expect.stringContaining("CHECKPOINT_KEY_FILE must be"),
        })
        const away = { ...env, DATABASE_URL: "postgres://postgres@127.0.0.1:1/nowhere" }
        expect(yield* run(away, "audit", "verify")).toMatchObject({
          code: 3,
          err: expect.stringContaining("DATABASE_URL"),
        })
      }).pipe(Effect.provide(sealing)),
    { timeout: 180_000 },
  )
})
