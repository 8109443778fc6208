/** What the webview says of the sheet: a hint, recorded where it is news and never believed. */

import { Effect } from "effect"
import { type News, orderView } from "../../machines/index.ts"
import { Advance } from "./advance.ts"
import { fact } from "./instructions.ts"
import { findOwn, type Payer } from "./orders.ts"

export type SheetOutcome = "started" | "succeeded" | "rejected" | "unknown"

export const reportAuthentication = Effect.fnUntraced(function* (
  payer: Payer,
  payToken: string,
  outcome: SheetOutcome,
  reason: string | null,
) {
  const recorded = yield* findOwn(payer, { by: "payToken", value: payToken })
  const advanced = yield* (yield* Advance).take(recorded, fact(newsOf(outcome, reason)))
  return orderView(advanced.recorded.checkout)
})

const newsOf = (outcome: SheetOutcome, reason: string | null): News => {
  switch (outcome) {
    case "started":
      return { type: "AuthenticationStarted" }
    case "succeeded":
      return { type: "AuthenticationSucceeded" }
    case "rejected":
      return { type: "AuthenticationRejected", reason }
    case "unknown":
      return { type: "AuthenticationUnknown", reason }
  }
}
