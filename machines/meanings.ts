/** Every fact and every condition of the machine in one sentence: for the docs, the console and the tests. */

import type { FactType } from "./facts.ts"

export const factMeanings: Record<FactType, string> = {
  CheckoutOpened: "An order with a price of our own went on record.",
  TokenMinted: "TossPay gave a payToken that locks order and amount.",
  TokenRefused: "TossPay refused to make the payment.",
  TokenLost: "TossPay's reply with the payToken never came; nobody holds it, so it lapses by itself.",
  TokenExpired: "The time in which the payToken may be paid is over.",
  AuthenticationStarted: "The webview says that it opens the payment sheet.",
  AuthenticationSucceeded: "The webview says that the buyer authenticated.",
  AuthenticationRejected: "The webview says that the sheet was closed or authentication failed.",
  AuthenticationUnknown: "The webview got no usable answer from the sheet.",
  ExecutionStarted: "One worker claimed the execution, before it calls TossPay.",
  PaymentExecuted: "TossPay answered the execution: money moved.",
  ExecutionRefused: "TossPay answered the execution with a definite no.",
  ExecutionPostponed: "TossPay did nothing and asked to come back later.",
  OutcomeUnknown: "The execution has no usable answer; money may have moved.",
  LeaseExpired: "The worker that made the call never reported back within its lease.",
  StatusAsked: "It was time to ask TossPay for the status.",
  StatusReported: "TossPay said how the payment stands.",
  StatusNotFound: "TossPay knows no such payment.",
  StatusUnavailable: "TossPay gave no usable answer to the question for the status.",
  OutcomeCorrected: "A person decided, with a fresh answer of TossPay as evidence.",
  RefundStarted: "Somebody of the back office started a refund.",
  RefundConfirmed: "TossPay confirmed the refund.",
  RefundRefused: "TossPay refused the refund.",
}

export const guardMeanings: Record<string, string> = {
  waiting: "it agrees and waits for the buyer (PAY_STANDBY)",
  approved: "it agrees and the buyer authenticated (PAY_APPROVED)",
  cancelled: "it agrees and ended without money moving (PAY_CANCEL)",
  moving: "it agrees and the money is on its way (PAY_PROGRESS)",
  paid: "it agrees in every comparison and is paid",
  refunding: "it agrees and is being refunded",
  refunded: "it agrees and was refunded",
  charged: "money moved, but something differs or comes too late",
  differs: "it differs from the order, and an unanswered call may still charge",
  differsForGood: "it differs from the order, and no call is unanswered",
  thisAttempt: "it answers the attempt under way",
  nextAttempt: "it is the next attempt",
  closedForGood: "it agrees, is not paid, and no call is unanswered",
  safeToExecuteAgain:
    "it agrees, is approved, and every earlier call was answered or silent for a whole lease",
  safeToReturn:
    "it agrees, waits for the buyer, and every earlier call was answered or silent for a whole lease",
  cancelledThere: "it is cancelled at TossPay",
  refundedThere: "it is refunded at TossPay",
  refundingThere: "it is being refunded at TossPay",
  wholeThere: "the whole amount is still with the shop",
  dayIsOver: "a day of questions is over",
  stuck: "a day of questions is over and the money is still on its way",
  overdue: "a day of questions is over and it is still not paid",
}
