/**
 * The conditions of the machine: named, total, and about nothing but the checkout and the fact. What each of them means
 * in words is in meanings.ts.
 */

import { type CheckoutContext, patienceMs } from "./context.ts"
import type { Fact } from "./facts.ts"
import { agrees, examine, isPaid, type PaymentAnswer, type PayStatus } from "./payment.ts"

interface Args {
  readonly context: CheckoutContext
  readonly event: Fact
}

const answerOf = (event: Fact): PaymentAnswer | null => ("answer" in event ? event.answer : null)

/** The answer agrees with the order in every comparison and has one of these statuses (`null`: an execute reply). */
const says =
  (...statuses: ReadonlyArray<PayStatus | null>) =>
  ({ context, event }: Args): boolean => {
    const answer = answerOf(event)
    return (
      answer !== null &&
      statuses.includes(answer.payStatus) &&
      agrees(examine(context.order, context.payToken, answer))
    )
  }

const isOneOf = (status: PayStatus | null | undefined, ...statuses: ReadonlyArray<PayStatus>): boolean =>
  status != null && statuses.includes(status)

const isOverdue = (context: CheckoutContext): boolean => context.waitedMs >= patienceMs

/** Every execute call was answered, or has been silent for a whole lease. */
const isQuiet = (context: CheckoutContext): boolean =>
  context.unanswered.length === 0 || context.waitedMs >= context.order.leaseMs

export const guards = {
  waiting: says("PAY_STANDBY"),
  approved: says("PAY_APPROVED"),
  cancelled: says("PAY_CANCEL"),
  moving: says("PAY_PROGRESS"),
  paid: says(null, "PAY_COMPLETE", "SETTLEMENT_COMPLETE"),
  refunding: says("REFUND_PROGRESS"),
  refunded: says("REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE"),
  /** Money moved, whether or not anything agrees. */
  charged: ({ event }: Args) => {
    const answer = answerOf(event)
    return answer !== null && isPaid(answer)
  },
  differs: ({ context, event }: Args) => {
    const answer = answerOf(event)
    return answer !== null && !agrees(examine(context.order, context.payToken, answer))
  },
  differsForGood: ({ context, event }: Args) => {
    const answer = answerOf(event)
    return (
      answer !== null &&
      context.unanswered.length === 0 &&
      !agrees(examine(context.order, context.payToken, answer))
    )
  },
  /** The first reply to the attempt under way. */
  thisAttempt: ({ context, event }: Args) =>
    "attempt" in event && event.attempt === context.attempts && context.unanswered.includes(event.attempt),
  nextAttempt: ({ context, event }: Args) => "attempt" in event && event.attempt === context.attempts + 1,
  /** No execute call is unaccounted for, so none can still charge. */
  closedForGood: ({ context, event }: Args) =>
    context.unanswered.length === 0 && says("PAY_STANDBY", "PAY_APPROVED")({ context, event }),
  /** Approved, and any earlier call has had a whole lease of silence in which to arrive. */
  safeToExecuteAgain: ({ context, event }: Args) =>
    isQuiet(context) && says("PAY_APPROVED")({ context, event }),
  /** Not authenticated, and no earlier call can still charge once the buyer does. */
  safeToReturn: ({ context, event }: Args) => isQuiet(context) && says("PAY_STANDBY")({ context, event }),
  refundedThere: ({ event }: Args) =>
    isOneOf(answerOf(event)?.payStatus, "REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE"),
  refundingThere: ({ event }: Args) => isOneOf(answerOf(event)?.payStatus, "REFUND_PROGRESS"),
  wholeThere: ({ event }: Args) => isOneOf(answerOf(event)?.payStatus, "PAY_COMPLETE", "SETTLEMENT_COMPLETE"),
  /** Closed at TossPay, whether or not the rest of the answer agrees. */
  cancelledThere: ({ event }: Args) => isOneOf(answerOf(event)?.payStatus, "PAY_CANCEL"),
  dayIsOver: ({ context }: Args) => isOverdue(context),
  /** A day later the money still neither moved nor stayed. */
  stuck: ({ context, event }: Args) => isOverdue(context) && says("PAY_PROGRESS")({ context, event }),
  overdue: ({ context, event }: Args) =>
    isOverdue(context) && says("PAY_STANDBY", "PAY_APPROVED", "PAY_PROGRESS")({ context, event }),
}
