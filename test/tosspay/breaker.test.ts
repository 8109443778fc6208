import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { guarded } from "../../server/tosspay/breaker.ts"
import type { Wire } from "../../server/tosspay/outcome.ts"

const answer: Wire = { _tag: "Reply", status: 200, body: "{}" }
const lost: Wire = { _tag: "Lost", cause: "TIMEOUT" }

const throttled = (retryAfterSeconds?: number) =>
  Effect.succeed<Wire>({
    _tag: "Reply",
    status: 429,
    body: retryAfterSeconds === undefined ? "" : JSON.stringify({ error: { data: { retryAfterSeconds } } }),
  })

/** A TossPay that answers as `replies` says, counting the calls that reach it. */
const bank = Effect.gen(function* () {
  const world = { replies: Effect.succeed<Wire>(answer), calls: 0 }
  const { send, ...link } = yield* guarded(() =>
    Effect.suspend(() => {
      world.calls += 1
      return world.replies
    }),
  )
  return { world, ...link, call: send("get-payment-status", "buyer", {}) }
})

describe("while TossPay is down", () => {
  it.effect("it is left alone after ten failures, and calls come back as never sent", () =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.succeed(lost)
      for (let count = 0; count < 50; count += 1) yield* call
      expect(world.calls).toBe(10)
      expect(yield* call).toEqual({ _tag: "NotSent" })
      expect(yield* health).toBe("away")
    }),
  )

  it.effect("one call tries again after a pause, and the pauses grow up to a minute", () =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.succeed({ _tag: "Reply", status: 503, body: "" })
      for (let count = 0; count < 10; count += 1) yield* call
      const pausesMs: Array<number> = []
      for (let tries = 0; tries < 10; tries += 1) {
        let pauseMs = 0
        while ((yield* health) === "away" && pauseMs < 100_000) {
          yield* TestClock.adjust(100)
          pauseMs += 100
        }
        pausesMs.push(pauseMs)
        const before = world.calls
        yield* call
        yield* call
        expect(world.calls).toBe(before + 1)
      }
      expect(pausesMs[0]).toBeLessThanOrEqual(1_300)
      expect(pausesMs[3]).toBeGreaterThan(5_000)
      expect(pausesMs[9]).toBeGreaterThan(40_000)
      expect(Math.max(...pausesMs)).toBeLessThanOrEqual(75_000)
    }),
  )

  it.effect("servers that lost it together do not try it again together", () =>
    Effect.gen(function* () {
      const banks = yield* Effect.all(Array.from({ length: 20 }, () => bank))
      for (const { world, call } of banks) {
        world.replies = Effect.succeed(lost)
        for (let count = 0; count < 10; count += 1) yield* call
      }
      const awayAt = Effect.fnUntraced(function* (ms: number) {
        yield* TestClock.setTime(ms)
        return (yield* Effect.all(banks.map(({ health }) => health))).filter((one) => one === "away").length
      })
      expect(yield* awayAt(800)).toBe(20)
      expect(yield* awayAt(1_000)).not.toBeOneOf([0, 20])
      expect(yield* awayAt(1_200)).toBe(0)
    }),
  )

  it.effect("a good answer closes the circuit again", () =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.succeed({ _tag: "Reply", status: 429, body: "" })
      for (let count = 0; count < 10; count += 1) yield* call
      expect(yield* health).toBe("away")
      yield* TestClock.adjust(2_000)
      expect(yield* health).toBe("untested")
      world.replies = Effect.succeed(answer)
      expect(yield* call).toEqual(answer)
      expect(yield* health).toBe("well")
    }),
  )

  it.effect(
    "that it asks to be asked less often is known from its first such word to its next other one",
    () =>
      Effect.gen(function* () {
        const { world, health, throttledForMs, call } = yield* bank
        expect(yield* throttledForMs).toBeNull()
        world.replies = throttled(3)
        yield* call
        expect(yield* health).toBe("well")
        expect(yield* throttledForMs).toBe(3_000)
        yield* TestClock.adjust(4_000)
        expect(yield* throttledForMs).toBe(0)
        world.replies = throttled()
        yield* call
        expect(yield* throttledForMs).toBe(1_000)
        for (const other of [lost, answer]) {
          world.replies = Effect.succeed(other)
          yield* call
          expect(yield* throttledForMs).toBeNull()
          world.replies = throttled(3)
          yield* call
          expect(yield* throttledForMs).toBe(3_000)
        }
      }),
  )

  it.effect("it is left alone for as long as it wants, within reason, and no longer each time", () =>
    Effect.gen(function* () {
      for (const [wanted, atLeastMs] of [
        [3, 3_000],
        [0, 1_000],
        [3_600, 60_000],
      ] as const) {
        const { world, health, throttledForMs, call } = yield* bank
        world.replies = throttled(wanted)
        for (let count = 0; count < 10; count += 1) yield* call
        for (let tries = 0; tries < 5; tries += 1) {
          expect(yield* health).toBe("away")
          expect(yield* call).toEqual({ _tag: "NotSent" })
          const leftMs = (yield* throttledForMs) ?? 0
          expect(leftMs).toBeGreaterThanOrEqual(atLeastMs)
          expect(leftMs).toBeLessThanOrEqual(Math.ceil(atLeastMs * 1.2))
          yield* TestClock.adjust(leftMs)
          expect(yield* health).toBe("untested")
          yield* call
        }
        expect(world.calls).toBe(15)
      }
    }),
  )

  it.effect.each([
    ...[400, 404].map((status) => ({ status, body: "{}" })),
    ...["FAIL", "INTERNAL_ERROR"].map((resultType) => ({
      status: 200,
      body: JSON.stringify({ resultType }),
    })),
  ])("what may be about one payment never opens the circuit: $status $body", (said) =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.succeed({ _tag: "Reply", ...said })
      for (let count = 0; count < 50; count += 1) yield* call
      expect(world.calls).toBe(50)
      expect(yield* health).toBe("well")
    }),
  )

  it.effect(
    "whoever fails again right after it was well waits longer; whoever was well for that long begins anew",
    () =>
      Effect.gen(function* () {
        const { world, health, call } = yield* bank
        const loseIt = Effect.gen(function* () {
          world.replies = Effect.succeed(lost)
          for (let count = 0; count < 10; count += 1) yield* call
        })
        const pauseMs = Effect.gen(function* () {
          let ms = 0
          for (; (yield* health) === "away"; ms += 100) yield* TestClock.adjust(100)
          world.replies = Effect.succeed(answer)
          yield* call
          return ms
        })
        yield* loseIt
        expect(yield* pauseMs).toBeLessThanOrEqual(1_200)
        for (const atLeastMs of [1_600, 3_200]) {
          yield* loseIt
          expect(yield* pauseMs).toBeGreaterThanOrEqual(atLeastMs)
        }
        yield* TestClock.adjust(4_000)
        yield* loseIt
        expect(yield* pauseMs).toBeLessThanOrEqual(1_200)
      }),
  )

  it.effect("an answer to a call from before says nothing of how it is now", () =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.delay(Effect.succeed(answer), 500)
      const late = yield* Effect.forkChild(call)
      yield* TestClock.adjust(1)
      world.replies = Effect.succeed(lost)
      for (let count = 0; count < 10; count += 1) yield* call
      yield* TestClock.adjust(500)
      expect(yield* Fiber.join(late)).toEqual(answer)
      expect(yield* health).toBe("away")
    }),
  )

  it.effect("a try that is given up leaves room for the next one", () =>
    Effect.gen(function* () {
      const { world, health, call } = yield* bank
      world.replies = Effect.succeed(lost)
      for (let count = 0; count < 10; count += 1) yield* call
      yield* TestClock.adjust(2_000)
      world.replies = Effect.never
      const given = yield* Effect.forkChild(call)
      yield* TestClock.adjust(1)
      expect(yield* health).toBe("away")
      expect(yield* call).toEqual({ _tag: "NotSent" })
      yield* Fiber.interrupt(given)
      expect(yield* health).toBe("untested")
    }),
  )
})
