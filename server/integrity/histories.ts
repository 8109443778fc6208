/** Every checkout with its history, in the order of their ids, streamed past whoever looks at them. */

import type postgres from "postgres"
import { machineVersion } from "../../machines/index.ts"
import { answeredInTime, longestMs } from "../database/postgres.ts"
import type { EventRow, Json } from "../log/chain.ts"
import type { FeedPlace } from "../log/feed.ts"
import { free, literal, manyRowsOfEach } from "./manyRows.ts"

/** How many checkouts one statement reads: enough to be fast, and no snapshot grows old. */
const checkoutsAtOnce = 500

/** A row of `checkout`: what follows from the history, and nothing else. */
export interface DerivedRow {
  readonly orderId: string
  readonly payToken: string | null
  /** The checkout that is found by this payToken; `null` if none is. */
  readonly payTokenLeadsTo: string | null
  readonly payer: string
  readonly state: string
  readonly version: number
  readonly amount: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly hash: string
}

/** Somebody who looks at one checkout: at each of its rows, and then at the end. */
export interface Visitor {
  /** `isNewer`: a newer release wrote it, whose machine version the database knows. */
  take(row: EventRow, isNewer: boolean): void
  end(): void
}

/**
 * Shows each checkout that something happened to after `since` (`null`: all of them), whole, to a visitor of its own, and
 * returns how many events they have. `derived` is `null` if a history has no row in `checkout`. `progress` hears how many
 * events were read so far.
 */
export const visitHistories = (
  sql: postgres.Sql,
  since: FeedPlace | null,
  visitorOf: VisitorOf,
  progress: (events: number) => void,
): Promise<number> =>
  visitRanges(sql, since === null ? rangesOfAll(sql) : rangesSince(sql, since), visitorOf, progress)

/** The same of one checkout. */
export const visitHistory = (sql: postgres.Sql, checkoutId: string, visitorOf: VisitorOf): Promise<number> =>
  visitRanges(sql, [`checkout_id = ${literal(checkoutId)}`], visitorOf, () => {})

type VisitorOf = (checkoutId: string, derived: DerivedRow | null) => Visitor

const visitRanges = async (
  sql: postgres.Sql,
  ranges: Iterable<string> | AsyncIterable<string>,
  visitorOf: VisitorOf,
  progress: (events: number) => void,
): Promise<number> => {
  let events = 0
  for await (const { rows } of manyRowsOfEach(sql, histories(ranges))) {
    let current = null as { readonly checkoutId: string; readonly visitor: Visitor } | null
    for await (const some of rows) {
      for (const columns of some) {
        const checkoutId = columns[0] ?? ""
        const isDerived = columns[1] === null
        if (current?.checkoutId !== checkoutId) {
          current?.visitor.end()
          const derived = isDerived ? derivedRow(columns) : null
          current = { checkoutId, visitor: visitorOf(checkoutId, derived) }
        }
        if (isDerived) continue
        current.visitor.take(eventRow(checkoutId, columns), columns[10] === "true")
        events += 1
      }
      progress(events)
    }
    current?.visitor.end()
  }
  return events
}

async function* histories(ranges: Iterable<string> | AsyncIterable<string>) {
  for await (const range of ranges) yield { query: withHistories(range), columns }
}

/** Conditions on `checkout_id` that divide all checkouts, and all histories without one, into parts. */
async function* rangesOfAll(sql: postgres.Sql): AsyncGenerator<string> {
  let after: string | null = null
  while (true) {
    const [end]: ReadonlyArray<{ readonly id: string }> = await answeredInTime(
      sql<Array<{ id: string }>>`
        SELECT checkout_id AS id FROM checkout WHERE ${after === null ? sql`true` : sql`checkout_id > ${after}`}
         ORDER BY checkout_id OFFSET ${checkoutsAtOnce - 1} LIMIT 1`,
      longestMs,
    )
    const conditions = [
      ...(after === null ? [] : [`checkout_id > ${literal(after)}`]),
      ...(end === undefined ? [] : [`checkout_id <= ${literal(end.id)}`]),
    ]
    yield conditions.length === 0 ? "true" : conditions.join(" AND ")
    if (end === undefined) return
    after = end.id
  }
}

/**
 * The same for the checkouts that something happened to after a place of the feed, up to now: each where its last event
 * stands in the feed, so that it is one of one part only.
 */
