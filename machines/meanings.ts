/** Every state, every fact and every condition of the machine in one sentence: for the docs, the console and the tests. */

import type { FactType } from "./facts.ts"
import type { guards } from "./guards.ts"
import type { StatePath } from "./states.ts"

export const stateMeanings: Record<StatePath, string> = {
  "minted.requesting": "The order is on record and TossPay is being asked for its payToken.",
  "minted.ready": "The buyer holds a payToken and may open the payment sheet.",
  "minted.lapsing": "The token's time is over; TossPay is asked before it lapses.",
  "authenticating.sheet": "The webview says that the payment sheet is open.",
  "authenticating.unknown": "The sheet gave no usable answer; TossPay is being asked.",
  "authenticated.claimed": "The webview says that the buyer authenticated. Nothing is charged.",
  "authenticated.confirmed":
    "TossPay says that the buyer authenticated. Nothing is charged; the server executes.",
  "executing.calling": "One worker holds the lease and its execute-payment call is on its way.",
  "executing.unknown": "The buyer may have been charged; TossPay is asked until it is known.",
  "executing.postponed": "TossPay asked to come back later; nothing was charged by this call.",
  "executing.refused": "TossPay said no; its status is asked once more before that is believed.",
  "executing.review": "A day of questions brought no end; a person has to look.",
  "settled.paid": "Paid, with the same amount, order, token and mode.",
  "settled.owed": "Paid, and a refund is due; no refund call is under way.",
  "settled.refunding": "Paid, and the refund is on its way.",
  "settled.stuck":
    "Paid, and a day of questions did not tell what became of the refund; a person has to look.",
  "settled.refunded": "Paid, and given back in full.",
  "mismatched.charged":
    "Money moved that does not agree with the order; a person decides whether it is given back.",
  "mismatched.owed":
    "Money moved that does not agree with the order; its refund is due, and no call is under way.",
  "mismatched.refunding": "The money of a mismatch is on its way back.",
  "mismatched.stuck":
    "A day of questions did not tell what became of the refund of a mismatch; a person has to look.",
  "mismatched.refunded": "The money of a mismatch was given back.",
  "mismatched.open":
    "TossPay's answer does not agree with the order, and a charge may still be under way; watched.",
  "mismatched.closed": "TossPay's answer does not agree with the order; no money moved and none will.",
  "failed.open":
    "Not paid, but an unanswered call may still arrive at TossPay; watched until the payment closes there.",
  "failed.closed": "Not paid, and nothing of ours can charge any more.",
}

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
  RefundRequested: "A person wants the money given back; TossPay is asked how the payment stands first.",
  RefundStarted: "One worker claimed the refund, for a person or by the policy, before it calls TossPay.",
  RefundConfirmed: "TossPay answered the refund: money went back.",
  RefundRefused: "TossPay answered the refund with a definite no.",
  RefundPostponed: "TossPay gave nothing back and asked to come back later.",
  RefundOutcomeUnknown: "The refund has no usable answer; money may have gone back.",
}

/** Who makes a fact happen: for TossPay's word it is TossPay, for the webview's the webview, and `nobody` where an answer stayed away. */
export type FactSource = "buyer" | "webview" | "TossPay" | "server" | "timer" | "person" | "nobody"

export const factSources: Record<FactType, FactSource> = {
  CheckoutOpened: "buyer",
  TokenMinted: "TossPay",
  TokenRefused: "TossPay",
  TokenLost: "nobody",
  TokenExpired: "timer",
  AuthenticationStarted: "webview",
  AuthenticationSucceeded: "webview",
  AuthenticationRejected: "webview",
  AuthenticationUnknown: "webview",
  ExecutionStarted: "server",
  PaymentExecuted: "TossPay",
  ExecutionRefused: "TossPay",
  ExecutionPostponed: "TossPay",
  OutcomeUnknown: "nobody",
  LeaseExpired: "timer",
  StatusAsked: "timer",
  StatusReported: "TossPay",
  StatusNotFound: "TossPay",
  StatusUnavailable: "nobody",
  OutcomeCorrected: "person",
  RefundRequested: "person",
  RefundStarted: "server",
  RefundConfirmed: "TossPay",
  RefundRefused: "TossPay",
  RefundPostponed: "TossPay",
  RefundOutcomeUnknown: "nobody",
}

export const guardMeanings: Record<keyof typeof guards, string> = {
  waiting: "it agrees and waits for the buyer (PAY_STANDBY)",
  approved: "it agrees and the buyer authenticated (PAY_APPROVED)",
  cancelled: "it agrees and ended without money moving (PAY_CANCEL)",
  moving: "it agrees and the money is on its way (PAY_PROGRESS)",
  paid: "it agrees in every comparison and is paid, or given back in part since",
  refunding: "it agrees and is being refunded",
  refunded: "it agrees and was refunded, with nothing left to give back",
  owed: "money moved, but something differs or comes too late, and the order's policy is to give it back",
  neverTried: "it can be given back, as the order's policy wants it, and no refund call was ever made",
  charged: "money moved, but something differs or comes too late",
  differs: "it differs from the order, and it is about another payment, or a charge may be under way",
  differsForGood:
    "it differs from the order, is about this payment, no charge is under way, and no call is unanswered",
  thisAttempt: "it answers the attempt under way",
  nextAttempt: "it is the next attempt",
  closedForGood: "it agrees, is not paid, and no call is unanswered",
  early:
    "it agrees and is approved, and was refused because it was not approved yet (EXECUTE_PAY_NOT_APPROVED)",
  gone: "no call is unanswered, and nothing differs",
  safeToExecute: "it agrees, is approved, and was left alone for as long as it had been tried",
  safeToExecuteAgain:
    "it agrees, is approved, was left alone for as long as it had been tried, and every earlier call was answered or silent for a whole lease",
  safeToReturn:
    "it agrees, waits for the buyer, and every earlier call was answered or silent for a whole lease",
  cancelledThere: "this payment is cancelled at TossPay",
  refundedThere: "this payment is refunded at TossPay, with nothing left to give back",
  refundingThere: "this payment is being refunded at TossPay",
  wholeThere: "the whole amount is still with the shop (PAY_COMPLETE)",
  finalThere: "TossPay settled it with the shop and refunds it no more, which is news",
  nextRefund: "it is the next refund call, and TossPay is not known to refund no more",
  thisRefund: "it answers the refund call under way, or the one whose outcome is asked for",
  givenBack: "the reply names no other amount than the whole",
  safeToRefundAgain:
    "the whole amount is still with the shop, and every refund call was answered or silent for a whole lease",
  uncounted: "it was written by machine version 1, which did not count the calls of a refund",
  refundFailed:
    "the whole amount is still with the shop, and TossPay refused the refund, or it was none of ours; or somebody else gave a part back, and no call of ours was under way",
  refundOverdue: "a day of questions is over",
  dayIsOver: "a day of questions is over",
  undecided: "it agrees and is neither paid nor over",
  stuck: "it agrees, and a day after it was first executed the money is still approved or on its way",
  overdue: "a day of questions is over, it is about this payment, and no charge is under way",
}
