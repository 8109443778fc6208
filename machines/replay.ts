/**
 * A checkout is the fold of its facts: reading the log back gives the checkout that wrote it.
 */

import { type Checkout, decide, open } from "./decide.ts"
import type { Fact } from "./facts.ts"

/** The history is not one that the machine could have written. `version` is the first row that is wrong. */
export interface IllegalHistory {
  readonly _tag: "IllegalHistory"
  readonly checkoutId: string
  readonly version: number
  readonly why: string
}

/** Folds a whole history, oldest fact first. */
export const replay = (checkoutId: string, facts: Iterable<Fact>): Checkout | IllegalHistory => {
  let checkout: Checkout | null = null
  let version = 0
  for (const fact of facts) {
    version += 1
    const next = step(checkoutId, checkout, fact)
    if (next === null) {
      return {
        _tag: "IllegalHistory",
        checkoutId,
        version,
        why: `${fact.type} cannot happen in ${checkout?.state ?? "a checkout that was not opened"}`,
      }
    }
    checkout = next
  }
  return checkout ?? { _tag: "IllegalHistory", checkoutId, version: 0, why: "there are no facts" }
}

export const isIllegal = (result: Checkout | IllegalHistory): result is IllegalHistory => "_tag" in result

const step = (checkoutId: string, checkout: Checkout | null, fact: Fact): Checkout | null => {
  if (checkout === null) {
    return fact.type === "CheckoutOpened" ? open(checkoutId, fact.order, fact.at).checkout : null
  }
  const decision = decide(checkout, fact)
  return decision._tag === "Accepted" ? decision.checkout : null
}
