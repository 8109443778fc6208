/** The live feed on virtual time: who is slow, who is one too many, and nobody at all. */

import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { LiveFeed } from "../../server/log/liveFeed.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { nameOf, opening, readAll } from "./feedLaws.ts"

/** How often the feed was asked. */
const asked = { times: 0 }

const countedLog = Layer.effect(
  EventLog,
  Effect.map(EventLog, (log) => {
    asked.times = 0
    return EventLog.of({
      ...log,
      feed: (...page) =>
        Effect.suspend(() => {
          asked.times += 1
          return log.feed(...page)
        }),
    })
  }),
).pipe(Layer.provide(memoryEventLog))

const live = Layer.provideMerge(LiveFeed.layer, countedLog)

describe("the live feed", () => {
  it.effect("tells a follower that falls far behind everything all the same, once and in order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { follow } = yield* LiveFeed
      const mayGoOn = yield* Latch.make()
      const heard: Array<string> = []
      yield* follow(null).pipe(
        Stream.runForEach((event) =>
          Effect.andThen(
            mayGoOn.await,
            Effect.sync(() => heard.push(nameOf(event))),
          ),
        ),
        Effect.forkScoped,
      )
      for (let looks = 0; looks < 200; looks += 1) {
        yield* log.append(opening())
        yield* TestClock.adjust("300 millis")
      }
      expect(heard).toEqual([])
      yield* mayGoOn.open
      yield* TestClock.adjust("1 second")
      expect(heard).toEqual((yield* readAll(1_000)).map(nameOf))
    }).pipe(Effect.provide(live)),
  )

  it.effect("is not read while nobody follows it", () =>
    Effect.gen(function* () {
      const { follow } = yield* LiveFeed
      const follower = yield* Effect.forkScoped(Stream.runDrain(follow(null)))
      yield* TestClock.adjust("1 minute")
      expect(asked.times).toBeGreaterThan(100)
      yield* Fiber.interrupt(follower)
      asked.times = 0
      yield* TestClock.adjust("1 hour")
      expect(asked.times).toBe(0)
    }).pipe(Effect.provide(live)),
  )

  it.effect("has room for five hundred, and for another when one has gone", () =>
    Effect.gen(function* () {
      const { follow, hasRoom } = yield* LiveFeed
      const join = Effect.forkScoped(Stream.runDrain(follow(null)))
      const [first] = yield* Effect.all(Array.from({ length: 500 }, () => join))
      yield* TestClock.adjust("1 second")
      const busy = { _tag: "Unavailable", what: "SERVER_BUSY", retryable: true }
      expect(yield* Effect.flip(hasRoom)).toMatchObject(busy)
      expect(yield* Effect.flip(Stream.runDrain(follow(null)))).toMatchObject(busy)
      yield* Fiber.interrupt(first ?? expect.fail("nobody came"))
      yield* hasRoom
      yield* join
      yield* TestClock.adjust("1 second")
      expect(yield* Effect.flip(hasRoom)).toMatchObject(busy)
    }).pipe(Effect.provide(live)),
  )
})
