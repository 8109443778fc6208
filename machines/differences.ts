/**
 * How our books and TossPay's differ about one checkout. It says only what differs: what follows from it is the machine's to
 * decide, once it is told TossPay's answer.
 */

import type { CheckoutContext } from "./context.ts"
import type { Checkout } from "./decide.ts"
import { examine, hasStatus, isPaid, isRefunded, type PaymentAnswer } from "./payment.ts"
import { stateInfo } from "./states.ts"

/** Every kind of difference, and what it means. */
export const differenceMeanings = {
  "paid-there-only": "TossPay took the buyer's money, and our books know nothing of it.",
  "paid-here-only": "Our books say that money was taken, and TossPay's do not.",
  "answer-differs": "The money is with the shop, and what TossPay says of it is not what the order says.",
  "other-transaction": "The charge on record is none of those that TossPay names.",
  "charged-again": "TossPay took the money more than once.",
  "refunded-again": "TossPay gave back more than the buyer paid.",
  "refunded-there-only": "TossPay gave the money back, or is about to, and our books know nothing of it.",
  "refunded-in-part": "TossPay gave back a part of the money; ours are payments in full.",
  "refunded-here-only": "Our books say that the money was given back, and TossPay's do not.",
} as const

export type DifferenceKind = keyof typeof differenceMeanings

/** One difference, with both its sides in few words. */
export interface Difference {
  readonly kind: DifferenceKind
  readonly ours: string
  readonly theirs: string
}

/** `answer`: what TossPay says how the payment stands; `null` if it knows no such payment. */
export const differences = (
  { state, context }: Checkout,
  answer: PaymentAnswer | null,
): ReadonlyArray<Difference> => {
  const { payment } = context
  const isOurs = payment !== null && isPaid(payment)
  if (answer === null || !isPaid(answer)) {
    const theirs = answer?.payStatus ?? "no such payment"
    return isOurs ? [{ kind: "paid-here-only", ours: `${payment.amount} won`, theirs }] : []
  }
  if (!isOurs) return [{ kind: "paid-there-only", ours: state, theirs: `${answer.amount} won` }]
  return [
    ...differencesOfRefund(stateInfo(state).refund, answer),
    ...(isRefunded(answer) ? [] : differencesOfOrder(context, answer)),
    ...differencesOfCharge(payment, answer),
  ]
}

/** Money that went back agrees with nothing any more, and need not. */
const differencesOfOrder = ({ order, payToken }: CheckoutContext, answer: PaymentAnswer) =>
  examine(order, payToken, answer)
    .filter(({ agrees }) => !agrees)
    .map(
      ({ field, ours, theirs }): Difference =>
        // Both numbers are TossPay's: what it says was paid does not add up to what it says of the whole.
        field === "paidAndDiscounted"
          ? {
              kind: "answer-differs",
              ours: `amount ${order.amount}`,
              theirs: `${field} ${theirs} of amount ${ours}`,
            }
          : { kind: "answer-differs", ours: `${field} ${ours}`, theirs: `${field} ${theirs}` },
    )

const differencesOfCharge = (payment: PaymentAnswer, { charges = [] }: PaymentAnswer) => {
  const { transactionId } = payment
  const theirs = charges.join(" ")
  const found: Array<Difference> = []
  if (transactionId !== null && charges.length > 0 && !charges.includes(transactionId)) {
    found.push({ kind: "other-transaction", ours: transactionId, theirs })
  }
  if (charges.length > 1) found.push({ kind: "charged-again", ours: transactionId ?? "one charge", theirs })
  return found
}

/** That a refund of ours is under way is no difference; TossPay may also still be at one that it has confirmed to us. */
const differencesOfRefund = (
  ours: "refunding" | "refunded" | null,
  answer: PaymentAnswer,
): ReadonlyArray<Difference> => {
  const left = answer.refundableAmount ?? 0
  const found = { ours: ours ?? "not refunded", theirs: answer.payStatus ?? "paid" }
  if (isRefunded(answer)) {
    const back = answer.refundedAmount ?? 0
    if (back > answer.amount) return [{ ...found, kind: "refunded-again", theirs: `${back} won given back` }]
    if (left > 0) return [{ ...found, kind: "refunded-in-part", theirs: `${left} won left` }]
    return ours === "refunded" ? [] : [{ ...found, kind: "refunded-there-only" }]
  }
  if (hasStatus(answer, "REFUND_PROGRESS")) {
    return ours === null ? [{ ...found, kind: "refunded-there-only" }] : []
  }
  return ours === "refunded" ? [{ ...found, kind: "refunded-here-only" }] : []
}
