/**
 * The feed out of PostgreSQL. A row's position is its transaction's number. Every transaction below the snapshot's xmin has
 * ended: what it wrote is visible, and no later one gets a number below. So what lies below is final, and the rest
 * waits until it does. Position and snapshot are of one statement, or a transaction could end between the two.
 */

import { Effect } from "effect"
import type postgres from "postgres"
import { promptQuery } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { type FeedEvent, FeedMoved, type FeedPage, type FeedPlace } from "./feed.ts"
import { type EventRecord, eventColumns, rowOf } from "./records.ts"

/** One row of the answer; the event is missing in the only one of an empty page. */
interface FeedRecord extends EventRecord {
  readonly feed_position: string
  readonly order_id: string | null
  readonly is_held_back: boolean
  readonly is_moved: boolean
}

export const readFeed =
  (sql: postgres.Sql) =>
  (after: FeedPlace | null, limit: number): Effect.Effect<FeedPage, Unavailable> => {
    const { position, checkoutId, version } = after ?? beginning
    return promptQuery(
      () => sql<Array<FeedRecord>>`
        ${eventColumns(sql)}, e.feed_position, e.order_id,
               h.highest >= h.final_below AS is_held_back, h.highest >= h.next AS is_moved
        FROM (
          SELECT feed_position(pg_snapshot_xmin(s)) AS final_below, feed_position(pg_snapshot_xmax(s)) AS next,
                 (SELECT coalesce(max(feed_position), 0) FROM checkout_event) AS highest
            FROM pg_current_snapshot() s
        ) h
        LEFT JOIN LATERAL (
          SELECT e.*, c.order_id
            FROM checkout_event e JOIN checkout c USING (checkout_id)
           WHERE e.feed_position >= ${position} AND e.feed_position < h.final_below
             AND (e.feed_position, e.checkout_id, e.version) > (${position}, ${checkoutId}, ${version})
           ORDER BY e.feed_position, e.checkout_id, e.version
           LIMIT ${limit}
        ) e ON true
        ORDER BY e.feed_position, e.checkout_id, e.version`,
    ).pipe(Effect.flatMap(pageOf))
  }

export const readFeedEnd = (sql: postgres.Sql): Effect.Effect<FeedPlace | null, Unavailable> =>
  Effect.map(
    promptQuery(
      () => sql<Array<{ feed_position: string; checkout_id: string; version: number }>>`
        SELECT feed_position, checkout_id, version FROM checkout_event
         WHERE feed_position < feed_position(pg_snapshot_xmin(pg_current_snapshot()))
         ORDER BY feed_position DESC, checkout_id DESC, version DESC LIMIT 1`,
    ),
    ([last]) =>
      last === undefined
        ? null
        : { position: Number(last.feed_position), checkoutId: last.checkout_id, version: last.version },
  )

export const readHeldBack = (sql: postgres.Sql): Effect.Effect<string | null, Unavailable> =>
  Effect.map(
    promptQuery(
      () => sql<Array<{ since: string | null }>>`
        SELECT min(recorded_at) AS since FROM checkout_event
         WHERE feed_position >= feed_position(pg_snapshot_xmin(pg_current_snapshot()))`,
    ),
    ([oldest]) => oldest?.since ?? null,
  )

/** Before every event: no version is 0. */
const beginning: FeedPlace = { position: 0, checkoutId: "00000000-0000-0000-0000-000000000000", version: 0 }

const pageOf = (records: ReadonlyArray<FeedRecord>): Effect.Effect<FeedPage> =>
  records[0]?.is_moved === true
    ? Effect.die(new FeedMoved())
    : Effect.succeed({
        events: records.filter((record) => record.order_id !== null).map(eventOf),
        isHeldBack: records[0]?.is_held_back ?? false,
      })

const eventOf = (record: FeedRecord): FeedEvent => ({
  ...rowOf(record),
  orderId: record.order_id ?? "",
  position: Number(record.feed_position),
})
