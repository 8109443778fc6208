import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { buyer, makeProcess, type Process, shared } from "../support/world.ts"

const charges = moved("charge")

const recordedAs = (orderId: string) =>
  Effect.flatMap(EventLog, (log) => log.find({ by: "orderId", value: orderId }))

const stateOf = (orderId: string) => Effect.map(recordedAs(orderId), (found) => found?.checkout.state)

const lastRow = (orderId: string) =>
  Effect.gen(function* () {
    const recorded = yield* recordedAs(orderId)
    const rows = yield* (yield* EventLog).history(recorded?.checkout.checkoutId ?? "")
    return rows.at(-1)
  })

/** An order whose execution went unanswered, and whose status TossPay, where it does not lapse, did not tell for a day. */
const inReview = Effect.fnUntraced(function* (server: Process, reply: "replyLostBefore" | "replyLostAfter") {
  yield* (yield* TossPaySimulator).changeSettings({ lapseAfterMs: 7 * 24 * 60 * minuteMs })
  const { payToken, order } = (yield* server.create()).checkout.context
  yield* approve(payToken ?? "")
  yield* faultOf("execute-payment")({ fault: reply })
  yield* faultOf("get-payment-status")({ fault: "unreadable", times: 1_000 })
  yield* server.execute(payToken ?? "")
  yield* pass(server, 40 * 60 * minuteMs, 30 * minuteMs)
  expect(yield* stateOf(order.orderId)).toBe("executing.review")
  return order.orderId
})

describe("a payment that a day of questions left open", () => {
  it.effect("ends as not paid on a person's word where TossPay says that it was only approved", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* inReview(server, "replyLostBefore")
      yield* (yield* TossPaySimulator).clearFaults
      yield* pass(server, 8 * 60 * minuteMs, 30 * minuteMs)
      expect(yield* stateOf(orderId), "a server does not decide it").toBe("executing.review")
      expect(yield* server.decide(orderId)).toEqual({
        decided: true,
        reason: "DECIDED",
        orderId,
        state: "failed.open",
        payStatus: "PAY_APPROVED",
      })
      expect(yield* lastRow(orderId)).toMatchObject({
        type: "OutcomeCorrected",
        data: { who: "kim", why: "the dashboard says so", answer: { payStatus: "PAY_APPROVED" } },
      })
      expect(yield* charges).toEqual([])
      expect((yield* server.read(orderId)).safeToRetry, "the lost call may still arrive").toBe(false)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is settled where TossPay says that it was paid, whoever asks and however often", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* makeProcess(), yield* makeProcess()]
      const orderId = yield* inReview(one, "replyLostAfter")
      yield* (yield* TossPaySimulator).clearFaults
      const both = yield* Effect.all([one.decide(orderId), two.decide(orderId)], { concurrency: 2 })
      expect(both.map(({ state }) => state)).toEqual(["settled.paid", "settled.paid"])
      expect(both.filter(({ decided }) => decided)).toHaveLength(1)
      expect(yield* charges).toHaveLength(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("stays open while TossPay gives no answer, or says that the money is on its way", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const server = yield* makeProcess()
      const orderId = yield* inReview(server, "replyLostBefore")
      expect(yield* server.decide(orderId)).toEqual({
        ...{ decided: false, reason: "NO_ANSWER", orderId, state: "executing.review", payStatus: null },
      })
      yield* simulator.clearFaults
      // The circuit was open.
      yield* TestClock.adjust(2 * minuteMs)
      yield* faultOf("get-payment-status")({ fault: "errorCode", value: "COMMON_INVALID_API_KEY", times: 1 })
      expect(yield* server.decide(orderId)).toMatchObject({ decided: false, reason: "NO_ANSWER" })
      yield* simulator.clearFaults
      const [payment] = yield* simulator.payments
      yield* simulator.moveStatus(payment?.payToken ?? "", "PAY_PROGRESS")
      expect(yield* server.decide(orderId)).toMatchObject({
        ...{ decided: false, reason: "NO_END", payStatus: "PAY_PROGRESS" },
      })
      expect(yield* stateOf(orderId)).toBe("executing.review")
    }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "is decided by TossPay's word alone: where it knows nothing, or cannot be asked, nothing moves",
    () =>
      Effect.gen(function* () {
        const server = yield* makeProcess()
        const orderId = yield* inReview(server, "replyLostBefore")
        yield* (yield* TossPaySimulator).clearFaults
        yield* faultOf("get-payment-status")({ fault: "errorCode", value: "PAYMENT_NOT_FOUND" })
        const undecided = { decided: false, orderId, state: "executing.review", payStatus: null }
        expect(yield* server.decide(orderId)).toEqual({ ...undecided, reason: "PAYMENT_NOT_FOUND" })
        const payers = yield* Payers
        yield* payers.forget(payers.fingerprint(buyer), { who: "kim", why: "asked for it" })
        expect(yield* server.decide(orderId)).toEqual({ ...undecided, reason: "PAYER_FORGOTTEN" })
      }).pipe(Effect.provide(shared)),
  )
})

describe("a payment that is not open", () => {
  it.effect("is not decided, and an order that nobody knows is refused", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const { payToken, order } = (yield* server.create()).checkout.context
      yield* approve(payToken ?? "")
      yield* server.execute(payToken ?? "")
      const before = yield* recordedAs(order.orderId)
      expect(yield* server.decide(order.orderId)).toMatchObject({
        ...{ decided: false, reason: "NOTHING_OPEN", state: "settled.paid", payStatus: null },
      })
      expect(yield* recordedAs(order.orderId)).toEqual(before)
      expect(yield* Effect.flip(server.decide("nothing"))).toMatchObject({ reason: "CHECKOUT_NOT_FOUND" })
    }).pipe(Effect.provide(shared)),
  )
})
