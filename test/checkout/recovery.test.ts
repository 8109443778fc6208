import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { type StateName, stateName } from "../../machines/index.ts"
import { Unavailable } from "../../server/errors.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { type Death, makeProcess, type Process, shared } from "../support/world.ts"

const charges = Effect.map(moved("charge"), ({ length }) => length)

const stateOf = (payToken: string) =>
  Effect.gen(function* () {
    const recorded = yield* (yield* EventLog).find({ by: "payToken", value: payToken })
    return recorded === null ? null : stateName(recorded.checkout.state)
  })

const minted = (process: Process) =>
  Effect.map(process.create(), ({ checkout }) => checkout.context.payToken ?? "")

const fault = faultOf("execute-payment")

describe("what nobody finishes, recovery finishes", () => {
  it.effect("a buyer who authenticated and vanished is charged once", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const payToken = yield* minted(server)
      yield* server.report(payToken, "started")
      yield* approve(payToken)
      yield* pass(server, 5 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("settled")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect.each<[string, Effect.Effect<never, Unavailable>]>([
    ["that cannot be read", Effect.die(new Error("this history is broken"))],
    ["for which the database is away", Effect.fail(new Unavailable({ what: "DATABASE", retryable: true }))],
  ])("a checkout %s keeps nobody else's from being finished", ([, failure]) =>
    Effect.gen(function* () {
      let unreadable = ""
      const server = yield* makeProcess({
        bug: {
          log: (log) => ({
            ...log,
            find: (lookup) =>
              lookup.by === "checkoutId" && lookup.value === unreadable ? failure : log.find(lookup),
          }),
        },
      })
      const { checkout } = yield* server.create()
      yield* server.report(checkout.context.payToken ?? "", "started")
      unreadable = checkout.checkoutId
      const payToken = yield* minted(server)
      yield* server.report(payToken, "started")
      yield* approve(payToken)
      yield* pass(server, 5 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("settled")
    }).pipe(Effect.provide(shared)),
  )

  it.effect.each([5, 15, 60])(
    "a token that nobody pays lapses after its %d minutes, by TossPay's word",
    (minutes) =>
      Effect.gen(function* () {
        const server = yield* makeProcess({ ttlMs: minutes * minuteMs })
        const payToken = yield* minted(server)
        yield* pass(server, (minutes - 1) * minuteMs, minuteMs)
        expect(yield* stateOf(payToken)).toBe("minted")
        yield* pass(server, (2 + minutes / 10) * minuteMs, minuteMs)
        expect(yield* stateOf(payToken)).toBe("failed")
        expect(yield* charges).toBe(0)
      }).pipe(Effect.provide(shared)),
  )

  it.effect("a call that never reached TossPay is repeated after a lease of silence, and charges once", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const payToken = yield* minted(server)
      yield* approve(payToken)
      yield* fault({ fault: "replyLostBefore" })
      expect((yield* server.execute(payToken)).outcome).toBe("pending")
      yield* pass(server, 40_000)
      expect(yield* stateOf(payToken)).toBe("executing")
      yield* pass(server, 2 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("settled")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("a charge whose reply was lost is found, even if the bank would charge again", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      yield* simulator.changeSettings({ repeatedExecute: "charge" })
      const server = yield* makeProcess()
      const payToken = yield* minted(server)
      yield* approve(payToken)
      yield* fault({ fault: "replyLostAfter" })
      yield* fault({ call: "get-payment-status", fault: "http503", times: 3 })
      expect((yield* server.execute(payToken)).outcome).toBe("pending")
      yield* pass(server, 10 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("settled")
      expect((yield* server.execute(payToken)).outcome).toBe("paid")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("while TossPay is away nothing is guessed, and when it is back everything is found out", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const server = yield* makeProcess()
      const payToken = yield* minted(server)
      yield* approve(payToken)
      yield* fault({ fault: "replyLostAfter" })
      yield* fault({ call: "get-payment-status", fault: "http503", times: "always" })
      yield* server.execute(payToken)
      yield* pass(server, 6 * 60 * minuteMs, 10 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("executing")
      yield* simulator.clearFaults
      yield* pass(server, 7 * 60 * minuteMs, 10 * minuteMs)
      expect(yield* stateOf(payToken)).toBe("settled")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("two servers that recover at the same moment do the work once", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* makeProcess(), yield* makeProcess()]
      const payToken = yield* minted(one)
      yield* one.report(payToken, "started")
      yield* approve(payToken)
      yield* TestClock.adjust(4 * minuteMs)
      yield* Effect.all([one.recover, two.recover], { concurrency: "unbounded" })
      expect(yield* stateOf(payToken)).toBe("settled")
      expect(yield* charges).toBe(1)
    }).pipe(Effect.provide(shared)),
  )
})

describe("a process may die at any await", { tags: "exhaustive" }, () => {
  /** A payment on a process that dies there, taken over by another one. Returns how it ended. */
  const story = (death: Death, faults: ReadonlyArray<object>, repeatedExecute: "reject" | "charge") =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      yield* simulator.changeSettings({ repeatedExecute })
      const mortal = yield* makeProcess({ death })
      const other = yield* makeProcess()
      const life = yield* Effect.forkChild(
        Effect.gen(function* () {
          const payToken = yield* minted(mortal)
          yield* approve(payToken)
          for (const over of faults) yield* fault(over)
          return yield* mortal.execute(payToken)
        }),
      )
      yield* TestClock.adjust(20_000)
      yield* pass(other, 30 * minuteMs, 15_000)
      yield* Fiber.interrupt(life)
      const [payment] = yield* simulator.payments
      const state: StateName | null = payment === undefined ? null : yield* stateOf(payment.payToken)
      return { awaits: mortal.awaits(), died: mortal.isDead(), state, charged: yield* charges }
    }).pipe(Effect.provide(shared, { local: true }))

  const stories: ReadonlyArray<[string, ReadonlyArray<object>]> = [
    ["when all is well", []],
    ["when the reply is lost before the charge", [{ fault: "replyLostBefore" }]],
    ["when the reply is lost after the charge", [{ fault: "replyLostAfter" }]],
    ["when the reply cannot be read", [{ fault: "unreadable" }]],
    ["when TossPay refuses", [{ fault: "errorCode", value: "COMMON_NOT_ENOUGH_CASH" }]],
    ["when TossPay asks to come back later", [{ fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" }]],
    ["when the reply is slower than our patience", [{ fault: "slow", delayMs: 40_000 }]],
    ["when the charge happens after we gave up", [{ fault: "late", delayMs: 30_000 }]],
  ]

  for (const [name, faults] of stories) {
    for (const repeatedExecute of ["reject", "charge"] as const) {
      it.effect(
        `${name}, and a repeated execute is ${repeatedExecute}ed: at most one charge, and all of it recorded`,
        () =>
          Effect.gen(function* () {
            for (const when of ["before", "after"] as const) {
              let atAwait = 1
              while (true) {
                const end = yield* story({ atAwait, when }, faults, repeatedExecute)
                const at = `dies ${when} await ${atAwait}: ${JSON.stringify(end)}`
                expect(end.charged, at).toBeLessThanOrEqual(1)
                if (end.charged === 1) expect(["settled", "mismatched"], at).toContain(end.state)
                else expect([null, "failed"], at).toContain(end.state)
                if (!end.died) break
                atAwait += 1
              }
              expect(atAwait).toBeGreaterThan(5)
            }
          }),
      )
    }
  }
})
