import { Effect, Fiber, Layer, References } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payers/payers.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { judge } from "../simulation/judges.ts"
import { type Bug, makeProcess, terms } from "../support/world.ts"

/** Of the awaits of an execute: the look for the checkout is the first, the claim goes on record in the second. */
const theClaim = 2

/** A worker stands still right after its claim, and recovery on another server takes its work on meanwhile. */
const stalled = (forMs: number, bug: Bug = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    yield* simulator.changeSettings({ repeatedExecute: "charge" })
    const healthy = yield* makeProcess()
    const { checkout } = yield* healthy.create()
    const { payToken, order } = checkout.context
    yield* simulator.sheet(payToken ?? "", { action: "approve" })
    const slow = yield* makeProcess({ stall: { atAwait: theClaim, forMs }, bug })
    const answer = yield* Effect.forkChild(slow.execute(payToken ?? ""))
    let takenOn = 0
    for (let waitedMs = 0; waitedMs < forMs + 5 * terms.leaseMs; waitedMs += 5_000) {
      yield* TestClock.adjust(5_000)
      const look = yield* Effect.forkChild(healthy.recover)
      yield* TestClock.adjust(1)
      takenOn += (yield* Fiber.join(look)).length
    }
    yield* Fiber.join(answer)
    const charges = (yield* simulator.ledger).length
    return { charges, takenOn, wrong: yield* judge([order.orderId], []) }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(memoryEventLog, Payers.layerMemory, TossPaySimulator.layer(), TestClock.layer()),
    ),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.scoped,
    Effect.runPromise,
  )

describe("a worker that stood still after its claim", () => {
  it.each([1_000, 4_000, 10_000, 44_000, 46_000, 100_000, 200_000, 1_000_000])(
    "for %d ms charges once, or leaves it to whoever took its work on",
    async (forMs) => {
      const { charges, takenOn, wrong } = await stalled(forMs)
      expect(wrong).toEqual([])
      expect(charges).toBe(1)
      if (forMs > terms.leaseMs) expect(takenOn).toBeGreaterThan(0)
    },
  )

  it("would charge twice if it did not look whether its lease still runs", async () => {
    // Its clocks stand still, so no lease ever seems to end.
    const noLook: Bug = {
      clock: (clock) =>
        Object.assign(Object.create(clock), {
          currentTimeMillisUnsafe: () => 0,
          monotonicTimeNanosUnsafe: () => 0n,
        }),
    }
    expect((await stalled(200_000, noLook)).charges).toBe(2)
  })
})

describe("a server whose clock is wrong", () => {
  const skewedBy = (skewMs: number) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const [right, wrong] = [yield* makeProcess(), yield* makeProcess({ skewMs })]
      const { checkout } = yield* right.create()
      const { payToken, order } = checkout.context
      yield* wrong.report(payToken ?? "", "started")
      yield* wrong.report(payToken ?? "", "rejected")
      const stateAfter = Effect.fnUntraced(function* (ms: number) {
        yield* TestClock.adjust(ms)
        yield* right.recover
        return (yield* right.read(order.orderId)).state
      })
      return [yield* stateAfter(terms.ttlMs - 60_000), yield* stateAfter(60_000 + terms.ttlMs / 10)]
    }).pipe(
      Effect.provide(
        Layer.mergeAll(memoryEventLog, Payers.layerMemory, TossPaySimulator.layer(), TestClock.layer()),
      ),
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.scoped,
      Effect.runPromise,
    )

  it.each([-3_600_000, 0, 3_600_000])(
    "by %d ms lets a payToken lapse neither early nor late",
    async (skewMs) => {
      expect(await skewedBy(skewMs)).toEqual(["minted", "failed"])
    },
  )
})
