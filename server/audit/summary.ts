/**
 * What the checkouts of a time have in common, for a dashboard. Its cost is bounded: of more checkouts than `mostConsidered`
 * the newest are taken, and the answer says so.
 */

import { Effect } from "effect"
import type postgres from "postgres"
import type { StateName, StatePath } from "../../machines/index.ts"
import { Database, query } from "../database/postgres.ts"
import { type Fragment, openedBefore, openedFrom, search, viewsOf } from "./search.ts"
import type { AuditView } from "./view.ts"

export interface Summary {
  /** The time in which the checkouts were opened that are considered. */
  readonly from: string
  readonly to: string
  readonly considered: number
  /** All that were opened in that time; otherwise the newest of them. */
  readonly isWhole: boolean
  readonly states: ReadonlyArray<{ readonly at: StatePath; readonly count: number; readonly amount: number }>
  /** How many ever came as far as this state, or further; a payment that failed counts where it got to. */
  readonly funnel: ReadonlyArray<{ readonly state: StateName; readonly count: number }>
  /** From the opening to the money, in milliseconds; `null` if nothing was settled. */
  readonly timeToSettleMs: {
    readonly median: number
    readonly p90: number
    readonly p99: number
    readonly most: number
  } | null
  readonly reasons: ReadonlyArray<{
    readonly state: "failed" | "mismatched"
    readonly reason: string
    readonly count: number
  }>
  readonly buckets: ReadonlyArray<{
    readonly from: string
    readonly counts: Readonly<Partial<Record<StateName, number>>>
    /** Won that was settled and not given back. */
    readonly settledAmount: number
  }>
  readonly bucketMs: number
  /** What is unfinished at this moment, whenever it was opened. */
  readonly unfinished: ReadonlyArray<{
    readonly at: StatePath
    readonly count: number
    /** The one that has been there longest. */
    readonly since: string
  }>
  /** The newest mismatches, whenever they were opened, each with its refund. */
  readonly mismatches: ReadonlyArray<AuditView>
}

const mostConsidered = 50_000
const mostMismatches = 50
const mostBuckets = 60

/** From the happy path; failures and mismatches leave it where they happen. */
const path = [
  "minted",
  "authenticating",
  "authenticated",
  "executing",
  "settled",
] as const satisfies ReadonlyArray<StateName>

export const summary = Effect.fn("summary")(function* (from: string, to: string) {
  const sql = yield* Database
  const window = sql`
    SELECT * FROM checkout WHERE ${openedFrom(sql, from)} AND ${openedBefore(sql, to)}
     ORDER BY checkout_id DESC LIMIT ${mostConsidered}`
  const bucketMs = bucketFor(Date.parse(to) - Date.parse(from))
  const answers = yield* Effect.all(
    {
      size: size(sql, from, to),
      states: states(sql, window),
      way: way(sql, window),
      reasons: reasons(sql, window),
      buckets: buckets(sql, window, bucketMs),
      unfinished: unfinished(sql),
      mismatches: search({ state: "mismatched" }, mostMismatches, null),
    },
    { concurrency: 4 },
  )
  const { size: opened, way: went, ...rest } = answers
  return {
    from,
    to,
    considered: Math.min(opened, mostConsidered),
    isWhole: opened <= mostConsidered,
    ...went,
    ...rest,
    bucketMs,
  } satisfies Summary
})

/** One more than is considered, if there are more. */
const size = (sql: postgres.Sql, from: string, to: string) =>
  Effect.map(
    query(
      () => sql<[{ count: number }]>`
        SELECT count(*)::integer AS count FROM (
          SELECT FROM checkout WHERE ${openedFrom(sql, from)} AND ${openedBefore(sql, to)}
           LIMIT ${mostConsidered + 1}) c`,
    ),
    ([{ count }]) => count,
  )

const states = (sql: postgres.Sql, window: Fragment) =>
  query(
    () => sql<Array<Summary["states"][number]>>`
      SELECT state || '.' || substate AS at, count(*)::integer AS count, sum(amount)::float8 AS amount
        FROM (${window}) c GROUP BY 1 ORDER BY 1`,
  )

