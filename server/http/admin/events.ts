/** The feed over HTTP: page by page, or as server-sent events. */

import { Effect, Schedule, Stream } from "effect"
import { Sse } from "effect/encoding"
import { HttpServerResponse } from "effect/http"
import { Refusal } from "../../errors.ts"
import { EventLog } from "../../log/eventLog.ts"
import { eventJson, type FeedEvent, type FeedPlace, feedCursorOf, readFeedCursor } from "../../log/feed.ts"
import { LiveFeed } from "../../log/liveFeed.ts"
import { Draining } from "../draining.ts"

/** So that neither side, nor a proxy in between, takes a quiet stream for a dead one. */
const heartbeatEveryMs = 15_000

/** How long a client waits before it connects again. */
const reconnectAfterMs = 1_000

/** Where to begin: after a cursor, at the end (`latest`), or with the first event there is. */
const placeOf = Effect.fnUntraced(function* (after: string | undefined) {
  if (after === undefined || after === "") return null
  if (after === "latest") return yield* (yield* EventLog).feedEnd
  const place = readFeedCursor(after)
  return (
    place ?? (yield* new Refusal({ reason: "INVALID_REQUEST", detail: "after is not a cursor of this feed" }))
  )
})

export const feedPage = Effect.fn("feedPage")(function* (after: string | undefined, limit: number) {
  const log = yield* EventLog
  const place = yield* placeOf(after)
  const { events, isHeldBack } = yield* log.feed(place, limit)
  const last: FeedPlace | null = events.at(-1) ?? place
  return {
    events: events.map(eventJson),
    cursor: last === null ? null : feedCursorOf(last),
    hasMore: events.length === limit,
    isHeldBack,
  }
})

/** Ends when the client goes away or the server is about to stop; the client then comes back with its last id. */
export const feedStream = Effect.fn("feedStream")(function* (after: string | undefined) {
  const place = yield* placeOf(after)
  const { follow, join } = yield* LiveFeed
  // Until the answer has ended.
  yield* join
  // A feed that gives out nothing is an answer; a stream of nothing would look like a quiet shop.
  yield* (yield* EventLog).feed(place, 1)
  const draining = yield* Draining
  const heartbeats = Stream.map(Stream.fromSchedule(Schedule.spaced(heartbeatEveryMs)), () => heartbeat)
  const body = Stream.make(opening).pipe(
    Stream.concat(Stream.merge(Stream.map(follow(place), asBytes), heartbeats)),
    Stream.interruptWhen(draining.await),
  )
  return HttpServerResponse.stream(body, {
    contentType: "text/event-stream",
    // Proxies that collect answers would keep events back (nginx: X-Accel-Buffering).
    headers: { "cache-control": "no-store", "x-accel-buffering": "no" },
  })
})

const bytesOf = (text: string) => new TextEncoder().encode(text)

const opening = bytesOf(`retry: ${reconnectAfterMs}\n\n`)
const heartbeat = bytesOf(": alive\n\n")

/** What is given to many is written down once. */
const written = new WeakMap<ReadonlyArray<FeedEvent>, Uint8Array>()

const asBytes = (events: ReadonlyArray<FeedEvent>): Uint8Array => {
  const bytes = written.get(events) ?? bytesOf(events.map(asText).join(""))
  written.set(events, bytes)
  return bytes
}

const asText = (event: FeedEvent): string => {
  const json = eventJson(event)
  return Sse.encoder.write({ _tag: "Event", event: "message", id: json.cursor, data: JSON.stringify(json) })
}
