/** Runs and what they found, in PostgreSQL: the only SQL that touches them. */

import { Effect } from "effect"
import type postgres from "postgres"
import { openedBefore, openedFrom } from "../audit/search.ts"
import { idAt } from "../checkout/ids.ts"
import { Database, query } from "../database/postgres.ts"
import { BrokenHistory, fold, type Recorded } from "../log/eventLog.ts"
import { type EventRecord, eventColumns, groupRows } from "../log/records.ts"
import type { Discrepancy, DiscrepancyOutcome, Listed } from "./discrepancy.ts"

/** One comparison of a period, and how far it has come. */
export interface Run {
  readonly run: number
  /** The checkouts that were opened from this moment on (ISO 8601), and before the other. */
  readonly from: string
  readonly to: string
  /** How many those were when the run began. */
  readonly total: number
  readonly asked: number
  /** The last checkout that was asked about. */
  readonly place: string | null
  readonly startedAt: string
  readonly endedAt: string | null
}

const columns = (sql: postgres.Sql) => sql`
  run::integer, from_time AS from, to_time AS to, total, asked, place, started_at AS "startedAt", ended_at AS "endedAt"`

/** A period does not reach into the future, or it would have no end. */
export const beginRun = Effect.fn("beginRun")(function* (from: string, to: string | null) {
  const sql = yield* Database
  const [run] = yield* query(
    () => sql<[Run]>`
      WITH period AS (SELECT ${from}::timestamptz AS since, least(${to}::timestamptz, clock_timestamp()) AS until)
      INSERT INTO reconciliation (from_time, to_time, total)
      SELECT since, until, (SELECT count(*) FROM checkout WHERE created_at >= since AND created_at < until)
        FROM period
      RETURNING ${columns(sql)}`,
  )
  return run
})

export const findRun = Effect.fn("findRun")(function* (run: number) {
  const sql = yield* Database
  const [found] = yield* query(
    () => sql<Array<Run>>`SELECT ${columns(sql)} FROM reconciliation WHERE run = ${run}`,
  )
  return found ?? null
})

/** The checkouts that come next, the oldest first. */
export const nextListed = Effect.fnUntraced(function* ({ from, to, place }: Run, limit: number) {
  const sql = yield* Database
  return yield* list(sql`
    SELECT checkout_id, order_id, created_at FROM checkout
     WHERE checkout_id > ${place ?? idAt(0)} AND ${openedFrom(sql, from)} AND ${openedBefore(sql, to)}
     ORDER BY checkout_id LIMIT ${limit}`)
})

/** Those of the run that TossPay has not answered for. */
export const unansweredListed = Effect.fnUntraced(function* (
  { run }: Run,
  limit: number,
  after: string | null,
) {
  const sql = yield* Database
  return yield* list(sql`
    SELECT c.checkout_id, c.order_id, c.created_at FROM reconciliation_discrepancy f JOIN checkout c USING (checkout_id)
     WHERE f.run = ${run} AND f.outcome = ${unanswered}
       AND f.checkout_id > ${after ?? idAt(0)}
     ORDER BY f.checkout_id LIMIT ${limit}`)
})

const unanswered = "unanswered" satisfies DiscrepancyOutcome

const list = Effect.fnUntraced(function* (checkouts: postgres.PendingQuery<postgres.Row[]>) {
  const sql = yield* Database
  const records = yield* query(
    () => sql<Array<EventRecord & { order_id: string; created_at: string }>>`
      ${eventColumns(sql)}, c.order_id, c.created_at
      FROM (${checkouts}) c
      CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id) e
      ORDER BY c.checkout_id, e.version`,
  )
  return groupRows(records).map(
    ({ record, rows }): Listed => ({
      checkoutId: record.checkout_id,
      orderId: record.order_id,
      openedAt: record.created_at,
      recorded: readable(record.checkout_id, () => fold(record.checkout_id, rows)),
    }),
  )
})

const readable = (checkoutId: string, read: () => Recorded | null): Recorded | BrokenHistory => {
  try {
    return read() ?? new BrokenHistory({ checkoutId, version: 0, why: "it has no history" })
  } catch (cause) {
    if (cause instanceof BrokenHistory) return cause
    throw cause
  }
}

