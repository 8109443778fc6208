/**
 * The feed for many who follow it in one process: its end is looked at for all of them together, and only while there is
 * somebody. Who begins earlier, or is too slow for what comes, reads by itself what it lacks.
 */

import { Context, Effect, Layer, Option, Stream } from "effect"
import { Unavailable } from "../errors.ts"
import { EventLog } from "./eventLog.ts"
import { comparePlaces, type FeedEvent, type FeedPlace } from "./feed.ts"
import { followStretches, type Stretch, untilItIsBack } from "./follow.ts"

/** How often the end of the feed is looked at. */
const lookEveryMs = 300

/** How many stretches a slow follower may be behind before it has to read them again. */
const keptStretches = 64

/** Each takes memory and a connection for as long as it likes. */
const mostFollowers = 500

export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /**
     * Every event after this place (`null`: from the first one on), once and in order, and then what comes. Fails with
     * `SERVER_BUSY` where there are too many followers already.
     */
    readonly follow: (after: FeedPlace | null) => Stream.Stream<FeedEvent, Unavailable>
    /** Fails likewise while there is no room for one more. */
    readonly hasRoom: Effect.Effect<void, Unavailable>
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
  const hasRoom = Effect.suspend(() => (followers < mostFollowers ? Effect.void : busy))

  const follow = (after: FeedPlace | null): Stream.Stream<FeedEvent, Unavailable> =>
    Stream.suspend(() => {
      let place = after
      followers += 1
      return live.pipe(
        Stream.flatMap((stretch) =>
          isBefore(place, stretch.after) ? readOn(log, place) : notBefore(stretch, place),
        ),
        Stream.tap((event) =>
          Effect.sync(() => {
            place = event
          }),
        ),
        Stream.ensuring(
          Effect.sync(() => {
            followers -= 1
          }),
        ),
      )
    })

  return LiveFeed.of({
    hasRoom,
    follow: (after) => Stream.unwrap(Effect.as(hasRoom, follow(after))),
  })
})

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))

const isBefore = (place: FeedPlace | null, other: FeedPlace | null): boolean =>
  other !== null && (place === null || comparePlaces(place, other) < 0)

/** What of a stretch comes after this place. */
const notBefore = ({ events }: Stretch, place: FeedPlace | null) =>
  Stream.fromIterable(place === null ? events : events.filter((event) => comparePlaces(event, place) > 0))

/** From this place to the end. */
const readOn = (log: EventLog["Service"], after: FeedPlace | null, limit = 500) =>
  Stream.paginate(after, (place) =>
    Effect.map(log.feed(place, limit).pipe(untilItIsBack(lookEveryMs)), ({ events }) => {
      const last = events.at(-1)
      return [
        events,
        events.length < limit || last === undefined ? Option.none() : Option.some<FeedPlace | null>(last),
      ] as const
    }),
  )
