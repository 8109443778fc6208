/** Finding checkouts for the back office: by what is known of one, or by what many have in common; newest first. */

import { Effect } from "effect"
import type postgres from "postgres"
import type { StateName } from "../../machines/index.ts"
import { idAt } from "../checkout/ids.ts"
import { isUuid } from "../cursor.ts"
import { newerVersions } from "../database/newerVersions.ts"
import { Database, query } from "../database/postgres.ts"
import { checkoutNamed } from "../log/names.ts"
import { type EventRecord, eventColumns, groupRows } from "../log/records.ts"
import { Payers } from "../payers/payers.ts"
import { type AsOf, recordAsOf, rowsAsOf } from "./asOf.ts"
import { auditView, type CheckoutRecord, checkoutColumns } from "./view.ts"

/** What is absent is no matter. */
export interface Criteria {
  readonly state?: StateName | undefined
  /**
   * Exactly one of the names of a checkout or of its payer: order id, checkout id, payToken, the shop's reference, the
   * payer's fingerprint or toss user key.
   */
  readonly q?: string | undefined
  /** When it was opened: from this moment on (ISO 8601). */
  readonly from?: string | undefined
  /** When it was opened: before this moment (ISO 8601). */
  readonly to?: string | undefined
  /** A payer's toss user key, or its fingerprint. */
  readonly user?: string | undefined
  /** Part of an item's name, of an order id or of the shop's reference. No index helps: it goes through what the rest leaves. */
  readonly text?: string | undefined
  /** How they stood at this moment (ISO 8601). */
  readonly asOf?: string | undefined
  /** Whole won, both ends included. */
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/**
 * At most `limit` of those that fit, after the checkout with id `after` (`null`: from the newest on). A checkout's id begins
 * with the moment at which it was made (UUID version 7), so the primary key is also the order of time.
 */
export const search = Effect.fn("search")(function* (
  criteria: Criteria,
  limit: number,
  after: string | null,
) {
  const sql = yield* Database
  const { fingerprint } = yield* Payers
  const { state, q, user, text, from, to, asOf, min, max } = criteria
  const conditions: ReadonlyArray<Fragment | false> = [
    state !== undefined &&
      (asOf === undefined ? sql`state = ${state}` : sql`${stateAt(sql, asOf)} = ${state}`),
    q !== undefined && sql`checkout_id = ANY (ARRAY(${idsNamed(sql, q, fingerprint(q))}))`,
    user !== undefined && sql`payer IN (${user}, ${fingerprint(user)})`,
    text !== undefined && mentions(sql, text),
    from !== undefined && openedFrom(sql, from),
    to !== undefined && openedBefore(sql, to),
    asOf !== undefined && sql`created_at <= ${asOf}`,
    min !== undefined && sql`amount >= ${min}`,
    max !== undefined && sql`amount <= ${max}`,
    after !== null && sql`checkout_id < ${after}`,
  ]
  const all = conditions.reduce<Fragment>(
    (sum, one) => (one === false ? sum : sql`${sum} AND ${one}`),
    sql`true`,
  )
  return yield* viewsOf(all, limit, asOf === undefined ? null : { time: asOf })
})

/** The newest `limit` checkouts for which this holds, as the back office sees them; those that were there at `asOf`, as they were then. */
export const viewsOf = Effect.fnUntraced(function* (
  condition: Fragment,
  limit: number,
  asOf: AsOf | null = null,
) {
  const sql = yield* Database
  const records = yield* query(
    () => sql<Array<EventRecord & CheckoutRecord>>`
      ${eventColumns(sql)}, ${checkoutColumns(sql)}
      FROM (SELECT * FROM checkout WHERE ${condition} ORDER BY checkout_id DESC LIMIT ${limit}) c
      CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id) e
      ORDER BY c.checkout_id DESC, e.version`,
  )
  const newer = yield* newerVersions(records.map((record) => record.machine_version))
  return groupRows(records).flatMap(({ record, rows }) => {
    if (asOf === null) return [auditView(record, rows, newer)]
    const then = rowsAsOf(rows, asOf)
    return then.length === 0 ? [] : [auditView(recordAsOf(record, then), then, newer)]
  })
})

export type Fragment = postgres.PendingQuery<postgres.Row[]>

const stateAt = (sql: postgres.Sql, moment: string): Fragment => sql`
  (SELECT split_part(to_state, '.', 1) FROM checkout_event e
    WHERE e.checkout_id = checkout.checkout_id AND recorded_at <= ${moment} ORDER BY version DESC LIMIT 1)`

const mentions = (sql: postgres.Sql, text: string): Fragment => {
  const pattern = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`
  return sql`EXISTS (
    SELECT FROM checkout_event e
     WHERE e.checkout_id = checkout.checkout_id AND e.version = 1
       AND (order_id ILIKE ${pattern} OR data -> 'order' ->> 'reference' ILIKE ${pattern}
            OR EXISTS (SELECT FROM jsonb_array_elements(data -> 'order' -> 'items') item
                        WHERE item ->> 'name' ILIKE ${pattern})))`
}

/** An array, not a join: a join would be planned along the order of time, through everything. Each name has an index of its own. */
const idsNamed = (sql: postgres.Sql, q: string, fingerprint: string): Fragment => sql`
  ${checkoutNamed(sql, "orderId", q)}
  UNION ALL ${checkoutNamed(sql, "payToken", q)}
  UNION ALL SELECT checkout_id FROM checkout WHERE payer IN (${q}, ${fingerprint})
  UNION ALL SELECT checkout_id FROM checkout_event
             WHERE type = 'CheckoutOpened' AND data -> 'order' ->> 'reference' = ${q}
  ${isUuid(q) ? sql`UNION ALL ${checkoutNamed(sql, "checkoutId", q)}` : sql``}`

/** Opened at this moment or later. An id begins with the time at which it was made, so the primary key narrows it down. */
export const openedFrom = (sql: postgres.Sql, moment: string): Fragment =>
  sql`checkout_id >= ${idAt(Date.parse(moment) - slackMs)} AND created_at >= ${moment}`

export const openedBefore = (sql: postgres.Sql, moment: string): Fragment =>
  sql`checkout_id < ${idAt(Date.parse(moment) + slackMs)} AND created_at < ${moment}`

/** How far an id's time may be from that of its row: a server knows the database's clock by asking now and then. */
const slackMs = 600_000
