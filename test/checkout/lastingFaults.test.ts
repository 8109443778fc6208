import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import type { StatePath } from "../../machines/index.ts"
import { Alerts } from "../../server/alerts/alerts.ts"
import { memoryAlerts } from "../../server/alerts/memory.ts"
import { look } from "../../server/alerts/watch.ts"
import { waitingForPerson } from "../../server/checkout/waiting.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { type CallName, TossPaySimulator } from "../../server/simulator/index.ts"
import { memoryDeliveries } from "../../server/subscriptions/memory.ts"
import { ClientCertificate } from "../../server/tosspay/certificate.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { makeProcess, type Process, shared } from "../support/world.ts"

const world = Layer.mergeAll(
  shared,
  memoryAlerts,
  memoryDeliveries,
  Layer.orDie(ClientCertificate.layer({ certFile: null, keyFile: null, caFile: null })),
)

const openAlerts = Effect.map(
  Effect.flatMap(Alerts, ({ open }) => open),
  (alerts) => alerts.map(({ kind, subject }) => `${kind} ${subject}`),
)

/** A process, and how often it called TossPay for what. */
const counting = Effect.gen(function* () {
  const calls = new Map<string, number>()
  const server = yield* makeProcess({
    network:
      (send) =>
      (call, ...rest) => {
        calls.set(call, (calls.get(call) ?? 0) + 1)
        return send(call, ...rest)
      },
  })
  return { server, count: (call: string) => calls.get(call) ?? 0 }
})

/** A way for a payment to end for its buyer while of its first call nobody knows; `next` is the fault that comes after that call. */
interface Way {
  readonly next: readonly [CallName, object]
  readonly open: StatePath
  readonly end: StatePath
}

const brought = (server: Process, { next: [call, fault], open }: Way) =>
  Effect.gen(function* () {
    yield* (yield* TossPaySimulator).changeSettings({ lapseAfterMs: 7 * 24 * 60 * minuteMs })
    const { payToken, order } = (yield* server.create()).checkout.context
    yield* approve(payToken ?? "")
    yield* faultOf("execute-payment")({ fault: "replyLostBefore" })
    yield* faultOf(call)(fault)
    yield* Effect.forkChild(server.execute(payToken ?? ""))
    yield* pass(server, 5 * minuteMs)
    const state = stateOf(order.orderId)
    expect(yield* state).toBe(open)
    return { payToken: payToken ?? "", orderId: order.orderId, state }
  })

const stateOf = (orderId: string) =>
  Effect.map(
    Effect.flatMap(EventLog, ({ find }) => find({ by: "orderId", value: orderId })),
    (found) => found?.checkout.state,
  )

/** Money that differs, and that a person decides on. */
const aHeldMismatch = Effect.gen(function* () {
  const server = yield* makeProcess({ onMismatch: "hold" })
  const { payToken, order } = (yield* server.create()).checkout.context
  yield* approve(payToken ?? "")
  yield* faultOf("execute-payment")({ fault: "wrongAmount" })
  yield* server.execute(payToken ?? "")
  return order.orderId
})

const inTheQueue = Effect.map(waitingForPerson, (waiting) => waiting.map(({ orderId }) => orderId))

describe.each<Way & { readonly name: string }>([
  {
    name: "failed, and of one call nobody knows",
    next: ["execute-payment", { fault: "errorCode", value: "COMMON_NOT_ENOUGH_CASH" }],
    open: "failed.open",
    end: "failed.closed",
  },
  {
    name: "differs, and of whose call nobody knows",
    next: ["get-payment-status", { fault: "wrongAmount" }],
    open: "mismatched.open",
    end: "mismatched.closed",
  },
])("a payment that $name", (way) => {
  it.effect("is not over while TossPay says that a charge is under way, and what is charged goes back", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const { payToken, orderId, state } = yield* brought(server, way)
      const simulator = yield* TossPaySimulator
      yield* simulator.moveStatus(payToken, "PAY_PROGRESS")
      yield* pass(server, 40 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* server.read(orderId)).toMatchObject({ safeToRetry: false })
      yield* look
      expect(yield* openAlerts).toEqual([`outcome-unknown ${orderId}`])
      expect(yield* inTheQueue).toEqual([orderId])
      expect(yield* server.decide(orderId)).toMatchObject({ decided: false, reason: "NO_END" })
      const held = yield* aHeldMismatch
      expect(yield* inTheQueue, "the longest there first").toEqual([orderId, held])
      yield* simulator.moveStatus(payToken, "PAY_COMPLETE")
      yield* pass(server, 12 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* state).toBe("mismatched.refunded")
      yield* look
      expect(yield* openAlerts).toEqual([])
      expect(yield* inTheQueue).toEqual([held])
    }).pipe(Effect.provide(world)),
  )

  it.effect("gives back on a person's word what was charged meanwhile", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const { payToken, orderId } = yield* brought(server, way)
      for (const status of ["PAY_PROGRESS", "PAY_COMPLETE"] as const)
        yield* (yield* TossPaySimulator).moveStatus(payToken, status)
      expect(yield* server.decide(orderId)).toMatchObject({ decided: true, state: "mismatched.refunded" })
      expect(yield* moved("refund")).toHaveLength(1)
    }).pipe(Effect.provide(world)),
  )

  it.effect("is a person's to look into when a day and a half of questions got no answer of use", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const { orderId, state } = yield* brought(server, way)
      yield* faultOf("get-payment-status")({
        fault: "errorCode",
        value: "USER_STATUS_ERROR",
        times: "always",
      })
      yield* pass(server, 30 * 60 * minuteMs, 30 * minuteMs)
      yield* look
      expect(yield* openAlerts).toEqual([])
      expect(yield* inTheQueue).toEqual([])
      yield* pass(server, 10 * 60 * minuteMs, 30 * minuteMs)
      yield* look
      expect(yield* openAlerts).toEqual([`outcome-unknown ${orderId}`])
      expect(yield* inTheQueue).toEqual([orderId])
      yield* (yield* TossPaySimulator).clearFaults
      yield* pass(server, 12 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* state).toBe(way.end)
      yield* look
      expect(yield* openAlerts).toEqual([])
      expect(yield* inTheQueue).toEqual([])
    }).pipe(Effect.provide(world)),
  )
})

