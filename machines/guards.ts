/**
 * The conditions of the machine: named, total, and about nothing but the checkout and the fact. What each of them means
 * in words is in meanings.ts.
 */

import { askDelayMs, type CheckoutContext, nothingGivenBack, patienceMs, refundCalls } from "./context.ts"
import type { Fact } from "./facts.ts"
import {
  agrees,
  examine,
  hasStatus,
  isPaid,
  isRefundedInFull,
  isRefundedInPart,
  type PaymentAnswer,
  type PayStatus,
} from "./payment.ts"

interface Args {
  readonly context: CheckoutContext
  readonly event: Fact
}

type Guard = (args: Args) => boolean

const all =
  (...guards: ReadonlyArray<Guard>): Guard =>
  (args) =>
    guards.every((guard) => guard(args))

/** It carries an answer of TossPay, and that passes. */
const answers =
  (passes: (answer: PaymentAnswer, context: CheckoutContext) => boolean): Guard =>
  ({ context, event }) =>
    "answer" in event && passes(event.answer, context)

const fits = (answer: PaymentAnswer, { order, payToken }: CheckoutContext): boolean =>
  agrees(examine(order, payToken, answer))

/** The answer has one of these statuses, whether or not the rest of it agrees (`null`: an execute reply). */
const there = (...statuses: ReadonlyArray<PayStatus | null>): Guard =>
  answers((answer) => hasStatus(answer, ...statuses))

/** It is about the payment of this order, whatever else differs. */
const isAbout = ({ order, payToken }: CheckoutContext, answer: PaymentAnswer): boolean =>
  answer.orderNo === order.orderId && (payToken === null || answer.payToken === payToken)

/** It is about the payment that the reply to our own call named: TossPay's name for this one. */
const isAsReplied = ({ payment }: CheckoutContext, answer: PaymentAnswer): boolean =>
  payment?.source === "execute-payment" &&
  answer.orderNo === payment.orderNo &&
  answer.payToken === payment.payToken

/**
 * The answer is about this payment, in the mode in which money moved; where the answers differ about the amount already, another one is no
 * news. Of any other payment nothing follows for this one's money; machine version 1 did not look.
 */
const isOfIt: Guard = ({ context, event }) => {
  if (!("answer" in event)) return false
  if (isOfVersion1(event)) return true
  const { order, payment } = context
  const { answer } = event
  return (
    (isAbout(context, answer) || isAsReplied(context, answer)) &&
    (answer.mode === order.mode || answer.mode === payment?.mode) &&
    (answer.amount === order.amount || payment?.amount !== order.amount)
  )
}

/** The payment that money moved for has one of these statuses. */
const ofIt = (...statuses: ReadonlyArray<PayStatus>): Guard => all(there(...statuses), isOfIt)

/** The answer passes, and agrees with the order in every comparison. */
const agreesAndIs = (passes: (answer: PaymentAnswer) => boolean): Guard =>
  answers((answer, context) => passes(answer) && fits(answer, context))

/** The same, of an answer that has one of these statuses. */
const says = (...statuses: ReadonlyArray<PayStatus | null>): Guard =>
  agreesAndIs((answer) => hasStatus(answer, ...statuses))

const isOfVersion1 = (event: Fact): boolean => "isOfVersion1" in event

/** Version 1 took any answer to be about this payment. */
const isOurs: Guard = (args) =>
  isOfVersion1(args.event) || answers((answer, context) => isAbout(context, answer))(args)

/** Of another payment nothing follows for this one. Where it had failed, version 1 listened to none that differs. */
const isHeard: Guard = (args) =>
  isOurs(args) && (!isOfVersion1(args.event) || args.context.payment !== null || answers(fits)(args))

const dayIsOver: Guard = ({ context }) => context.waitedMs >= patienceMs

const isAnswered: Guard = ({ context }) => context.unanswered.length === 0

/** Every execute call was answered, or has been silent for a whole lease. */
const isQuiet: Guard = (args) => isAnswered(args) || args.context.waitedMs >= args.context.order.leaseMs

const since = (then: string | undefined, { at }: Fact): number => Date.parse(at) - Date.parse(then ?? at)

/** It was left alone for as long as it had been tried before, and the longer the more often. Version 1 tried again at once. */
const isTimeToTry: Guard = ({ context: { calledAt, order }, event }) => {
  const aloneMs = since(calledAt.at(-1), event)
  const leastMs = (calledAt.length - 1) * askDelayMs({ asks: 0, order })
  return isOfVersion1(event) || aloneMs >= Math.max(since(calledAt[0], event) / 2, leastMs)
}

/** Every refund call was answered, or has been silent for a whole lease; their questions go on counting from one call to the next. */
const isRefundQuiet: Guard = ({ context: { refund, waitedMs } }) =>
  refund !== null && refund.quietAtMs !== null && waitedMs >= refund.quietAtMs

/** No refund was asked for here, or TossPay refused the call. */
const isNotDue: Guard = ({ context: { refund } }) => refund === null || refund.refusal !== null

const wantsRefund: Guard = ({ context }) => context.refund !== null

