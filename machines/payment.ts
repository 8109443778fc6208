/**
 * TossPay's side of a checkout: what its server may answer, and how an answer is held against our order.
 * Only these answers are evidence; whatever a webview says is a hint.
 */

import type { Won } from "./money.ts"

/** Whether money is real. A LIVE order answered in TEST mode, or the reverse, is a mismatch. */
export type Mode = "LIVE" | "TEST"

/** The states a payment can have at TossPay (TossPay reference: pay states). */
export const payStatuses = [
  "PAY_STANDBY",
  "PAY_APPROVED",
  "PAY_CANCEL",
  "PAY_PROGRESS",
  "PAY_COMPLETE",
  "REFUND_PROGRESS",
  "REFUND_SUCCESS",
  "SETTLEMENT_COMPLETE",
  "SETTLEMENT_REFUND_COMPLETE",
] as const

export type PayStatus = (typeof payStatuses)[number]

/**
 * What TossPay said of a payment, in answer to execute-payment or get-payment-status.
 * Amounts are plain numbers here: they are TossPay's claim, not yet our money.
 */
export interface PaymentAnswer {
  readonly source: "execute-payment" | "get-payment-status"
  /** `null` for execute-payment, whose reply has no status: a reply without an error is a charge. */
  readonly payStatus: PayStatus | null
  readonly mode: string
  readonly orderNo: string
  readonly payToken: string
  readonly amount: number
  readonly paidAmount: number | null
  readonly discountedAmount: number | null
  readonly transactionId: string | null
  readonly method: string | null
  /** The card or account as TossPay masked it. */
  readonly instrument: string | null
  /** When TossPay says that the money moved, ISO with zone. */
  readonly paidAt: string | null
  /** What could still be given back. Only get-payment-status says so; version 1 did not keep it. */
  readonly refundableAmount?: number | null
  /** What all refunds that get-payment-status lists come to, never below 0. */
  readonly refundedAmount?: number
  /** When TossPay says that the last refund was made, ISO with zone. */
  readonly refundedAt?: string | null
  /** The transaction ids of all charges. Only get-payment-status lists them. */
  readonly charges?: ReadonlyArray<string>
}

/** What TossPay said in answer to refund-payment. */
export interface RefundAnswer {
  /** Never below 0, whatever sign it came with; `null` when nothing was said. */
  readonly refundedAmount: number | null
  readonly refundNo: string | null
  readonly transactionId: string | null
  readonly refundedAt: string | null
}

/** What an order expects TossPay to say. */
export interface Expected {
  readonly orderId: string
  readonly amount: Won
  readonly mode: Mode
}

/** One comparison of the evidence: what we expect, what TossPay said. */
export interface Check {
  readonly field: "amount" | "paidAndDiscounted" | "orderNo" | "payToken" | "mode"
  readonly ours: string | number | null
  readonly theirs: string | number | null
  readonly agrees: boolean
}

/** Whether an answer has one of these statuses. */
export const hasStatus = (
  { payStatus }: PaymentAnswer,
  ...statuses: ReadonlyArray<PayStatus | null>
): boolean => statuses.includes(payStatus)

/** Money was taken at some time, whatever happened to it afterwards. PAY_APPROVED is not paid; SETTLEMENT_COMPLETE is. */
export const isPaid = (answer: PaymentAnswer): boolean =>
  !hasStatus(answer, "PAY_STANDBY", "PAY_APPROVED", "PAY_CANCEL", "PAY_PROGRESS")

/** Money was given back, all of it or a part. */
export const isRefunded = (answer: PaymentAnswer): boolean =>
  hasStatus(answer, "REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE")

/** The same, and something is left that could be: the payment stands, for less. */
export const isRefundedInPart = (answer: PaymentAnswer): boolean =>
  isRefunded(answer) && (answer.refundableAmount ?? 0) > 0

/** Money was given back, with nothing left that could be. */
export const isRefundedInFull = (answer: PaymentAnswer): boolean =>
  isRefunded(answer) && !isRefundedInPart(answer)

/**
 * Holds an answer against the order: every comparison with both its sides.
 * The order's total is compared with `amount`, never with `paidAmount`, which Toss's own discounts lower
 * (TossPay reference: execute-payment); paid and discounted must add up to it while the payment is whole.
 */
export const examine = (
  order: Expected,
  payToken: string | null,
  answer: PaymentAnswer,
): ReadonlyArray<Check> => {
  const checks = [
    check("amount", order.amount, answer.amount),
    check("orderNo", order.orderId, answer.orderNo),
    check("payToken", payToken, answer.payToken),
    check("mode", order.mode, answer.mode),
  ]
  if (!isWhole(answer)) return checks
  const sum = answer.paidAmount === null ? null : answer.paidAmount + (answer.discountedAmount ?? 0)
  return [...checks, check("paidAndDiscounted", answer.amount, sum)]
}

export const agrees = (checks: ReadonlyArray<Check>): boolean => checks.every((check) => check.agrees)

/** The stable reason code for the first comparison that failed. */
export const mismatchReason = (checks: ReadonlyArray<Check>): string => {
  const first = checks.find((check) => !check.agrees)
  return first === undefined ? "UNEXPECTED_CHARGE" : reasons[first.field]
}

const reasons: Record<Check["field"], string> = {
  amount: "AMOUNT_MISMATCH",
  paidAndDiscounted: "AMOUNT_MISMATCH",
  orderNo: "ORDER_MISMATCH",
  payToken: "TOKEN_MISMATCH",
  mode: "MODE_MISMATCH",
}

/** Paid, and nothing of it given back yet: only then must paid and discounted add up to the amount. */
const isWhole = (answer: PaymentAnswer): boolean =>
  hasStatus(answer, null, "PAY_COMPLETE", "SETTLEMENT_COMPLETE")

const check = (field: Check["field"], ours: Check["ours"] | Won, theirs: Check["theirs"]): Check => ({
  field,
  ours,
  theirs,
  agrees: ours === theirs,
})
