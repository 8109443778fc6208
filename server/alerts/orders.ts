/**
 * Alerts about what became of an order's money: a subscription of our own, so none is forgotten whatever dies. What is said follows
 * from the whole history of the checkout, so a message that comes twice, late or by hand changes nothing.
 */

import { Effect } from "effect"
import { type Checkout, type Milestone, milestonesOf, refundResult } from "../../machines/index.ts"
import type { EventRow } from "../log/chain.ts"
import { EventLog, fold } from "../log/eventLog.ts"
import type { OrderMessage } from "../subscriptions/messages.ts"
import { subscribe } from "../subscriptions/subscription.ts"
import type { Alerts, Occurrence } from "./alerts.ts"
import { end, raise } from "./notice.ts"

export const orderAlerts = subscribe<OrderMessage, EventLog | Alerts>(
  ["mismatched", "resolved", "refundFailed", "refunded"],
  { name: "alerts", from: "beginning" },
  ({ event: { checkoutId } }) =>
    Effect.gen(function* () {
      for (const { isOver, ...noticed } of noticedIn(yield* (yield* EventLog).history(checkoutId))) {
        yield* raise(noticed)
        if (isOver) yield* end(noticed.kind, noticed.occurrence, noticed.subject)
      }
    }),
)

interface Noticed extends Occurrence {
  readonly isOver: boolean
}

/** What a milestone raises, and why. */
const raisedBy: Partial<
  Record<Milestone, Pick<Occurrence, "kind"> & { readonly why: (checkout: Checkout) => string }>
> = {
  mismatched: {
    kind: "mismatch",
    why: ({ state, context }) => `${context.reason?.code ?? "no reason given"}, ${state}`,
  },
  refundFailed: {
    kind: "refund-failed",
    why: (checkout) =>
      `${refundResult(checkout).reason}, ${checkout.state} since ${checkout.context.updatedAt}`,
  },
}

/** What a milestone ends. No money has to go back any more, or it is back. */
const endedBy: Partial<Record<Milestone, ReadonlyArray<Occurrence["kind"]>>> = {
  resolved: ["mismatch", "refund-failed"],
  refunded: ["refund-failed"],
}

/** What there was to notice in a history, each with whether it is over. */
const noticedIn = (rows: ReadonlyArray<EventRow>): ReadonlyArray<Noticed> => {
  let found: ReadonlyArray<Noticed> = []
  for (const [index, { checkoutId, version, from, to }] of rows.entries()) {
    for (const milestone of milestonesOf(from, to)) {
      const raised = raisedBy[milestone]
      const checkout = raised && fold(checkoutId, rows.slice(0, index + 1))?.checkout
      const ended = endedBy[milestone] ?? []
      found = found.map((one) => (ended.includes(one.kind) ? { ...one, isOver: true } : one))
      if (raised && checkout) {
        const { kind, why } = raised
        const subject = checkout.context.order.orderId
        const occurrence = `${checkoutId}_${version}`
        found = [...found, { kind, occurrence, subject, detail: why(checkout), isOver: false }]
      }
    }
  }
  return found
}
