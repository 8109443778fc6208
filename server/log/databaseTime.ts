/**
 * The database's clock, as well as this process knows it: a clock of this machine and how far that is off, asked for once a
 * minute. Facts are stamped with it, so a server whose clock is wrong writes the same times as the others.
 */

import { Clock, Deferred, Effect, Option, type Scope } from "effect"
import type postgres from "postgres"
import { promptQuery } from "../database/postgres.ts"
import { monotonicMs, monotonicMsBy } from "../monotonic.ts"

/** An answer that took longer than this says too little about when it was given. */
const longestTripMs = 1_000

/** One that took no longer is good enough; else it is asked again, so often at most, and the quickest answer counts. */
const goodTripMs = 20
const mostTrips = 4

/** When this machine's two clocks come so far apart, one of them was set, or stood still while the machine slept. */
const mostDriftMs = 500

export const databaseTime = (sql: postgres.Sql): Effect.Effect<Effect.Effect<number>, never, Scope.Scope> =>
  Effect.gen(function* () {
    /** Ahead of the clock that nobody can set. */
    let aheadMs = 0
    /** How far the other clock was from that one when the database was last heard. */
    let apartMs = Number.NaN
    const trip = Effect.gen(function* () {
      const before = yield* monotonicMs
      const apart = (yield* Clock.currentTimeMillis) - before
      // Before the database was ever heard, this machine's own time is the best there is.
      if (Number.isNaN(apartMs)) aheadMs = apart
      const [answer] = yield* promptQuery(
        () => sql<[{ ms: number }]>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
      )
      const after = yield* monotonicMs
      return { tookMs: after - before, aheadMs: answer.ms - (before + after) / 2, apartMs: apart }
    })
    const ask = Effect.gen(function* () {
      let best = yield* trip
      // The first one may have made a connection on its way.
      for (let trips = 1; best.tookMs > goodTripMs && trips < mostTrips; trips += 1) {
        const another = Option.getOrNull(yield* Effect.option(trip))
        if (another === null) break
        if (another.tookMs < best.tookMs) best = another
      }
      if (best.tookMs <= longestTripMs) ({ aheadMs, apartMs } = best)
    }).pipe(Effect.ignore)
    let asked: Deferred.Deferred<void> | null = null
    /** Whoever comes while somebody asks waits for the same answer. */
    const learn = Effect.suspend(() => {
      if (asked !== null) return Deferred.await(asked)
      const answered = Deferred.makeUnsafe<void>()
      asked = answered
      return Effect.andThen(
        ask,
        Effect.suspend(() => {
          asked = null
          return Deferred.succeed(answered, undefined)
        }),
      ).pipe(Effect.uninterruptible)
    })
    yield* learn
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("1 minute"), learn)))
    const known = Effect.map(monotonicMs, (ms) => Math.round(ms + aheadMs))
    return Effect.flatMap(Clock.Clock, (clock) =>
      Math.abs(clock.currentTimeMillisUnsafe() - monotonicMsBy(clock) - apartMs) > mostDriftMs
        ? Effect.andThen(learn, known)
        : known,
    )
  })
