import { describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, type Layer, Scope } from "effect"
import { afterAll, beforeAll, expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { entriesIn, forgeryOf, rowOfEntry, treeOf } from "../../server/integrity/checkpoint.ts"
import { checkpointsAfter } from "../../server/integrity/checkpointStore.ts"
import { keysOf } from "../../server/integrity/keys.ts"
import { proofOf } from "../../server/integrity/proof.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { unsealedSince } from "../../server/integrity/unsealed.ts"
import { writeCheckouts } from "../support/manyCheckouts.ts"
import { skewed } from "../support/world.ts"
import { unhindered } from "./attacker.ts"
import { copyOf, found, idOf, pem, sealedTemplate, verified } from "./sealedLog.ts"

let template = ""
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  template = await Effect.runPromise(Scope.provide(sealedTemplate, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const onACopy = <A, E>(test: Effect.Effect<A, E, Layer.Success<ReturnType<typeof copyOf>>>) =>
  Effect.suspend(() => Effect.provide(test, copyOf(template)))

const write = (from: number, to: number) =>
  Effect.flatMap(Database, (sql) => Effect.promise(() => writeCheckouts(sql, { from, to })))

const checkpoints = Effect.flatMap(Database, (sql) => Effect.promise(() => checkpointsAfter(sql, 0, 100)))

describe("sealing", () => {
  it.live("makes no checkpoint where nothing is new, and none before its time", () =>
    onACopy(
      Effect.gen(function* () {
        const seal = yield* makeSealer
        expect(yield* seal(0)).toEqual([])
        expect(yield* unsealedSince).toBeNull()
        yield* write(50, 51)
        expect(yield* seal(3_600_000)).toEqual([])
        expect(yield* unsealedSince).toMatch(/^\d{4}-.*Z$/)
        expect(yield* seal(0)).toMatchObject([{ number: 6 }])
        expect(yield* unsealedSince).toBeNull()
      }),
    ),
  )

  it.live("goes by the database's time, however far the server's own clock is off", () =>
    onACopy(
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        yield* write(50, 51)
        const sealed = Effect.flatMap(makeSealer, (seal) => seal(0))
        const [made] = yield* Effect.provideService(sealed, Clock.Clock, skewed(clock, 10_800_000))
        expect(Math.abs(Date.parse(made?.sealedAt ?? "") - Date.now())).toBeLessThan(600_000)
      }),
    ),
  )

  it.live("may be done by several servers at a time, and every event is sealed once", () =>
    onACopy(
      Effect.gen(function* () {
        const sealers = yield* Effect.all(Array.from({ length: 4 }, () => makeSealer))
        yield* Effect.all(
          [
            ...sealers.map((seal) => Effect.forEach([1, 2, 3, 4, 5], () => seal(0))),
            ...[50, 60, 70, 80].map((from) => write(from, from + 10)),
          ],
          { concurrency: "unbounded" },
        )
        const [seal] = sealers
        if (seal !== undefined) yield* seal(0)
        const report = yield* verified({ fromStart: true })
        expect(report).toMatchObject({ ok: true, unsealed: 0 })
        expect(report.checkpoint?.count).toBe(report.events)
      }),
    ),
  )

  it.live("leaves out what a transaction may still put before it, and seals it later", () =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        const seal = yield* makeSealer
        yield* Effect.promise(() =>
          sql.begin(async (tx) => {
            await tx`SELECT pg_current_xact_id()`
            await Effect.runPromise(Effect.provideService(write(50, 52), Database, sql))
            expect(await Effect.runPromise(seal(0))).toEqual([])
          }),
        )
        expect(yield* seal(0)).toMatchObject([{ number: 6 }])
        expect(yield* found({ fromStart: true })).toEqual([])
      }),
    ),
  )

  it.live.each([
    ["changed", (sql: Database["Service"]) => sql`UPDATE checkpoint SET count = 1 WHERE number = 5`],
    ["cut off", (sql: Database["Service"]) => sql`DELETE FROM checkpoint WHERE number = 5`],
  ] as const)("stops where the last checkpoint was %s under a server that knows it", ([, run]) =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        const seal = yield* makeSealer
        yield* seal(0)
        yield* Effect.promise(() => unhindered(sql, async (all) => run(all)))
        yield* write(50, 51)
        expect(yield* Effect.flip(seal(0))).toMatchObject({ _tag: "CheckpointsTampered" })
        expect((yield* checkpoints).length).toBeLessThanOrEqual(5)
      }),
    ),
  )

  it.live("proves of every event that its checkpoint sealed it", () =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        const keys = keysOf(pem)
        const [third] = yield* Effect.promise(() => checkpointsAfter(sql, 2, 1))
        expect(third === undefined ? 0 : treeOf(third).size).toBe(third?.count)
        const events = yield* Effect.promise(() => sql`SELECT checkout_id, version FROM checkout_event`)
        for (const { checkout_id, version } of events.slice(0, 60)) {
          const proof = yield* proofOf(checkout_id, version)
          expect(proof).toMatchObject({ checkoutId: checkout_id, version })
          expect(proof === null ? null : forgeryOf(proof.checkpoint, keys)).toBe(null)
          expect(proof?.holds).toBe(true)
        }
        yield* write(50, 51)
        expect(yield* proofOf(idOf(50), 1)).toBe(null)
      }),
    ),
  )
})

describe("a verification", () => {
  it.live("goes on from the last checkpoint that was verified, and reads what moved since, whole", () =>
    onACopy(
      Effect.gen(function* () {
        const first = yield* verified({ rereadUpTo: 0 })
        expect(first).toMatchObject({ ok: true, since: null })
        yield* write(50, 51)
        const seal = yield* makeSealer
        yield* seal(0)
        yield* write(51, 52)
        expect(yield* verified({ rereadUpTo: 0 })).toMatchObject({
          ok: true,
          since: { checkpoint: 5, verifiedAt: first.verifiedAt },
          events: 10,
          checkpoint: { number: 6 },
          unsealed: 5,
        })
        expect(yield* verified({ rereadUpTo: 0, fromStart: true })).toMatchObject({ since: null })
        expect(yield* verified()).toMatchObject({ since: null })
      }),
    ),
  )

  it.live("believes nobody that something was verified, except who has the key", () =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        yield* Effect.promise(
          () => sql`
            INSERT INTO verification (verified_at, checkpoint, key_id, signature)
            SELECT now(), 5, key_id, signature FROM checkpoint WHERE number = 5`,
        )
        expect(yield* verified({ rereadUpTo: 0 })).toMatchObject({ since: null })
      }),
    ),
  )
})

describe("an entry", () => {
  it("is a row's id, version and hash, and can be read again", () => {
    const bytes = Buffer.from(`019b00000000700080000000000000010000002a${"ab".repeat(32)}`, "hex")
    expect(entriesIn(bytes).map(rowOfEntry)).toEqual([
      { checkoutId: "019b0000-0000-7000-8000-000000000001", version: 42 },
    ])
  })
})