describe("an execution that TossPay", () => {
  it.effect("refuses because the approval is a moment late is made again, and charged once", () =>
    Effect.gen(function* () {
      const { sheet } = yield* TossPaySimulator
      let token = ""
      let isEarly = true
      const server = yield* makeProcess({
        network:
          (send) =>
          (call, ...rest) =>
            Effect.tap(send(call, ...rest), () => {
              if (call !== "execute-payment" || !isEarly) return Effect.void
              isEarly = false
              return Effect.orDie(sheet(token, { action: "approve" }))
            }),
      })
      const { payToken, order } = (yield* server.create()).checkout.context
      token = payToken ?? ""
      expect(yield* server.execute(token)).toMatchObject({ safeToRetry: false })
      yield* pass(server, minuteMs)
      expect(yield* stateOf(order.orderId)).toBe("settled.paid")
      expect(yield* moved("charge")).toHaveLength(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect.each([
    { what: "puts off every time", fault: { fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" } },
    { what: "never answers", fault: { fault: "replyLostBefore" } },
  ])("$what is tried ever less often, and for a day: then a person is asked", ({ fault }) =>
    Effect.gen(function* () {
      const { server, count } = yield* counting
      yield* (yield* TossPaySimulator).changeSettings({ lapseAfterMs: 7 * 24 * 60 * minuteMs })
      yield* faultOf("execute-payment")({ ...fault, times: "always" })
      const { payToken, order } = (yield* server.create()).checkout.context
      yield* approve(payToken ?? "")
      yield* Effect.forkChild(server.execute(payToken ?? ""))
      yield* pass(server, 10 * minuteMs)
      expect(count("execute-payment"), "a short trouble is soon over").toBeGreaterThan(2)
      yield* pass(server, 40 * 60 * minuteMs, 5 * minuteMs)
      expect(count("execute-payment")).toBeLessThan(15)
      expect(count("get-payment-status"), "soon after each try").toBeLessThan(80)
      const recorded = yield* (yield* EventLog).find({ by: "orderId", value: order.orderId })
      expect(recorded?.checkout.state).toBe("executing.review")
      expect(yield* moved("charge")).toEqual([])
      yield* look
      expect(yield* openAlerts).toEqual([`outcome-unknown ${order.orderId}`])
      expect(yield* inTheQueue).toEqual([order.orderId])
    }).pipe(Effect.provide(world)),
  )
})

describe("a refund that somebody else began, and that never ends,", () => {
  it.effect.each([
    { of: "a payment", fault: { fault: "replyLostAfter" }, stuck: "settled.stuck" },
    { of: "a mismatch that is held", fault: { fault: "wrongAmount" }, stuck: "mismatched.stuck" },
  ])("of $of, is a person's to look into after a day of questions", ({ fault, stuck }) =>
    Effect.gen(function* () {
      const server = yield* makeProcess({ onMismatch: "hold" })
      yield* faultOf("execute-payment")(fault)
      yield* faultOf("get-payment-status")({ fault: "replyLostBefore" })
      const { payToken, order } = (yield* server.create()).checkout.context
      yield* approve(payToken ?? "")
      yield* Effect.forkChild(server.execute(payToken ?? ""))
      yield* TestClock.adjust(1)
      yield* (yield* TossPaySimulator).moveStatus(payToken ?? "", "REFUND_PROGRESS")
      yield* pass(server, 20 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* inTheQueue).toEqual([])
      yield* pass(server, 20 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* stateOf(order.orderId)).toBe(stuck)
      yield* look
      expect(yield* openAlerts).toEqual([`refund-stuck ${order.orderId}`])
      expect(yield* inTheQueue).toEqual([order.orderId])
      yield* (yield* TossPaySimulator).moveStatus(payToken ?? "", "REFUND_SUCCESS")
      yield* pass(server, 12 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* stateOf(order.orderId)).toMatch(/refunded/)
      yield* look
      expect(yield* openAlerts).toEqual([])
    }).pipe(Effect.provide(world)),
  )
})
