/**
 * The database's clock, as well as this process knows it: a clock of this machine and how far that is off, asked for once a
 * minute. Facts are stamped with it, so a server whose clock is wrong writes the same times as the others.
 */

import { Clock, Effect, type Scope } from "effect"
import type postgres from "postgres"
import { promptQuery } from "../database/postgres.ts"

/** An answer that took longer than this says too little about when it was given. */
const longestTripMs = 1_000

/** When this machine's two clocks come so far apart, one of them was set, or stood still while the machine slept. */
const mostDriftMs = 500

export const databaseTime = (sql: postgres.Sql): Effect.Effect<Effect.Effect<number>, never, Scope.Scope> =>
  Effect.gen(function* () {
    /** Ahead of the clock that nobody can set. */
    let aheadMs = 0
    /** How far the other clock was from that one when it was last looked at. */
    let apartMs = Number.NaN
    const learn = Effect.gen(function* () {
      const before = yield* steady
      apartMs = (yield* Clock.currentTimeMillis) - before
      if (aheadMs === 0) aheadMs = apartMs
      const [answer] = yield* promptQuery(
        () => sql<Array<{ ms: number }>>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
      )
      const after = yield* steady
      if (answer !== undefined && after - before <= longestTripMs) aheadMs = answer.ms - (before + after) / 2
    }).pipe(Effect.ignore)
    yield* learn
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("1 minute"), learn)))
    const known = Effect.map(steady, (ms) => Math.round(ms + aheadMs))
    return Effect.flatMap(Clock.Clock, (clock) =>
      Math.abs(clock.currentTimeMillisUnsafe() - steadyMs(clock) - apartMs) > mostDriftMs
        ? Effect.andThen(learn, known)
        : known,
    )
  })

const steadyMs = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

const steady = Effect.map(Clock.Clock, steadyMs)
