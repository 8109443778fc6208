import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { judge } from "../simulation/judges.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { type Bug, inItsOwnWorld, makeProcess, type Process, terms } from "../support/world.ts"

/** What moves money, and at which of its awaits its claim goes on record. The look for the checkout is the first of each. */
const calls = {
  charge: {
    theClaim: 2,
    call: (process: Process, payToken: string, _: string) => process.execute(payToken),
  },
  /** The wish goes on record first, then TossPay is asked, and then its answer goes on record. */
  refund: {
    theClaim: 5,
    call: (process: Process, _: string, orderId: string) => process.refund(orderId),
  },
}

/** A worker stands still right after its claim, and recovery on another server takes its work on meanwhile. */
const stalled = (kind: keyof typeof calls, forMs: number, bug: Bug = {}) =>
  Effect.gen(function* () {
    const { theClaim, call } = calls[kind]
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    yield* simulator.changeSettings({ repeatedExecute: "charge", repeatedRefund: "refund" })
    const healthy = yield* makeProcess()
    const { checkout } = yield* healthy.create()
    const { payToken, order } = checkout.context
    yield* simulator.sheet(payToken ?? "", { action: "approve" })
    if (kind === "refund") yield* healthy.execute(payToken ?? "")
    const slow = yield* makeProcess({ stall: { atAwait: theClaim, forMs }, bug })
    const answer = yield* Effect.forkChild(call(slow, payToken ?? "", order.orderId))
    let takenOn = 0
    for (let waitedMs = 0; waitedMs < forMs + 5 * terms.leaseMs; waitedMs += 5_000) {
      yield* TestClock.adjust(5_000)
      const look = yield* Effect.forkChild(healthy.recover)
      yield* TestClock.adjust(1)
      takenOn += (yield* Fiber.join(look)).length
    }
    yield* Fiber.join(answer)
    const moves = (yield* moved(kind)).length
    return { moves, takenOn, wrong: yield* judge([order.orderId], []) }
  }).pipe(inItsOwnWorld)

const whileTimePasses = (effect: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(1_000)
    return yield* Fiber.join(fiber)
  })

const noWallClock = { currentTimeMillisUnsafe: () => 0 }
const noMonotonicClock = { monotonicTimeNanosUnsafe: () => 0n }

const standingStill = (still: object): Bug => ({
  clock: (clock) => Object.assign(Object.create(clock), still),
})

describe("a worker that stood still after its claim", () => {
  for (const kind of ["charge", "refund"] as const) {
    it.each([1_000, 4_000, 10_000, 44_000, 46_000, 100_000, 200_000, 1_000_000])(
      `for %d ms makes one ${kind}, or leaves it to whoever took its work on`,
      async (forMs) => {
        const { moves, takenOn, wrong } = await stalled(kind, forMs)
        expect(wrong).toEqual([])
        expect(moves).toBe(1)
        if (forMs > terms.leaseMs) expect(takenOn).toBeGreaterThan(0)
      },
    )
  }

  it.each(["charge", "refund"] as const)(
    "would make a second %s if it did not look whether its lease still runs",
    async (kind) => {
      // Its clocks stand still, so no lease ever seems to end.
      const noLook = standingStill({ ...noWallClock, ...noMonotonicClock })
      expect((await stalled(kind, 200_000, noLook)).moves).toBe(2)
    },
  )

  it.each([
    { what: "whose machine slept meanwhile", still: noMonotonicClock },
    { what: "whose clock was set back meanwhile", still: noWallClock },
  ])("and $what, makes one charge all the same", async ({ still }) => {
    const { moves, wrong } = await stalled("charge", 200_000, standingStill(still))
    expect(wrong).toEqual([])
    expect(moves).toBe(1)
  })
})

/** No answer to anything. */
const noise = { _tag: "Reply", status: 200, body: "<html>" } as const

/** Each begins with a call that TossPay puts off; `isHeard` says whether it is known at once that another one would be safe. */
const putOff = {
  charge: { call: "execute-payment", code: "CARD_SYSTEM_ERROR", isHeard: false },
  refund: { call: "refund-payment", code: "REFUND_EXCEED_DAILY", isHeard: true },
} as const

/**
 * A worker asks TossPay, is told that the next call is safe, and stands still before it records that. Meanwhile another one
 * makes that call, its reply is lost, and nothing more is heard.
 */
const stalledBeforeItsRecord = (kind: keyof typeof calls, forMs: number) =>
  Effect.gen(function* () {
    const { call: moving, code, isHeard } = putOff[kind]
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    yield* simulator.changeSettings({ repeatedExecute: "charge", repeatedRefund: "refund" })
    let isDark = false
    let isDarkAfterTheCall = false
    const healthy = yield* makeProcess({
      network:
        (send) =>
        (call, ...rest) => {
          if (call === moving && isDarkAfterTheCall) isDark = true
          return call === "get-payment-status" && isDark ? Effect.succeed(noise) : send(call, ...rest)
        },
    })
    const { payToken, order } = (yield* healthy.create()).checkout.context
    yield* approve(payToken ?? "")
    if (kind === "refund") yield* healthy.execute(payToken ?? "")
    yield* faultOf(moving)({ fault: "errorCode", value: code })
    isDark = !isHeard
    yield* whileTimePasses(calls[kind].call(healthy, payToken ?? "", order.orderId))

    const slow = yield* makeProcess({ stall: { atAwait: 4, forMs } })
    const { backlog } = yield* EventLog
    while ((yield* backlog).due === 0) yield* TestClock.adjust(500)
    isDark = false
    isDarkAfterTheCall = true
    yield* faultOf(moving)({ fault: "replyLostAfter" })
    const look = yield* Effect.forkChild(slow.recover)
    yield* TestClock.adjust(1)
    yield* pass(healthy, forMs + 20_000, 1_000)
    yield* Fiber.join(look)

    isDarkAfterTheCall = false
    isDark = false
    yield* simulator.clearFaults
    yield* pass(healthy, 30 * minuteMs)
    return { moves: (yield* moved(kind)).length, wrong: yield* judge([order.orderId], []) }
  }).pipe(inItsOwnWorld)

