import { describe, it } from "@effect/vitest"
import { Cause, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { type Plan, plan, type StatePath, timerOf } from "../../machines/index.ts"
import { Unavailable, VersionConflict } from "../../server/errors.ts"
import { appendOf, EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { type Bug, type Circumstances, makeProcess, shared } from "../support/world.ts"

const charges = Effect.gen(function* () {
  return (yield* (yield* TossPaySimulator).ledger).length
})

const rowsOf = (payToken: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const recorded = yield* log.find({ by: "payToken", value: payToken })
    return yield* log.history(recorded?.checkout.checkoutId ?? "")
  })

const stateOf = (payToken: string) =>
  Effect.map(rowsOf(payToken), (rows): StatePath | null => (rows.at(-1)?.to as StatePath) ?? null)

/** A process and a checkout of it that the buyer has approved. */
const anApproved = (circumstances: Circumstances = {}) =>
  Effect.gen(function* () {
    const server = yield* makeProcess(circumstances)
    const { payToken } = (yield* server.create()).checkout.context
    yield* (yield* TossPaySimulator).sheet(payToken ?? "", { action: "approve" } as never)
    return { server, payToken: payToken ?? "" }
  })

const fault = (over: object) =>
  Effect.flatMap(TossPaySimulator, (simulator) => simulator.setFault(over as Fault))

/** A database that is away whenever TossPay's answer to an execution is to be recorded, so many times. */
const awayForAnswers = (times: number, retryable = true) => {
  let tries = 0
  const bug: Bug = {
    log: (log) => ({
      ...log,
      append: (append) => {
        const isAnswer = append.rows.some(({ type }) => type === "PaymentExecuted")
        tries += isAnswer ? 1 : 0
        return isAnswer && tries <= times
          ? Effect.fail(new Unavailable({ what: "DATABASE", retryable }))
          : log.append(append)
      },
    }),
  }
  return { bug, tries: () => tries }
}

describe("a step that was begun", () => {
  it.effect("is finished although its caller goes away", () =>
    Effect.gen(function* () {
      const { server, payToken } = yield* anApproved()
      yield* fault({ call: "execute-payment", fault: "slow", delayMs: 5_000 })
      const asking = yield* Effect.forkChild(server.execute(payToken))
      yield* TestClock.adjust(1_000)
      yield* Fiber.interrupt(asking)
      expect(yield* stateOf(payToken)).toBe("executing.calling")
      yield* TestClock.adjust(5_000)
      expect(yield* charges).toBe(1)
      expect(yield* stateOf(payToken)).toBe("settled.paid")
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is finished and on record before its process ends, although its caller is gone", () =>
    Effect.gen(function* () {
      const { server, payToken } = yield* anApproved()
      yield* fault({ call: "execute-payment", fault: "slow", delayMs: 5_000 })
      const asking = yield* Effect.forkChild(server.execute(payToken))
      yield* TestClock.adjust(1_000)
      yield* Fiber.interrupt(asking)
      const stopping = yield* Effect.forkChild(server.stop)
      yield* TestClock.adjust(3_999)
      expect(stopping.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(1)
      yield* Fiber.join(stopping)
      expect(yield* charges).toBe(1)
      expect(yield* stateOf(payToken)).toBe("settled.paid")
    }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "records what TossPay answered once the database is back, if that takes less than half a minute",
    () =>
      Effect.gen(function* () {
        const { server, payToken } = yield* anApproved({ bug: awayForAnswers(10).bug })
        const asking = yield* Effect.forkChild(server.execute(payToken))
        yield* TestClock.adjust(20_000)
        expect(yield* stateOf(payToken)).toBe("executing.calling")
        yield* TestClock.adjust(10_000)
        expect((yield* Fiber.join(asking)).outcome).toBe("paid")
        expect(yield* charges).toBe(1)
      }).pipe(Effect.provide(shared)),
  )

  it.effect.each([
    ["is given up when the database stays away for longer", true, 11],
    ["does not repeat what the database will never take", false, 1],
  ] as const)("%s", ([, retryable, tries]) =>
    Effect.gen(function* () {
      const away = awayForAnswers(Number.POSITIVE_INFINITY, retryable)
      const { server, payToken } = yield* anApproved(away)
      const asking = yield* Effect.forkChild(Effect.flip(server.execute(payToken)))
      yield* TestClock.adjust(60_000)
      expect(yield* Fiber.join(asking)).toMatchObject({ _tag: "Unavailable", retryable })
      expect(away.tries()).toBe(tries)
    }).pipe(Effect.provide(shared)),
  )
})

describe("whoever loses a version", () => {
  /** A log whose next so many appends are lost to somebody who was faster, or who only seems to have been. */
  const losing = (times: number, faster: boolean) => {
    let lost = -1
    const bug: Bug = {
      log: (log) => ({
        ...log,
        append: (append) =>
          Effect.gen(function* () {
            const { checkoutId } = append.recorded.checkout
            const { expectedVersion } = append
            // The checkout and its token are written first.
            if (expectedVersion < 2 || lost >= times - 1) return yield* log.append(append)
            lost += 1
            if (faster) {
              const found = yield* log.find({ by: "checkoutId", value: checkoutId })
              const news = plan((found as Recorded).checkout, {
                type: "AuthenticationUnknown",
                at,
                reason: null,
              })
              yield* log.append(appendOf(found, news as Plan, 1_000))
            }
            return yield* new VersionConflict({ checkoutId, expectedVersion })
          }),
      }),
    }
    return bug
  }
  const at = "1970-01-01T00:00:00.000Z"

  it.effect("decides again by what is there now, as often as it takes", () =>
    Effect.gen(function* () {
      const { server, payToken } = yield* anApproved({ bug: losing(8, true) })
      expect((yield* server.execute(payToken)).outcome).toBe("paid")
      const types = (yield* rowsOf(payToken)).map(({ type }) => type)
      expect(types.filter((type) => type === "AuthenticationUnknown")).toHaveLength(8)
      expect(types.filter((type) => type === "ExecutionStarted")).toHaveLength(1)
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("to nobody looks again a few times, and then calls it a defect", () =>
    Effect.gen(function* () {
      const few = yield* anApproved({ bug: losing(5, false) })
      expect((yield* few.server.execute(few.payToken)).outcome).toBe("paid")
      const many = yield* anApproved({ bug: losing(6, false) })
      const defect = yield* Effect.flip(Effect.sandbox(many.server.execute(many.payToken)))
      expect(Cause.pretty(defect)).toMatch(/the log of \S+ and its row disagree/)
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )
})

describe("a history", () => {
  it.effect("runs forward, whatever the clock that it is written by does", () =>
    Effect.gen(function* () {
      let backMs = 0
      const { server, payToken } = yield* anApproved({
        bug: { log: (log) => ({ ...log, now: Effect.map(log.now, (ms) => ms - backMs) }) },
      })
      yield* TestClock.adjust(10_000)
      yield* server.report(payToken, "started")
      backMs = 60_000
      yield* server.execute(payToken)
      backMs = 0
      yield* server.report(payToken, "unknown")
      const times = (yield* rowsOf(payToken)).map(({ recordedAt }) => recordedAt)
      expect(times.length).toBeGreaterThan(4)
      expect(times).toEqual([...times].sort())
      expect(new Set(times).size).toBeGreaterThan(1)
    }).pipe(Effect.provide(shared)),
  )
})

describe("what is to be done later", () => {
  it.effect("is due no earlier than its timer says and up to a tenth later, not all of it at once", () =>
    Effect.gen(function* () {
      const late: Array<number> = []
      const server = yield* makeProcess({
        bug: {
          log: (log) => ({
            ...log,
            append: (append) => {
              const timer = timerOf(append.recorded.checkout)
              if (timer !== null) late.push((append.dueAfterMs ?? Number.NaN) / timer.afterMs)
              else expect(append.dueAfterMs).toBeNull()
              return log.append(append)
            },
          }),
        },
      })
      for (let count = 0; count < 50; count += 1) yield* server.create()
      expect(late).toHaveLength(100)
      expect(Math.min(...late)).toBeGreaterThanOrEqual(1)
      expect(Math.max(...late)).toBeLessThanOrEqual(1.1)
      expect(Math.max(...late) - Math.min(...late)).toBeGreaterThan(0.05)
    }).pipe(Effect.provide(shared)),
  )
})

/** The look for the checkout is the first await. */
const rightAfterTheClaim = { atAwait: 2, when: "after" } as const
const rightAfterTheCharge = { atAwait: 3, when: "after" } as const

describe("whoever waits for an outcome", () => {
  it.effect(
    "of this process is told at once, of another one within a second or so, and no longer than asked",
    () =>
      Effect.gen(function* () {
        const { server, payToken } = yield* anApproved()
        const other = yield* makeProcess()
        yield* fault({ call: "execute-payment", fault: "slow", delayMs: 6_000 })
        const told: Array<[string, string]> = []
        const ask = (name: string, process: typeof server) =>
          Effect.forkChild(
            Effect.map(process.execute(payToken), ({ outcome }) => {
              told.push([name, outcome])
            }),
          )
        yield* ask("first", server)
        yield* TestClock.adjust(1)
        yield* ask("same process", server)
        yield* ask("other process", other)
        yield* TestClock.adjust(5_998)
        expect(told).toEqual([])
        yield* TestClock.adjust(1)
        expect([...told].sort()).toEqual([
          ["first", "paid"],
          ["same process", "paid"],
        ])
        yield* TestClock.adjust(1_000)
        expect(told.at(-1)).toEqual(["other process", "paid"])
      }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "of another process looks for it with all who wait beside them: many ask no more than a few",
    () =>
      Effect.gen(function* () {
        const { server, payToken } = yield* anApproved()
        let looks = 0
        const log: Bug["log"] = (log) => ({
          ...log,
          find: (lookup) =>
            Effect.suspend(() => {
              looks += 1
              return log.find(lookup)
            }),
        })
        const other = yield* makeProcess({ bug: { log } })
        yield* fault({ call: "execute-payment", fault: "slow", delayMs: 9_000 })
        yield* Effect.forkChild(server.execute(payToken))
        const asking: Array<Fiber.Fiber<{ readonly outcome: string }, unknown>> = []
        for (let waiters = 0; waiters < 50; waiters += 1) {
          yield* TestClock.adjust(37)
          asking.push(yield* Effect.forkChild(other.execute(payToken)))
        }
        yield* TestClock.adjust(3_000)
        looks = 0
        yield* TestClock.adjust(4_000)
        // Each alone would look once a second.
        expect(looks).toBeGreaterThanOrEqual(3)
        expect(looks).toBeLessThanOrEqual(9)
        yield* TestClock.adjust(1_200)
        for (const answer of yield* Effect.forEach(asking, Fiber.join)) expect(answer.outcome).toBe("paid")
      }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "of a process that died learns it by itself once the lease is over, without any worker's look",
    () =>
      Effect.gen(function* () {
        const { payToken } = yield* anApproved()
        const [dead, other] = [yield* makeProcess({ death: rightAfterTheCharge }), yield* makeProcess()]
        yield* Effect.forkChild(dead.execute(payToken))
        yield* TestClock.adjust(50_000)
        const asking = yield* Effect.forkChild(other.execute(payToken))
        yield* TestClock.adjust(15_000)
        expect((yield* Fiber.join(asking)).outcome).toBe("paid")
        expect(yield* charges).toBe(1)
      }).pipe(Effect.provide(shared)),
  )

  it.effect("is told to ask again when it takes longer than a request may", () =>
    Effect.gen(function* () {
      const { payToken } = yield* anApproved()
      const [dead, other] = [yield* makeProcess({ death: rightAfterTheClaim }), yield* makeProcess()]
      yield* Effect.forkChild(dead.execute(payToken))
      yield* TestClock.adjust(1)
      const asking = yield* Effect.forkChild(other.execute(payToken))
      yield* TestClock.adjust(14_000)
      expect(asking.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(1_000)
      expect((yield* Fiber.join(asking)).outcome).toBe("pending")
    }).pipe(Effect.provide(shared)),
  )
})
