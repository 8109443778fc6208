import { describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { databaseTime } from "../../server/log/databaseTime.ts"
import { freshDatabase } from "../support/database.ts"

const hourMs = 3_600_000

describe("the time of facts", () => {
  it.live.each<[how: string, wrongMs: number, setMs: number, sleptMs: number]>([
    ["was wrong from the beginning", hourMs, 0, 0],
    ["is set forward while the server runs", 0, 2 * hourMs, 0],
    ["is set back while the server runs", 0, -24 * hourMs, 0],
    ["stood still while the machine slept", 0, 0, -hourMs],
  ])("is the database's, where the clock of the server %s", ([, wrongMs, setMs, sleptMs]) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let [wallMs, steadyMs] = [wrongMs, 0]
      const own: Clock.Clock = Object.assign(Object.create(clock), {
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + wallMs,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + wallMs),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + BigInt(steadyMs) * 1_000_000n,
      })
      const sql = yield* Database
      const isRight = Effect.fnUntraced(function* (now: Effect.Effect<number>) {
        const told = yield* now
        const [row] = yield* Effect.promise(
          () => sql<[{ ms: number }]>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
        )
        expect(Math.abs(told - row.ms)).toBeLessThan(10_000)
      })
      yield* Effect.gen(function* () {
        const now = yield* databaseTime(sql)
        yield* isRight(now)
        wallMs += setMs
        steadyMs += sleptMs
        // Also for those who come while the first one still asks.
        yield* Effect.all([isRight(now), isRight(now), isRight(now)], { concurrency: "unbounded" })
        yield* isRight(now)
      }).pipe(Effect.provideService(Clock.Clock, own))
    }).pipe(Effect.scoped, Effect.provide(freshDatabase)),
  )

  it.live(
    "is by the quickest of a few answers: one that came late says too little about when it was given",
    () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        let steadyMs = 0
        const own: Clock.Clock = Object.assign(Object.create(clock), {
          currentTimeMillis: Effect.sync(() => steadyMs),
          currentTimeMillisUnsafe: () => steadyMs,
          monotonicTimeNanosUnsafe: () => BigInt(steadyMs) * 1_000_000n,
        })
        const tripsMs = [800, 2, 600]
        /** Answers at once, and the answer is on its way for as long as the trip takes. */
        const sql = () => {
          const ms = 1_000_000 + steadyMs
          steadyMs += tripsMs.shift() ?? expect.fail("asked more often than need be")
          return Promise.resolve([{ ms }])
        }
        const told = yield* Effect.gen(function* () {
          return yield* yield* databaseTime(sql as never)
        }).pipe(Effect.provideService(Clock.Clock, own))
        expect(Math.abs(told - (1_000_000 + steadyMs))).toBeLessThanOrEqual(1)
        expect(tripsMs).toEqual([600])
      }).pipe(Effect.scoped),
  )
})
