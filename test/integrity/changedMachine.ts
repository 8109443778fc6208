/** A machine that somebody changed: tokens that lapse are settled, and nobody authenticates. */

import { type Checkout, decide as decideHonestly, type Fact } from "../../machines/index.ts"

export { machineVersion, open, upcast } from "../../machines/index.ts"

export const decide = (checkout: Checkout, fact: Fact) => {
  const decision = decideHonestly(checkout, fact)
  if (decision._tag === "Refused") return decision
  if (fact.type === "StatusNotFound") {
    return { ...decision, checkout: { ...decision.checkout, state: "settled.paid" } }
  }
  return fact.type === "AuthenticationStarted" ? { _tag: "Refused", checkout, fact: fact.type } : decision
}
