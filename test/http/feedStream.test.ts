/** A stream of events while nothing happens, and after whoever listened has gone. */

import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Stream } from "effect"
import { HttpServer } from "effect/http"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { feedStream } from "../../server/http/admin/events.ts"
import { Draining } from "../../server/http/draining.ts"
import { guardedServer } from "../../server/http/listener.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { LiveFeed } from "../../server/log/liveFeed.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { listen } from "../support/eventSource.ts"

/** What became of the one who reads the feed for a stream. */
class Reader extends Context.Service<
  Reader,
  { readonly isReading: Deferred.Deferred<void>; readonly isGone: Deferred.Deferred<void> }
>()("test/Reader") {}

/** An empty log that answers once, and then nobody: whoever asks it again waits until it is told to stop. */
const silentLog = Layer.effectContext(
  Effect.gen(function* () {
    const log = yield* EventLog
    const reader = { isReading: yield* Deferred.make<void>(), isGone: yield* Deferred.make<void>() }
    let asked = 0
    const silence = Deferred.succeed(reader.isReading, undefined).pipe(
      Effect.andThen(Effect.never),
      Effect.onInterrupt(() => Deferred.succeed(reader.isGone, undefined)),
    )
    const feed: EventLog["Service"]["feed"] = (after, limit) =>
      Effect.suspend(() => (asked++ === 0 ? log.feed(after, limit) : silence))
    return Context.make(EventLog, EventLog.of({ ...log, feed })).pipe(Context.add(Reader, reader))
  }),
).pipe(Layer.provide(memoryEventLog))

/** What a stream needs, over this log. */
const streamsOver = <A, E, R>(log: Layer.Layer<A | EventLog, E, R>) =>
  Layer.merge(Draining.layer, Layer.provideMerge(LiveFeed.layer, log))

const serving = Layer.unwrap(
  Effect.map(feedStream(undefined), (reply) => HttpServer.serve(Effect.succeed(reply))),
).pipe(Layer.provideMerge(NodeHttpServer.layer(() => guardedServer(), { port: 0 })))

describe("a stream of events", () => {
  it.effect("says every fifteen seconds that it is alive, when nothing happens", () =>
    Effect.gen(function* () {
      const { body } = yield* feedStream(undefined)
      if (body._tag !== "Stream") return expect.fail("the answer is a stream")
      let said = ""
      yield* body.stream.pipe(
        Stream.decodeText(),
        Stream.runForEach((text) =>
          Effect.sync(() => {
            said += text
          }),
        ),
        Effect.forkScoped,
      )
      yield* TestClock.adjust("14 seconds")
      expect(said).toBe("retry: 1000\n\n")
      for (const beats of [1, 2, 3]) {
        yield* TestClock.adjust("15 seconds")
        expect(said).toBe(`retry: 1000\n\n${": alive\n\n".repeat(beats)}`)
      }
    }).pipe(Effect.provide(streamsOver(memoryEventLog))),
  )

  it.live("reads the feed no longer than its client stays", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const { isReading, isGone } = yield* Reader
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { status } = yield* listen(HttpServer.formatAddress(address), {})
          expect(status).toBe(200)
          yield* Deferred.await(isReading)
          expect(yield* Deferred.isDone(isGone)).toBe(false)
        }),
      )
      yield* Deferred.await(isGone)
    }).pipe(Effect.provide(serving.pipe(Layer.provideMerge(streamsOver(silentLog))))),
  )
})
