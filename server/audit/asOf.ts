/** The past: a checkout as it stood at an earlier version or moment. */

import type { EventRow } from "../log/chain.ts"
import { momentOf } from "../moment.ts"
import type { CheckoutRecord } from "./view.ts"

/** Up to this version, or up to this moment (included). */
export type AsOf = { readonly version: number } | { readonly time: string }

/** `null` if it is neither a version nor a moment. */
export const readAsOf = (text: string): AsOf | null => {
  if (/^[1-9]\d{0,8}$/.test(text)) return { version: Number(text) }
  const time = momentOf(text)
  return time === null ? null : { time }
}

export const rowsAsOf = (rows: ReadonlyArray<EventRow>, asOf: AsOf): ReadonlyArray<EventRow> =>
  rows.filter((row) => ("version" in asOf ? row.version <= asOf.version : row.recordedAt <= asOf.time))

/** The row of a checkout as it was after these events. No timer: when it would have run out is not on record. */
export const recordAsOf = (record: CheckoutRecord, rows: ReadonlyArray<EventRow>): CheckoutRecord => {
  const last = rows.at(-1)
  if (last === undefined) return record
  const [state, substate = ""] = last.to.split(".")
  return {
    ...record,
    state: state as CheckoutRecord["state"],
    substate,
    current_version: last.version,
    current_hash: last.hash,
    updated_at: last.recordedAt,
    due_at: null,
  }
}