/** How far each came, and how long the settled ones took. */
const way = (sql: postgres.Sql, window: Fragment) =>
  Effect.map(
    query(
      () => sql<Array<{ furthest: number; count: number; percentiles: Array<number> | null }>>`
        SELECT furthest, count(*)::integer AS count,
               to_json(percentile_disc(ARRAY[0.5, 0.9, 0.99, 1]) WITHIN GROUP (ORDER BY settle_ms)) AS percentiles
          FROM (
            SELECT max(array_position(string_to_array(${path.join(" ")}, ' '), split_part(e.to_state, '.', 1))) AS furthest,
                   round(extract(epoch FROM min(e.recorded_at) FILTER (WHERE split_part(e.to_state, '.', 1) = ${settled})
                                            - min(e.recorded_at)) * 1000)::float8 AS settle_ms
              FROM (${window}) c JOIN checkout_event e USING (checkout_id)
             GROUP BY checkout_id
          ) one GROUP BY furthest`,
    ),
    (steps) => {
      const [median, p90, p99, most] =
        steps.find(({ furthest }) => furthest === path.length)?.percentiles ?? []
      return {
        funnel: path.map((state, index) => ({
          state,
          count: steps.reduce((sum, { furthest, count }) => sum + (furthest > index ? count : 0), 0),
        })),
        timeToSettleMs:
          median === undefined || p90 === undefined || p99 === undefined || most === undefined
            ? null
            : { median, p90, p99, most },
      }
    },
  )

const settled = path[path.length - 1] as StateName

/**
 * The reason follows from the history, and histories of the same moves have the same. So one history of each kind is folded by
 * the machine, instead of the machine's rules being written again in SQL.
 */
const reasons = Effect.fnUntraced(function* (sql: postgres.Sql, window: Fragment) {
  const kinds = yield* query(
    () => sql<Array<{ example: string; count: number }>>`
      SELECT (array_agg(checkout_id))[1] AS example, count(*)::integer AS count
        FROM (
          SELECT checkout_id,
                 md5(string_agg(concat_ws(' ', e.type, e.to_state, e.data ->> 'code',
                   jsonb_path_query_array(e.data, '$.checks[*] ? (@.agrees == false).field')), ',' ORDER BY e.version)) AS kind
            FROM (${window}) c JOIN checkout_event e USING (checkout_id)
           WHERE c.state IN ${sql(withReasons)}
             AND (e.type NOT LIKE 'Status%' OR e.from_state <> e.to_state)
           GROUP BY checkout_id
        ) one GROUP BY kind ORDER BY 2 DESC LIMIT 1000`,
  )
  const counts = new Map(kinds.map(({ example, count }) => [example, count]))
  const views =
    counts.size === 0 ? [] : yield* viewsOf(sql`checkout_id IN ${sql([...counts.keys()])}`, counts.size)
  const sums = new Map<string, number>()
  for (const { checkoutId, state, reason } of views) {
    const key = `${state} ${reason ?? "BROKEN_HISTORY"}`
    sums.set(key, (sums.get(key) ?? 0) + (counts.get(checkoutId) ?? 0))
  }
  return [...sums]
    .map(([key, count]) => {
      const [state, reason] = key.split(" ") as ["failed" | "mismatched", string]
      return { state, reason, count }
    })
    .sort((a, b) => b.count - a.count)
})

const withReasons = ["failed", "mismatched"] satisfies ReadonlyArray<StateName>

const buckets = (sql: postgres.Sql, window: Fragment, bucketMs: number) =>
  Effect.map(
    query(
      () => sql<Array<{ bucket: string; state: StateName; count: number; kept: number }>>`
        SELECT date_bin(${bucketMs}::float8 * interval '1 millisecond', created_at, 'epoch') AS bucket, state,
               count(*)::integer AS count,
               coalesce(sum(amount) FILTER (WHERE state = ${settled} AND substate <> 'refunded'), 0)::float8 AS kept
          FROM (${window}) c GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
    (rows) => {
      const found = new Map<string, { counts: Partial<Record<StateName, number>>; settledAmount: number }>()
      for (const { bucket, state, count, kept } of rows) {
        const one = found.get(bucket) ?? { counts: {}, settledAmount: 0 }
        found.set(bucket, {
          counts: { ...one.counts, [state]: count },
          settledAmount: one.settledAmount + kept,
        })
      }
      return [...found].map(([from, one]) => ({ from, ...one }))
    },
  )

/** The smallest round time of which no more than `mostBuckets` cover the window. */
const bucketFor = (windowMs: number): number =>
  roundTimesMs.find((ms) => windowMs / ms <= mostBuckets) ?? Math.ceil(windowMs / mostBuckets / dayMs) * dayMs

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const roundTimesMs = [1, 5, 15, 30, 60, 180, 360, 720, 1440].map((minutes) => minutes * minuteMs)

const unfinished = (sql: postgres.Sql) =>
  query(
    () => sql<Array<Summary["unfinished"][number]>>`
      SELECT state || '.' || substate AS at, count(*)::integer AS count, min(updated_at) AS since
        FROM checkout WHERE due_at IS NOT NULL GROUP BY 1 ORDER BY 1`,
  )
