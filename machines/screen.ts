/** What each state is to the buyer: the step that a screen shows, and what the buyer may do. */

import type { StatePath } from "./states.ts"

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

/** What the buyer, or the webview for them, may do now. */
export type BuyerAction = "authenticate" | "execute" | "wait" | "create"

const screens: Readonly<Record<StatePath, readonly [Step, ...ReadonlyArray<BuyerAction>]>> = {
  "minted.requesting": ["executing", "wait"],
  "minted.ready": ["ready", "authenticate"],
  "minted.lapsing": ["confirming", "wait"],
  "authenticating.sheet": ["confirming", "wait", "authenticate", "execute"],
  "authenticating.unknown": ["confirming", "wait", "authenticate", "execute"],
  "authenticated.claimed": ["confirming", "execute"],
  "authenticated.confirmed": ["executing", "execute"],
  "executing.calling": ["executing", "wait"],
  "executing.unknown": ["confirming", "wait"],
  "executing.postponed": ["confirming", "wait"],
  "executing.refused": ["executing", "wait"],
  "executing.review": ["review", "wait"],
  "settled.paid": ["paid"],
  "settled.owed": ["refunding"],
  "settled.refunding": ["refunding"],
  "settled.stuck": ["refunding"],
  "settled.refunded": ["refunded", "create"],
  "mismatched.charged": ["review"],
  "mismatched.owed": ["refunding"],
  "mismatched.refunding": ["refunding"],
  "mismatched.stuck": ["refunding"],
  "mismatched.refunded": ["refunded", "create"],
  "mismatched.open": ["review", "wait"],
  "mismatched.closed": ["unpaid", "create"],
  "failed.open": ["confirming", "wait"],
  "failed.closed": ["unpaid", "create"],
}

/** Asked of this table, so that a webview need not load the other one. */
export const isStatePath = (path: string): path is StatePath => Object.keys(screens).includes(path)

/**
 * Where the buyer stands by the server's word. A sheet of which nothing is known may have been approved, until TossPay says
 * that nobody has authenticated. A state that the page does not know is one of a newer server.
 */
export const nearest = ({ at, reason }: { readonly at: string; readonly reason?: string }): StatePath =>
  at.startsWith("authenticating.") && reason === "NOT_AUTHENTICATED"
    ? "minted.ready"
    : isStatePath(at)
      ? at
      : at.startsWith("settled.")
        ? "settled.paid"
        : "executing.unknown"

export const stepOf = (path: StatePath): Step => screens[path][0]

export const actionsOf = (path: StatePath): ReadonlyArray<BuyerAction> =>
  screens[path].slice(1) as ReadonlyArray<BuyerAction>

export const allows = (path: StatePath, action: BuyerAction): boolean => screens[path].includes(action)

/** What follows without the buyer: ask for the outcome, execute, or nothing, because it is the buyer's turn or over. */
export const nextOf = (path: StatePath): "ask" | "execute" | null => {
  const [, first] = screens[path]
  return first === "wait" ? "ask" : first === "execute" ? first : null
}

/** Another order, even for something else, might be one payment too many. */
export const isInDoubt = (path: StatePath): boolean => /executing|confirming|review/.test(stepOf(path))

/** It is over for the buyer: paid, given back, or not charged for good. What a person looks into is not. */
export const isOver = (path: StatePath): boolean => /paid|refunded|unpaid/.test(stepOf(path))
