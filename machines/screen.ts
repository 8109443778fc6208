/** What each state is to the buyer's screen. Every state has its step, so no screen has to guess. */

import { type StatePath, stateInfo } from "./states.ts"

/**
 * `ready`: the buyer may pay. `executing`: the outcome comes at any moment. `confirming`: it is being found out, and paying
 * again might charge twice. `review`: a person looks into it. `unpaid`: nothing was charged and nothing will be.
 */
export type Step =
  | "ready"
  | "executing"
  | "confirming"
  | "review"
  | "paid"
  | "refunding"
  | "refunded"
  | "unpaid"

export const stepOf = (path: StatePath): Step => {
  const { outcome, owner, refund, safeToRetry, tellsSoon } = stateInfo(path)
  if (refund !== null) return refund
  switch (outcome) {
    case "paid":
      return "paid"
    case "unauthenticated":
      return "ready"
    case "pending":
      return owner === "person" ? "review" : tellsSoon ? "executing" : "confirming"
    case "failed":
      return safeToRetry ? "unpaid" : "confirming"
    case "mismatched":
      return safeToRetry ? "unpaid" : "review"
  }
}

/** What follows without the buyer: ask for the outcome, execute, or nothing, because it is the buyer's turn or over. */
export const nextOf = (path: StatePath): "ask" | "execute" | null => {
  const { actions, outcome } = stateInfo(path)
  if (outcome === "unauthenticated") return null
  return actions.includes("wait") ? "ask" : actions.includes("execute") ? "execute" : null
}

/** It is over for the buyer: paid, given back, or not charged for good. What a person looks into is not. */
export const isOver = (path: StatePath): boolean => {
  const step = stepOf(path)
  return step === "paid" || step === "refunded" || step === "unpaid"
}
