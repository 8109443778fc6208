/**
 * An alert for every mismatch: a subscription of our own, so none is forgotten whatever dies. What is said follows from the
 * whole history of the checkout, so a message that comes twice, late or by hand changes nothing.
 */

import { Effect } from "effect"
import { milestonesOf } from "../../machines/index.ts"
import type { EventRow } from "../log/chain.ts"
import { EventLog, fold } from "../log/eventLog.ts"
import type { OrderMessage } from "../subscriptions/messages.ts"
import { subscribe } from "../subscriptions/subscription.ts"
import type { Alerts } from "./alerts.ts"
import { end, raise } from "./notice.ts"

export const mismatchAlerts = subscribe<OrderMessage, EventLog | Alerts>(
  ["mismatched", "resolved"],
  { name: "alerts", from: "beginning" },
  ({ event: { checkoutId } }) =>
    Effect.gen(function* () {
      for (const mismatch of mismatchesIn(yield* (yield* EventLog).history(checkoutId))) {
        const { occurrence, subject, isOver, detail } = mismatch
        yield* raise({ kind: "mismatch", occurrence, subject, detail })
        if (isOver) yield* end("mismatch", occurrence, subject)
      }
    }),
)

interface Mismatch {
  readonly occurrence: string
  readonly subject: string
  readonly detail: string
  readonly isOver: boolean
}

/** The mismatches of a history, each with whether money may still have to go back for it. */
const mismatchesIn = (rows: ReadonlyArray<EventRow>): ReadonlyArray<Mismatch> => {
  const found: Array<Mismatch> = []
  for (const [index, { checkoutId, version, from, to }] of rows.entries()) {
    for (const milestone of milestonesOf(from, to)) {
      const last = found.at(-1)
      if (milestone === "mismatched") {
        const context = fold(checkoutId, rows.slice(0, index + 1))?.checkout.context
        found.push({
          occurrence: `${checkoutId}_${version}`,
          subject: context?.order.orderId ?? checkoutId,
          detail: `${context?.reason?.code ?? "no reason given"}, ${to}`,
          isOver: false,
        })
      } else if (milestone === "resolved" && last !== undefined) {
        found[found.length - 1] = { ...last, isOver: true }
      }
    }
  }
  return found
}
