/** When money may not move, and the code that says why (TossPay reference: error codes, amount limits). */

import type { Settings } from "./decision.ts"
import { leftOf, type Payment } from "./payment.ts"

/** Why this payment may not be charged now (TossPay reference: error codes, amount limits), or `null`. */
export const refusalToExecute = ({ payStatus, method, amount }: Payment): string | null => {
  switch (payStatus) {
    case "PAY_STANDBY":
      return "EXECUTE_PAY_NOT_APPROVED"
    case "PAY_CANCEL":
      return "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"
    case "PAY_PROGRESS":
      return "TRANSACTION_PENDING_ERROR"
    case "PAY_APPROVED":
      if (method === "CARD" && amount < smallestCardPayment) return "CARD_MIN_AMOUNT_ERROR"
      return method === "TOSS_MONEY" && amount > largestTossMoneyPayment ? "COMMON_EXCEED_LIMIT" : null
    default:
      return "PAYMENT_EXISTING_PAYMENT"
  }
}

/** In won (TossPay reference: amount limits). */
export const smallestCardPayment = 100
const largestTossMoneyPayment = 2_000_000

export type RefundRefusal =
  | "COMMON_REFUND_ERROR"
  | "REFUND_ALREADY_REFUNDED"
  | "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"
  | "INACTIVE_USER"
  | "REFUND_EXCEED_DAILY"

/** Why so many won of this payment may not be given back now (TossPay reference: refund-payment), or `null`. */
export const refusalToRefund = (
  payment: Payment,
  amount: number,
  { settings, refundedToday }: { readonly settings: Settings; readonly refundedToday: number },
): RefundRefusal | null => {
  const mayGoBack = (): RefundRefusal | null => {
    if (settings.inactiveUsers.includes(payment.userKey)) return "INACTIVE_USER"
    if (amount > leftOf(payment)) return "COMMON_REFUND_ERROR"
    return refundedToday + amount > (settings.refundsPerDay ?? Number.POSITIVE_INFINITY)
      ? "REFUND_EXCEED_DAILY"
      : null
  }
  switch (payment.payStatus) {
    case "PAY_COMPLETE":
      return mayGoBack()
    case "REFUND_SUCCESS":
      return leftOf(payment) > 0 ? mayGoBack() : "REFUND_ALREADY_REFUNDED"
    case "SETTLEMENT_REFUND_COMPLETE":
      return "REFUND_ALREADY_REFUNDED"
    case "SETTLEMENT_COMPLETE":
      return "COMMON_REFUND_ERROR"
    default:
      return "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"
  }
}
