/**
 * The database's clock, as well as this process knows it: its own clock and how far that is off, asked for once a minute.
 * Facts are stamped with it, so a server whose clock is wrong writes the same times as the others.
 */

import { Clock, Effect, type Scope } from "effect"
import type postgres from "postgres"
import { promptQuery } from "../database/postgres.ts"

/** An answer that took longer than this says too little about when it was given. */
const longestTripMs = 1_000

export const databaseTime = (sql: postgres.Sql): Effect.Effect<Effect.Effect<number>, never, Scope.Scope> =>
  Effect.gen(function* () {
    let aheadMs = 0
    const learn = Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      const [answer] = yield* promptQuery(
        () => sql<Array<{ ms: number }>>`SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
      )
      const after = yield* Clock.currentTimeMillis
      if (answer !== undefined && after - before <= longestTripMs) aheadMs = answer.ms - (before + after) / 2
    }).pipe(Effect.ignore)
    yield* learn
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep("1 minute"), learn)))
    return Effect.map(Clock.currentTimeMillis, (ms) => Math.round(ms + aheadMs))
  })
