import { Effect, Option, Schedule, Stream } from "effect"
import type { Unavailable } from "../errors.ts"
import { EventLog } from "./eventLog.ts"
import type { FeedPlace } from "./feed.ts"

/** Follows the feed for ever, page by page. At the end it looks again after `intervalMs`; while the database is away it waits. */
export const followFeed = (after: FeedPlace | null, intervalMs: number, limit = 500) =>
  Stream.paginate({ place: after, isAtEnd: false }, ({ place, isAtEnd }) =>
    Effect.gen(function* () {
      if (isAtEnd) yield* Effect.sleep(intervalMs)
      const { events } = yield* (yield* EventLog).feed(place, limit)
      return [events, Option.some({ place: events.at(-1) ?? place, isAtEnd: events.length < limit })] as const
    }).pipe(
      Effect.retry({ while: (error: Unavailable) => error.retryable, schedule: Schedule.spaced(intervalMs) }),
    ),
  )
