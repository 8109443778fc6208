import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { orderView, statusReported } from "../../machines/index.ts"
import { timelineText } from "../../server/audit/timeline.ts"
import type { AuditView } from "../../server/audit/view.ts"
import { EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { anAnswer, aRefund, startOfTime } from "../support/checkouts.ts"
import { happen, refundBegun, settledOrder } from "../support/orders.ts"

/** What `audit show` says of it. */
const told = ({ checkout }: Recorded) =>
  Effect.map(
    Effect.flatMap(EventLog, (log) => log.history(checkout.checkoutId)),
    (events) =>
      timelineText({
        checkout: { ...orderView(checkout), broken: null, newer: null } as AuditView,
        timer: null,
        events,
      }),
  )

describe("the timeline of a checkout", () => {
  it.effect("says of a refund who wanted it and why, how much went back, and TossPay's names for it", () =>
    Effect.gen(function* () {
      const refunded = { type: "RefundConfirmed", attempt: 1, ...aRefund() } as const
      const text = yield* told(yield* happen(yield* settledOrder, ...refundBegun, refunded))
      expect(text).toMatch(/ kim +RefundRequested +→ settled\.refunding\n.*\n *because: asked for it\n/)
      expect(text).toContain("9,000 won given back, refund refund-1, transaction 6c1f0c7e-0000")
    }).pipe(Effect.provide(memoryEventLog)),
  )

  it.effect("says of a refund on TossPay's own dashboard that it was made there", () =>
    Effect.gen(function* () {
      const settled = yield* settledOrder
      const { context } = settled.checkout
      const answer = anAnswer({
        payStatus: "REFUND_SUCCESS",
        orderNo: context.order.orderId,
        payToken: context.payToken ?? "",
        refundableAmount: 0,
        refundedAmount: 9_000,
      })
      const text = yield* told(yield* happen(settled, statusReported(settled.checkout, startOfTime, answer)))
      expect(text).toContain("The refund was made on TossPay's own dashboard.")
      expect(text).toContain("REFUND_SUCCESS, TOSS_MONEY, paid at 2026-01-01T00:00:30.000Z")
      expect(text).toContain("9,000 won given back")
    }).pipe(Effect.provide(memoryEventLog)),
  )
})
