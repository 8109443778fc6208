import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { type PayStatus, payStatuses } from "../../server/simulator/status.ts"
import { ledger, make, payStatus, standingAt, statusOf, waysTo } from "./support.ts"

const bank = TossPaySimulator.layer()

/** The graph of the reference, written down a second time; of whole refunds, so nothing leads back from one. */
const edges = new Set([
  "PAY_STANDBY PAY_APPROVED",
  "PAY_STANDBY PAY_CANCEL",
  "PAY_APPROVED PAY_PROGRESS",
  "PAY_APPROVED PAY_CANCEL",
  "PAY_PROGRESS PAY_COMPLETE",
  "PAY_PROGRESS PAY_CANCEL",
  "PAY_PROGRESS PAY_APPROVED",
  "PAY_COMPLETE REFUND_PROGRESS",
  "PAY_COMPLETE SETTLEMENT_COMPLETE",
  "REFUND_PROGRESS REFUND_SUCCESS",
  "REFUND_PROGRESS PAY_COMPLETE",
  "REFUND_SUCCESS SETTLEMENT_REFUND_COMPLETE",
])

const pairs = payStatuses.flatMap((from) => payStatuses.map((to) => [from, to] as const))
const legal = pairs.filter(([from, to]) => edges.has(`${from} ${to}`))
const illegal = pairs.filter(([from, to]) => !edges.has(`${from} ${to}`))

/** What each edge does to the ledger; every other edge does nothing. */
const movements: Readonly<Record<string, string>> = {
  "PAY_PROGRESS PAY_COMPLETE": "charge",
  "REFUND_PROGRESS REFUND_SUCCESS": "refund",
}

describe("the status graph", () => {
  it.effect.each(legal)("%s goes to %s, and money moves only where that edge moves money", ([from, to]) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(from)
      const before = yield* ledger
      const simulator = yield* TossPaySimulator
      expect(yield* simulator.moveStatus(payToken, to)).toBe(to)
      expect(yield* payStatus(payToken)).toBe(to)
      const moved = (yield* ledger).slice(before.length).map((entry) => entry.kind)
      expect(moved).toEqual(movements[`${from} ${to}`] === undefined ? [] : [movements[`${from} ${to}`]])
    }).pipe(Effect.provide(bank)),
  )

  it.effect.each(illegal)("%s never goes to %s", ([from, to]) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(from)
      const simulator = yield* TossPaySimulator
      const before = [yield* simulator.payments, yield* simulator.ledger]
      const refusal = yield* Effect.flip(simulator.moveStatus(payToken, to))
      expect(refusal).toMatchObject({ _tag: "NotPossible", reason: "WRONG_STATUS", payStatus: from })
      expect([yield* simulator.payments, yield* simulator.ledger]).toEqual(before)
    }).pipe(Effect.provide(bank)),
  )

  it.effect.each([...payStatuses])("get-payment-status tells %s", (status) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const { success } = yield* statusOf(payToken)
      expect(success.payStatus).toBe(status)
    }).pipe(Effect.provide(bank)),
  )

  it.effect.each([...payStatuses])("the history of a payment at %s is the way it took", (status) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const simulator = yield* TossPaySimulator
      const history = (yield* simulator.payment(payToken))?.history.map((step) => step.payStatus)
      expect(history).toEqual(["PAY_STANDBY", ...waysTo[status]] satisfies ReadonlyArray<PayStatus>)
    }).pipe(Effect.provide(bank)),
  )

  it.effect("a token that nobody has cannot be moved", () =>
    Effect.gen(function* () {
      yield* make()
      const simulator = yield* TossPaySimulator
      const refusal = yield* Effect.flip(simulator.moveStatus("nobody", "PAY_APPROVED"))
      expect(refusal).toMatchObject({ reason: "UNKNOWN_PAY_TOKEN", payStatus: null })
    }).pipe(Effect.provide(bank)),
  )
})
