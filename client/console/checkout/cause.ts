/** Who made a step happen: the buyer at the webview, TossPay's server, our own server, its clock, or a person. */

import type { FactType } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"

type Cause = "buyer" | "TossPay" | "server" | "clock" | "person"

const causes: Readonly<Record<FactType, Cause>> = {
  CheckoutOpened: "buyer",
  TokenMinted: "TossPay",
  TokenRefused: "TossPay",
  TokenLost: "server",
  TokenExpired: "clock",
  AuthenticationStarted: "buyer",
  AuthenticationSucceeded: "buyer",
  AuthenticationRejected: "buyer",
  AuthenticationUnknown: "buyer",
  ExecutionStarted: "server",
  PaymentExecuted: "TossPay",
  ExecutionRefused: "TossPay",
  ExecutionPostponed: "TossPay",
  OutcomeUnknown: "server",
  LeaseExpired: "clock",
  StatusAsked: "clock",
  StatusReported: "TossPay",
  StatusNotFound: "TossPay",
  StatusUnavailable: "server",
  OutcomeCorrected: "person",
  RefundStarted: "person",
  RefundConfirmed: "TossPay",
  RefundRefused: "TossPay",
  RefundPostponed: "TossPay",
  RefundOutcomeUnknown: "server",
}

const words: Readonly<Record<Cause, string>> = {
  buyer: "the buyer's webview",
  TossPay: "TossPay's answer",
  server: "the server",
  clock: "the server's clock",
  person: "the back office",
}

/** With the name of the person, where the log has one. */
export const causeOf = ({ type, data }: EventRow): { readonly cause: Cause; readonly words: string } => {
  const cause = causes[type]
  return { cause, words: typeof data["who"] === "string" ? data["who"] : words[cause] }
}