/**
 * A call is given up, and arrives 25 s later. Before that a worker asks TossPay, is told that nothing happened, and stands still before it
 * records that. Meanwhile the questions of another one bring no answer, until a whole lease has been silent.
 */
const stalledWhileACallArrives = (kind: keyof typeof calls, forMs: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    yield* simulator.changeSettings({ repeatedExecute: "charge", repeatedRefund: "refund" })
    let isDark = false
    let isFirst = true
    const healthy = yield* makeProcess({
      network: (send) =>
        Effect.fnUntraced(function* (call, ...rest) {
          if (call === "get-payment-status" && isDark) return noise
          if (call !== putOff[kind].call || !isFirst) return yield* send(call, ...rest)
          isFirst = false
          yield* Effect.forkDetach(Effect.delay(send(call, ...rest), 40_000))
          yield* Effect.sleep(15_000)
          isDark = true
          return { _tag: "Lost", cause: "TIMEOUT" } as const
        }),
    })
    const { payToken, order } = (yield* healthy.create()).checkout.context
    yield* approve(payToken ?? "")
    if (kind === "refund") yield* healthy.execute(payToken ?? "")
    const answer = yield* Effect.forkChild(calls[kind].call(healthy, payToken ?? "", order.orderId))
    yield* TestClock.adjust(16_000)
    const slow = yield* makeProcess({ stall: { atAwait: 4, forMs } })
    const { backlog } = yield* EventLog
    while ((yield* backlog).due === 0) yield* TestClock.adjust(500)
    const look = yield* Effect.forkChild(slow.recover)
    yield* TestClock.adjust(1)
    yield* pass(healthy, forMs + 5_000, 1_000)
    yield* Fiber.join(look)
    yield* Fiber.join(answer)
    isDark = false
    yield* pass(healthy, 30 * minuteMs)
    return { moves: (yield* moved(kind)).length, wrong: yield* judge([order.orderId], []) }
  }).pipe(inItsOwnWorld)

describe("a worker that stood still between TossPay's answer and its record", () => {
  for (const kind of ["charge", "refund"] as const) {
    it.each([30_000, 65_000, 90_000, 120_000, 200_000])(
      `for %d ms makes no second ${kind} by it: the silence since then says nothing of that answer`,
      async (forMs) => {
        const { moves, wrong } = await stalledWhileACallArrives(kind, forMs)
        expect(wrong).toEqual([])
        expect(moves).toBe(1)
      },
    )

    it.each([60_000, 95_000, 120_000, 200_000])(
      `for %d ms makes no second ${kind} by it: it may be older than the first`,
      async (forMs) => {
        const { moves, wrong } = await stalledBeforeItsRecord(kind, forMs)
        expect(wrong).toEqual([])
        expect(moves).toBe(1)
      },
    )
  }
})

/** An order is opened under one lease, and its call is made, slowly, by a server with another patience. */
const betweenSettings = (
  kind: keyof typeof calls,
  leaseMs: number,
  patienceMs: number,
  arrivesAfterMs: number,
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    yield* simulator.changeSettings({ repeatedExecute: "charge", repeatedRefund: "refund" })
    const healthy = yield* makeProcess({ leaseMs, patienceMs: Math.min(15_000, leaseMs * 0.9) })
    const { payToken, order } = (yield* healthy.create()).checkout.context
    yield* approve(payToken ?? "")
    if (kind === "refund") yield* healthy.execute(payToken ?? "")
    const other = yield* makeProcess({
      patienceMs,
      network:
        (send) =>
        (call, ...rest) =>
          call === putOff[kind].call
            ? Effect.delay(send(call, ...rest), arrivesAfterMs)
            : send(call, ...rest),
    })
    const answer = yield* Effect.forkChild(calls[kind].call(other, payToken ?? "", order.orderId))
    yield* TestClock.adjust(1)
    yield* pass(healthy, 10 * minuteMs, 1_000)
    yield* Fiber.join(answer)
    return { moves: (yield* moved(kind)).length, wrong: yield* judge([order.orderId], []) }
  }).pipe(inItsOwnWorld)

describe("a server whose settings allow a longer call than the lease of the order", () => {
  for (const kind of ["charge", "refund"] as const) {
    it.each([
      { leaseMs: 45_000, patienceMs: 162_000, arrivesAfterMs: 145_000 },
      { leaseMs: 5_000, patienceMs: 40_500, arrivesAfterMs: 30_000 },
    ])(`makes one ${kind}: its call ends within the lease ($leaseMs ms)`, async (over) => {
      const { moves, wrong } = await betweenSettings(kind, over.leaseMs, over.patienceMs, over.arrivesAfterMs)
      expect(wrong).toEqual([])
      expect(moves).toBe(1)
    })
  }
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
    }).pipe(inItsOwnWorld)

  it.each([-3_600_000, 0, 3_600_000])(
    "by %d ms lets a payToken lapse neither early nor late",
    async (skewMs) => {
      expect(await skewedBy(skewMs)).toEqual(["minted", "failed"])
    },
  )
})
