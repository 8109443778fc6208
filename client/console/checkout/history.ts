/** The past of a checkout, computed here by the same machine that wrote it. */

import {
  type Checkout,
  type Fact,
  type IllegalHistory,
  isIllegal,
  mayBeDecided,
  mayBeRefunded,
  type OrderView,
  orderView,
  replay,
  type Timer,
  timerOf,
  upcast,
} from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"

/** How it stood right after one of its events. */
export interface Standing {
  readonly checkout: Checkout
  readonly view: OrderView
  /** What would have happened next by itself. */
  readonly timer: Timer | null
}

/** What a row says; nothing, where somebody who touched the database left what is no object. */
export const saidBy = ({ data }: Pick<EventRow, "data">): Readonly<Record<string, unknown>> =>
  typeof data === "object" && data !== null && !Array.isArray(data) ? { ...data } : {}

/** The fact that a row records; the comparisons beside it follow from it. */
export const factOf = (row: EventRow): Fact => {
  const { checks: _, ...said } = saidBy(row)
  return upcast({ type: row.type, at: row.recordedAt, ...said }, row.machineVersion)
}

/** After the first `version` events; or at which event the machine would not have gone along. */
export const standingAt = (events: ReadonlyArray<EventRow>, version: number): Standing | IllegalHistory => {
  const checkoutId = events[0]?.checkoutId ?? ""
  try {
    const checkout = replay(checkoutId, events.slice(0, version).map(factOf))
    return isIllegal(checkout) ? checkout : { checkout, view: orderView(checkout), timer: timerOf(checkout) }
  } catch {
    // The machine trusts what a fact holds; whoever touches the database need not keep to it.
    const why = "a row does not hold what its fact needs"
    return { _tag: "IllegalHistory", checkoutId, version, why }
  }
}

/** Its money is with the shop, and a person may give it back. */
export const isRefundable = (events: ReadonlyArray<EventRow>): boolean => asksNow(events, mayBeRefunded)

/** Nobody could say how it ended, and a person may decide it. */
export const isDecidable = (events: ReadonlyArray<EventRow>): boolean => asksNow(events, mayBeDecided)

const asksNow = (events: ReadonlyArray<EventRow>, question: (checkout: Checkout) => boolean): boolean => {
  const now = standingAt(events, events.length)
  return "checkout" in now && question(now.checkout)
}

/** The time since the step before, in milliseconds; `null` for the first. */
export const sinceBefore = (events: ReadonlyArray<EventRow>, index: number): number | null => {
  const [before, event] = [events[index - 1], events[index]]
  return before === undefined || event === undefined
    ? null
    : Date.parse(event.recordedAt) - Date.parse(before.recordedAt)
}
