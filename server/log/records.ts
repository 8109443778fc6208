/** How rows of the log come out of PostgreSQL. */

import type postgres from "postgres"
import type { EventRow, Json } from "./chain.ts"

export interface EventRecord {
  readonly checkout_id: string
  readonly version: number
  readonly type: EventRow["type"]
  readonly from_state: EventRow["from"]
  readonly to_state: EventRow["to"]
  readonly data: Json
  readonly machine_version: number
  readonly recorded_at: string
  readonly prev_hash: string | null
  readonly hash: string
}

/** The columns of an event, with `e` as the table, as the beginning of a query. */
export const eventColumns = (sql: postgres.Sql) => sql`
  SELECT e.checkout_id, e.version, e.type, e.from_state, e.to_state, e.data, e.machine_version, e.recorded_at,
         encode(e.prev_hash, 'hex') AS prev_hash, encode(e.hash, 'hex') AS hash`

export const rowOf = (record: EventRecord): EventRow => ({
  checkoutId: record.checkout_id,
  version: record.version,
  type: record.type,
  from: record.from_state,
  to: record.to_state,
  data: record.data,
  machineVersion: record.machine_version,
  recordedAt: record.recorded_at,
  prevHash: record.prev_hash,
  hash: record.hash,
})

/** Rows that come one checkout after the other, by checkout; with the first record of each. */
export const groupRows = <A extends EventRecord>(records: ReadonlyArray<A>) => {
  const groups = new Map<string, { readonly record: A; readonly rows: Array<EventRow> }>()
  for (const record of records) {
    const group = groups.get(record.checkout_id) ?? { record, rows: [] }
    group.rows.push(rowOf(record))
    groups.set(record.checkout_id, group)
  }
  return [...groups.values()]
}
