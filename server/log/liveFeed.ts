/**
 * The feed for many who follow it in one process: its end is looked at for all of them together, and only while there is
 * somebody. Who begins earlier, or is too slow for what comes, reads by itself what it lacks.
 */

import { Context, Effect, Layer, Option, type Scope, Stream } from "effect"
import { Unavailable } from "../errors.ts"
import { EventLog } from "./eventLog.ts"
import { comparePlaces, type FeedEvent, type FeedPlace } from "./feed.ts"
import { followStretches, type Stretch, untilItIsBack } from "./follow.ts"

/** How often the end of the feed is looked at. */
const lookEveryMs = 300

/** How many stretches a slow follower may be behind before it has to read them again. */
const keptStretches = 64

/** How many events a follower reads at once by itself; so many of each that is too slow lie in memory. */
const readAtOnce = 100

/** Each takes memory and a connection for as long as it likes. */
export const mostFollowers = 500

export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /** Takes a seat for as long as the scope lives; fails with `SERVER_BUSY` while there is none. */
    readonly join: Effect.Effect<void, Unavailable, Scope.Scope>
    /**
     * Every event after this place (`null`: from the first one on), once and in order, and then what comes; several together, as
     * they come. Those who are told the same are given the same array.
     */
    readonly follow: (after: FeedPlace | null) => Stream.Stream<ReadonlyArray<FeedEvent>, Unavailable>
  }
>()("tosspay-checkout/server/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.suspend(() => make),
  )
}

const make = Effect.gen(function* () {
  const log = yield* EventLog
  const context = yield* Effect.context<EventLog>()
  const fromItsEnd = Stream.unwrap(
    Effect.map(log.feedEnd.pipe(untilItIsBack(lookEveryMs)), (end) =>
      // An empty one first: it tells each follower from where on it is told of everything.
      Stream.concat(Stream.succeed<Stretch>({ after: end, events: [] }), followStretches(end, lookEveryMs)),
    ),
  ).pipe(Stream.provideContext(context))
  // The last one again for whoever comes later, who is told of everything from there on.
  const live = yield* Stream.share(fromItsEnd, { capacity: keptStretches, strategy: "sliding", replay: 1 })

  let followers = 0
  const enter = Effect.suspend(() => {
    if (followers >= mostFollowers) return busy
    followers += 1
    return Effect.void
  })
  const leave = Effect.sync(() => {
    followers -= 1
  })

  return LiveFeed.of({
    join: Effect.acquireRelease(enter, () => leave),
    follow: (after) =>
      Stream.suspend(() => {
        let place = after
        return live.pipe(
          Stream.flatMap((stretch) =>
            isBefore(place, stretch.after)
              ? readOn(log, place)
              : Stream.succeed(notBefore(stretch.events, place)),
          ),
          Stream.filter((events) => events.length > 0),
          Stream.tap((events) =>
            Effect.sync(() => {
              place = events.at(-1) ?? place
            }),
          ),
        )
      }),
  })
})

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))

const isBefore = (place: FeedPlace | null, other: FeedPlace | null): boolean =>
  other !== null && (place === null || comparePlaces(place, other) < 0)

/** Those that come after this place; all of them where all do. */
const notBefore = (events: ReadonlyArray<FeedEvent>, place: FeedPlace | null) =>
  place === null || events[0] === undefined || comparePlaces(events[0], place) > 0
    ? events
    : events.filter((event) => comparePlaces(event, place) > 0)

/** From this place to the end. */
const readOn = (log: EventLog["Service"], after: FeedPlace | null) =>
  Stream.paginate(after, (place) =>
    Effect.map(log.feed(place, readAtOnce).pipe(untilItIsBack(lookEveryMs)), ({ events }) => {
      const last = events.at(-1)
      const isAtEnd = events.length < readAtOnce || last === undefined
      return [[events], isAtEnd ? Option.none() : Option.some<FeedPlace | null>(last)] as const
    }),
  )
