/** The live feed on virtual time: who is slow, who is one too many, and nobody at all. */

import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { LiveFeed, mostFollowers } from "../../server/log/liveFeed.ts"
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
        Stream.runForEach((events) =>
          Effect.andThen(
            mayGoOn.await,
            Effect.sync(() => heard.push(...events.map(nameOf))),
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

  it.effect("has room for five hundred, who take it as they come, and for another when one has gone", () =>
    Effect.gen(function* () {
      const { join } = yield* LiveFeed
      const joining = Effect.forkScoped(Effect.scoped(Effect.andThen(join, Effect.never)))
      const fibers = yield* Effect.all(
        Array.from({ length: mostFollowers + 30 }, () => joining),
        { concurrency: "unbounded" },
      )
      yield* TestClock.adjust("1 second")
      const [stay, go] = [fibers, fibers].map((all, index) =>
        all.filter((fiber) => (fiber.pollUnsafe() === undefined) === (index === 0)),
      )
      expect([stay?.length, go?.length]).toEqual([mostFollowers, 30])
      const busy = { _tag: "Unavailable", what: "SERVER_BUSY", retryable: true }
      for (const fiber of go ?? []) expect(yield* Effect.flip(Fiber.join(fiber))).toMatchObject(busy)
      yield* Fiber.interrupt(stay?.[0] ?? expect.fail("nobody came"))
      yield* Effect.scoped(join)
      yield* join
      expect(yield* Effect.flip(join)).toMatchObject(busy)
    }).pipe(Effect.provide(live)),
  )
})