async function* rangesSince(sql: postgres.Sql, since: FeedPlace): AsyncGenerator<string> {
  const [now] = await sql<[{ position: string }]>`
    SELECT feed_position(pg_snapshot_xmax(pg_current_snapshot())) AS position`
  let { position, checkoutId, version } = since
  while (true) {
    const moved = await answeredInTime(
      sql<Array<{ position: string; checkoutId: string; version: number }>>`
      SELECT feed_position AS position, checkout_id AS "checkoutId", version
        FROM checkout_event e
       WHERE feed_position >= ${position} AND feed_position < ${now.position}
         AND (feed_position, checkout_id, version) > (${position}, ${checkoutId}, ${version})
         AND NOT EXISTS (
           SELECT FROM checkout_event later
            WHERE later.checkout_id = e.checkout_id AND later.feed_position < ${now.position}
              AND (later.feed_position, later.version) > (e.feed_position, e.version) OFFSET 0)
       ORDER BY feed_position, checkout_id, version LIMIT ${checkoutsAtOnce}`,
      longestMs,
    )
    const last = moved.at(-1)
    if (last === undefined) return
    yield `checkout_id IN (${moved.map((one) => literal(one.checkoutId)).join(", ")})`
    ;({ checkoutId, version } = last)
    position = Number(last.position)
  }
}

/**
 * Each checkout's derived row, of no version, and after it its events: in one statement, so that they belong together. What a
 * newer release's migration told the database is read there too: no row is seen of a version that is not.
 */
const withHistories = (range: string): string => `
  SELECT checkout_id, NULL::integer AS version, order_id AS type, pay_token AS from_state, state || '.' || substate AS to_state,
         json_build_object('payer', payer, 'amount', amount, 'createdAt', created_at AT TIME ZONE 'UTC', 'payTokenLeadsTo',
           (SELECT t.checkout_id FROM checkout_pay_token t WHERE t.pay_token = checkout.pay_token))::text AS data,
         version AS machine_version, updated_at AT TIME ZONE 'UTC' AS recorded_at, NULL AS prev_hash, encode(hash, 'hex') AS hash,
         false AS is_newer
    FROM checkout WHERE ${range}
  UNION ALL
  SELECT checkout_id, version, type, from_state, to_state, data::text, machine_version, recorded_at AT TIME ZONE 'UTC',
         encode(prev_hash, 'hex'), encode(hash, 'hex'),
         machine_version > ${machineVersion} AND machine_version = ANY (ARRAY(SELECT DISTINCT machine_version FROM legal_move))
    FROM checkout_event WHERE ${range}
   ORDER BY checkout_id, version NULLS FIRST`

const columns = [
  ...["checkout_id", "version", free("type"), free("from_state"), free("to_state"), "data"],
  ...["machine_version", "recorded_at", "prev_hash", "hash", "is_newer"],
]

type Columns = ReadonlyArray<string | null>

const derivedRow = (columns: Columns): DerivedRow => {
  const { payer, amount, createdAt, payTokenLeadsTo } = JSON.parse(columns[5] ?? "{}")
  return {
    orderId: columns[2] ?? "",
    payToken: columns[3] ?? null,
    payTokenLeadsTo,
    state: columns[4] ?? "",
    payer,
    amount,
    createdAt: isoOf(createdAt),
    version: Number(columns[6]),
    updatedAt: isoOf(columns[7]),
    hash: columns[9] ?? "",
  }
}

const eventRow = (checkoutId: string, columns: Columns): EventRow => ({
  checkoutId,
  version: Number(columns[1]),
  type: columns[2] as EventRow["type"],
  from: columns[3] as EventRow["from"],
  to: columns[4] as EventRow["to"],
  data: dataIn(columns[5] ?? "null"),
  machineVersion: Number(columns[6]),
  recordedAt: isoOf(columns[7]),
  prevHash: columns[8] ?? null,
  hash: columns[9] ?? "",
})

/** A number that JavaScript takes for another than PostgreSQL has is none, so that it does not pass unseen. */
const dataIn = (text: string): Json => (fraction.test(text) ? JSON.parse(text, asWritten) : JSON.parse(text))

/** PostgreSQL writes numbers without exponents, and whole ones that are too large for JavaScript cannot be hashed anyway. */
const fraction = /(?:[ []|^)-?\d+\.\d/

const asWritten = (_: string, value: unknown, context?: { readonly source?: string }) =>
  typeof value === "number" && context?.source !== `${value}` ? Number.NaN : value

/** `2026-01-01 00:00:00.12` in UTC, as ISO. Digits below the millisecond stay, so that they do not pass unseen. */
const isoOf = (text: string | null | undefined): string => {
  const [day, time] = [(text ?? "").slice(0, 10), (text ?? "").slice(11)]
  return `${day}T${time}${fractions[time.length] ?? ""}Z`
}

/** What `12:00:00`, `12:00:00.1` and `12:00:00.12` lack of three digits. */
const fractions: Readonly<Record<number, string>> = { 8: ".000", 10: "00", 11: "0" }