const differs = answers((answer, context) => !fits(answer, context))
const isApproved = says("PAY_APPROVED")
const safeToExecute = all(isTimeToTry, isApproved)
const isMoving = says("PAY_PROGRESS")
/** No charge is under way there, whether or not anything agrees. Machine version 1 did not wait for its end. */
const isAtRest: Guard = (args) => isOfVersion1(args.event) || !there("PAY_PROGRESS")(args)
const undecided = says("PAY_STANDBY", "PAY_APPROVED", "PAY_PROGRESS")
const wholeThere = ofIt("PAY_COMPLETE")
const givenBackInPart = all(answers(isRefundedInPart), isOfIt)

/**
 * A day later the money neither moved nor stayed. To version 1 a day was one of questions since the last call, and it went on executing for
 * as long as it was approved.
 */
const stuck: Guard = (args) => {
  const { calledAt, openedAt } = args.context
  return isOfVersion1(args.event)
    ? dayIsOver(args) && isMoving(args)
    : since(calledAt[0] ?? openedAt, args.event) >= patienceMs && (isMoving(args) || isApproved(args))
}

const isAttempt = (event: Fact, attempt: number): boolean => "attempt" in event && event.attempt === attempt

/** Machine version 1 did not count the calls of a refund, and believed a refusal. */
const uncounted: Guard = ({ event }) => !("attempt" in event)

const isFinal = (context: CheckoutContext): boolean =>
  context.payment?.payStatus === "SETTLEMENT_COMPLETE" && isAbout(context, context.payment)

/** Money moved and can be given back, and the order says that it is to be. */
const owed = all(({ context }) => context.order.onMismatch === "refund", there(null, "PAY_COMPLETE"))

export const guards = {
  waiting: says("PAY_STANDBY"),
  approved: isApproved,
  cancelled: says("PAY_CANCEL"),
  moving: isMoving,
  /** Of which a part may have been given back since. */
  paid: agreesAndIs(
    (answer) => hasStatus(answer, null, "PAY_COMPLETE", "SETTLEMENT_COMPLETE") || isRefundedInPart(answer),
  ),
  refunding: says("REFUND_PROGRESS"),
  refunded: agreesAndIs(isRefundedInFull),
  owed,
  neverTried: all(({ context }) => context.refund === null, owed),
  /** Money moved, whether or not anything agrees. */
  charged: answers(isPaid),
  differs,
  differsForGood: all(isAnswered, isAtRest, isOurs, differs),
  /** The first reply to the attempt under way. */
  thisAttempt: ({ context: { attempts, unanswered }, event }) =>
    isAttempt(event, attempts) && unanswered.includes(attempts),
  nextAttempt: ({ context, event }) => isAttempt(event, context.attempts + 1),
  /** No execute call is unaccounted for, so none can still charge. */
  closedForGood: all(isAnswered, says("PAY_STANDBY", "PAY_APPROVED")),
  /** The execution came before the approval, which is there now. To machine version 1 no was no. */
  early: all(
    ({ context, event }) => !isOfVersion1(event) && context.reason?.code === "EXECUTE_PAY_NOT_APPROVED",
    isApproved,
  ),
  /** No call can charge what TossPay does not know. Machine version 1 believed its first word. */
  gone: (args) => isOfVersion1(args.event) || (isAnswered(args) && args.context.payment === null),
  /** Approved, and not executed in vain just now. */
  safeToExecute,
  /** The same, and any earlier call has had a whole lease of silence in which to arrive. */
  safeToExecuteAgain: all(isQuiet, safeToExecute),
  /** Not authenticated, and no earlier call can still charge once the buyer does. */
  safeToReturn: all(isQuiet, says("PAY_STANDBY")),
  /** Closed at TossPay, whatever else differs. */
  cancelledThere: all(isHeard, there("PAY_CANCEL")),
  /** Given back, with nothing left that could be. */
  refundedThere: all(answers(isRefundedInFull), isOfIt),
  refundingThere: ofIt("REFUND_PROGRESS"),
  wholeThere,
  /** News that TossPay settled it with the shop, and refunds it no more. */
  finalThere: all(ofIt("SETTLEMENT_COMPLETE"), ({ context }) => !isFinal(context)),
  /** The next call of a refund, unless TossPay is known to refund no more. */
  nextRefund: ({ context, event }) => isAttempt(event, refundCalls(context) + 1) && !isFinal(context),
  /** The reply to the refund call under way, or to one whose outcome is being asked for. */
  thisRefund: ({ context, event }) => isAttempt(event, refundCalls(context)),
  /** The reply to a refund call leaves the amount out, or names the whole of it. */
  givenBack: ({ context: { payment }, event }) =>
    "refundedAt" in event && (event.refundedAmount ?? payment?.amount) === payment?.amount,
  uncounted,
  /** The money is still with the shop, and no earlier call can still give it back. */
  safeToRefundAgain: all(isRefundQuiet, wholeThere),
  /**
   * The money is still with the shop, and no call of ours is due: TossPay refused it, or it was somebody else's refund. Or somebody
   * else gave a part back, and no call of ours was under way: ours are for all of it.
   */
  refundFailed: (args) =>
    (isNotDue(args) && wholeThere(args)) || (nothingGivenBack(args.context) && givenBackInPart(args)),
  dayIsOver,
  /** The same, of a refund. Version 1 waited for ever for one that was not asked for here. */
  refundOverdue: (args) => dayIsOver(args) && (!isOfVersion1(args.event) || wantsRefund(args)),
  stuck,
  undecided,
  /** A day of questions is over, and there is nothing more to wait for. */
  overdue: all(dayIsOver, isAtRest, isHeard),
} satisfies Record<string, Guard>