/** Notes what differs, before anything is done about it. What differed first stays noted. */
export const note = Effect.fnUntraced(function* ({ run }: Run, discrepancy: Discrepancy) {
  const sql = yield* Database
  const { checkoutId, outcome } = discrepancy
  yield* query(
    () => sql`
      INSERT INTO reconciliation_discrepancy AS f (run, checkout_id, outcome, data)
      VALUES (${run}, ${checkoutId}, ${outcome}, ${JSON.stringify(discrepancy)}::text::jsonb)
      ON CONFLICT (run, checkout_id) DO UPDATE SET outcome = excluded.outcome, data = excluded.data
       WHERE NOT ${isNoted(sql)}`,
  )
})

/** What differed about a checkout when this run asked about it; `null` if nothing did. */
export const noted = Effect.fnUntraced(function* ({ run }: Run, checkoutId: string) {
  const sql = yield* Database
  const [found] = yield* query(
    () => sql<Array<{ data: Discrepancy }>>`
      SELECT data FROM reconciliation_discrepancy f
       WHERE run = ${run} AND checkout_id = ${checkoutId} AND ${isNoted(sql)}`,
  )
  return found?.data ?? null
})

const isNoted = (sql: postgres.Sql) => sql`f.data -> 'differences' <> '[]'`

/** What came of asking about these. */
export interface Step {
  /** Where the run stands afterwards. */
  readonly place: string | null
  readonly asked: number
  readonly discrepancies: ReadonlyArray<Discrepancy>
  /** Those that agree. */
  readonly agreed: ReadonlyArray<string>
}

/**
 * Records a step of the run; `null` if somebody else has taken one since. What is noted is not taken back by an answer from
 * before, nor by none.
 */
export const recordStep = Effect.fnUntraced(function* (
  run: Run,
  { place, asked, discrepancies, agreed }: Step,
) {
  const sql = yield* Database
  const [moved] = yield* query(
    () => sql<Array<Run>>`
      WITH moved AS (
        UPDATE reconciliation SET place = ${place}, asked = asked + ${asked}
         WHERE run = ${run.run} AND place IS NOT DISTINCT FROM ${run.place}
        RETURNING *
      ), agreed AS (
        DELETE FROM reconciliation_discrepancy f USING moved
         WHERE f.run = moved.run AND NOT ${isNoted(sql)}
           AND checkout_id IN (SELECT id::uuid FROM json_array_elements_text(${JSON.stringify(agreed)}::text::json) id)
      ), disagreed AS (
        INSERT INTO reconciliation_discrepancy AS f (run, checkout_id, outcome, data)
        SELECT moved.run, (f ->> 'checkoutId')::uuid, f ->> 'outcome', f
          FROM moved, jsonb_array_elements(${JSON.stringify(discrepancies)}::text::jsonb) f
        ON CONFLICT (run, checkout_id) DO UPDATE SET outcome = excluded.outcome, data = excluded.data
         WHERE NOT (excluded.outcome = ${unanswered} AND ${isNoted(sql)})
      )
      SELECT ${columns(sql)} FROM moved`,
  )
  return moved ?? null
})

export const endRun = Effect.fnUntraced(function* ({ run }: Run) {
  const sql = yield* Database
  const [ended] = yield* query(
    () => sql<[Run]>`
      UPDATE reconciliation SET ended_at = clock_timestamp() WHERE run = ${run} RETURNING ${columns(sql)}`,
  )
  return ended
})

/** What the run found, in the order of time. */
export const discrepanciesOf = Effect.fnUntraced(function* (
  { run }: Run,
  limit: number,
  after: string | null,
) {
  const sql = yield* Database
  const found = yield* query(
    () => sql<Array<{ data: Discrepancy }>>`
      SELECT data FROM reconciliation_discrepancy WHERE run = ${run} AND checkout_id > ${after ?? idAt(0)}
       ORDER BY checkout_id LIMIT ${limit}`,
  )
  return found.map(({ data }) => data)
})

/** How many there are of each outcome. */
export const tallyOf = Effect.fnUntraced(function* ({ run }: Run) {
  const sql = yield* Database
  const counted = yield* query(
    () => sql<Array<{ outcome: DiscrepancyOutcome; count: number }>>`
      SELECT outcome, count(*)::integer AS count FROM reconciliation_discrepancy WHERE run = ${run} GROUP BY outcome`,
  )
  return (outcome: DiscrepancyOutcome): number => counted.find((one) => one.outcome === outcome)?.count ?? 0
})
