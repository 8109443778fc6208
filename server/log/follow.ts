/** Following the feed, for ever: what comes after a place, as it comes. */

import { Effect, Option, Schedule, Stream } from "effect"
import type { Unavailable } from "../errors.ts"
import { EventLog } from "./eventLog.ts"
import type { FeedEvent, FeedPlace } from "./feed.ts"

/** Events that follow one another in the feed, with nothing between `after` and the first of them; perhaps none. */
export interface Stretch {
  readonly after: FeedPlace | null
  readonly events: ReadonlyArray<FeedEvent>
}

/** Page by page. At the end it looks again after `intervalMs`; while the database is away it waits. */
export const followStretches = (after: FeedPlace | null, intervalMs: number, limit = 500) =>
  Stream.paginate({ place: after, isAtEnd: false }, ({ place, isAtEnd }) =>
    Effect.gen(function* () {
      if (isAtEnd) yield* Effect.sleep(intervalMs)
      const { events } = yield* (yield* EventLog).feed(place, limit)
      const stretches: ReadonlyArray<Stretch> = events.length === 0 ? [] : [{ after: place, events }]
      return [
        stretches,
        Option.some({ place: events.at(-1) ?? place, isAtEnd: events.length < limit }),
      ] as const
    }).pipe(untilItIsBack(intervalMs)),
  )

/** The same, event by event. */
export const followFeed = (after: FeedPlace | null, intervalMs: number, limit?: number) =>
  Stream.flatMap(followStretches(after, intervalMs, limit), ({ events }) => Stream.fromIterable(events))

/** Asks a database that is away again and again. */
export const untilItIsBack =
  (intervalMs: number) =>
  <A, R>(ask: Effect.Effect<A, Unavailable, R>): Effect.Effect<A, Unavailable, R> =>
    Effect.retry(ask, { while: ({ retryable }) => retryable, schedule: Schedule.spaced(intervalMs) })
