/**
 * The feed out of PostgreSQL. A row's position is its transaction's number. Every transaction below the snapshot's xmin has
 * ended: what it wrote is visible, and no later one gets a number below. So what lies below is final, and the rest
 * waits until it does. Position and snapshot are of one statement, or a transaction could end between the two.
 */

import { Effect } from "effect"
import type postgres from "postgres"
import type { StatePath } from "../../machines/index.ts"
import { promptQuery } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { foldUnlessNewer } from "./eventLog.ts"
import {
  type FeedEvent,
  type FeedPage,
  type FeedPlace,
  feedIsAhead,
  isAbout,
  type MovesPage,
  type RecordedMove,
} from "./feed.ts"
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
  (after: FeedPlace | null, limit: number): Effect.Effect<FeedPage, Unavailable> =>
    promptQuery(
      () => sql<Array<FeedRecord>>`
        ${eventColumns(sql)}, e.feed_position, e.order_id,
               h.highest >= h.final_below AS is_held_back, h.highest >= h.next AS is_moved
        FROM ${horizon(sql)} h
        LEFT JOIN LATERAL (
          SELECT e.*, c.order_id
            FROM checkout_event e JOIN checkout c USING (checkout_id)
           WHERE ${isReadable(sql, after)}
           ORDER BY e.feed_position, e.checkout_id, e.version
           LIMIT ${limit}
        ) e ON true
        ORDER BY e.feed_position, e.checkout_id, e.version`,
    ).pipe(Effect.flatMap(pageOf))

interface MoveRecord extends Pick<EventRecord, "version" | "from_state" | "to_state" | "recorded_at"> {
  /** `null` in the only row of an empty page, as everything else. */
  readonly checkout_id: string | null
  readonly feed_position: string
  readonly order_id: string
  readonly is_moved: boolean
  /** Of the page: how many events it has, and the newest version of the machine that wrote one. */
  readonly size: string
  readonly newest: number
}

/** The last move of a page comes along whatever it is about, to say how far the page reaches. */
export const readMoves =
  (sql: postgres.Sql) =>
  (
    about: ReadonlyArray<StatePath>,
    after: FeedPlace | null,
    limit: number,
  ): Effect.Effect<MovesPage, Unavailable> =>
    promptQuery(
      () => sql<Array<MoveRecord>>`
        SELECT e.*, c.order_id, h.highest >= h.next AS is_moved
        FROM ${horizon(sql)} h
        LEFT JOIN LATERAL (
          SELECT e.*, count(*) OVER () AS size, max(e.machine_version) OVER () AS newest,
                 row_number() OVER (ORDER BY e.feed_position, e.checkout_id, e.version) AS nth
            FROM (
              SELECT e.checkout_id, e.version, e.from_state, e.to_state, e.recorded_at, e.feed_position, e.machine_version
                FROM checkout_event e
               WHERE ${isReadable(sql, after)}
               ORDER BY e.feed_position, e.checkout_id, e.version
               LIMIT ${limit}
            ) e
        ) e ON e.nth = e.size OR e.from_state IN ${sql(about)} OR e.to_state IN ${sql(about)}
        LEFT JOIN checkout c USING (checkout_id)
        ORDER BY e.nth`,
    ).pipe(Effect.flatMap((records) => movesOf(about, limit, records)))

const movesOf = (
  about: ReadonlyArray<StatePath>,
  limit: number,
  records: ReadonlyArray<MoveRecord>,
): Effect.Effect<MovesPage, Unavailable> => {
  const last = records.at(-1)
  if (last?.is_moved === true) return Effect.fail(feedIsAhead())
  if (last === undefined || last.checkout_id === null) return Effect.succeed(emptyPage)
  return foldUnlessNewer([{ machineVersion: last.newest }], () => {
    const moves = records.map(moveOf)
    return {
      moves: moves.filter(isAbout(about)),
      reach: moves.at(-1) ?? null,
      isFull: Number(last.size) === limit,
    }
  })
}

const emptyPage: MovesPage = { moves: [], reach: null, isFull: false }

const moveOf = (record: MoveRecord): RecordedMove => ({
  checkoutId: record.checkout_id ?? "",
  version: record.version,
  orderId: record.order_id,
  from: record.from_state,
  to: record.to_state,
  recordedAt: record.recorded_at,
  position: Number(record.feed_position),
})

/** What the feed gives out at this moment ends below this position. */
const horizon = (sql: postgres.Sql) => sql`(
  SELECT feed_position(pg_snapshot_xmin(s)) AS final_below, feed_position(pg_snapshot_xmax(s)) AS next,
         (SELECT coalesce(max(feed_position), 0) FROM checkout_event) AS highest
    FROM pg_current_snapshot() s
)`

/** An event `e` after this place that the horizon `h` lets out. */
const isReadable = (sql: postgres.Sql, after: FeedPlace | null) => {
  const { position, checkoutId, version } = after ?? beginning
  return sql`
    e.feed_position >= ${position} AND e.feed_position < h.final_below
    AND (e.feed_position, e.checkout_id, e.version) > (${position}, ${checkoutId}, ${version})`
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

const pageOf = (records: ReadonlyArray<FeedRecord>): Effect.Effect<FeedPage, Unavailable> =>
  records[0]?.is_moved === true
    ? Effect.fail(feedIsAhead())
    : Effect.succeed({
        events: records.filter((record) => record.order_id !== null).map(eventOf),
        isHeldBack: records[0]?.is_held_back ?? false,
      })

const eventOf = (record: FeedRecord): FeedEvent => ({
  ...rowOf(record),
  orderId: record.order_id ?? "",
  position: Number(record.feed_position),
})
