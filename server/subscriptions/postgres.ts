/** The queues in PostgreSQL: the only SQL that touches them. */

import { Effect, Layer } from "effect"
import type postgres from "postgres"
import { Database, ms, query } from "../database/postgres.ts"
import {
  Deliveries,
  type Delivery,
  type DeliveryFilter,
  type Places,
  type SubscriptionStatus,
  type Taken,
} from "./deliveries.ts"
import type { Notice, SourceName } from "./messages.ts"
import type { Place } from "./place.ts"

interface PlaceRecord {
  readonly source: SourceName
  readonly position: string | null
  readonly topic: string
  readonly version: number
}

const make = Effect.gen(function* () {
  const sql = yield* Database
  return Deliveries.of({
    register: (name, places) =>
      Effect.asVoid(
        query(
          () => sql`
            WITH known AS (INSERT INTO subscription (name) VALUES (${name}) ON CONFLICT DO NOTHING RETURNING name)
            INSERT INTO subscription_place (subscription, source, position, topic, version)
            SELECT ${name}, source, position, topic, version
              FROM json_to_recordset(${placeRecords(places)}::text::json)
                   AS p (source text, position bigint, topic uuid, version integer), (SELECT count(*) FROM known) k
            ON CONFLICT DO NOTHING`,
        ),
      ),
    hold: (name, worker, holdMs) =>
      Effect.map(
        query(
          () => sql<Array<PlaceRecord>>`
            WITH held AS (
              UPDATE subscription SET held_by = ${worker}, held_until = clock_timestamp() + ${ms(sql, holdMs)}
               WHERE name = ${name} AND paused_at IS NULL
                 AND (held_by IS NULL OR held_by = ${worker} OR held_until <= clock_timestamp())
              RETURNING name
            )
            SELECT source, position, topic, version FROM held JOIN subscription_place ON subscription = name`,
        ),
        (records) => (records.length === 0 ? null : placesOf(records)),
      ),
    release: (name, worker) =>
      Effect.asVoid(
        query(() => sql`UPDATE subscription SET held_by = NULL WHERE name = ${name} AND held_by = ${worker}`),
      ),
    enqueue: (name, source, from, to, notices) =>
      Effect.asVoid(
        query(
          () => sql`
            WITH moved AS (
              UPDATE subscription_place SET position = ${to.position}, topic = ${to.topic}, version = ${to.version}
               WHERE subscription = ${name} AND source = ${source}
                 AND (position, topic, version) IS NOT DISTINCT FROM
                     (${from?.position ?? null}::bigint, ${from?.topic ?? null}::uuid, ${from?.version ?? null}::integer)
              RETURNING subscription
            )
            INSERT INTO delivery (subscription, topic, version, kind, subject, happened_at)
            SELECT m.subscription, n.* FROM moved m, json_to_recordset(${JSON.stringify(notices.map(noticeRecord))}::text::json)
                AS n (topic uuid, version integer, kind text, subject text, happened_at timestamptz)
            ON CONFLICT DO NOTHING`,
        ),
      ),
    take: (name, worker, limit, holdMs) =>
      query(
        // Of one event, settled is told before refunded and mismatched before resolved: the kinds descend. What is due is looked
        // up once: where PostgreSQL thinks that few wait it would do so again for each that does.
        () => sql<Array<Taken>>`
          WITH due AS MATERIALIZED (
            SELECT q.topic, q.version, q.kind FROM delivery q
             WHERE q.subscription = ${name} AND q.state = 'waiting' AND q.due_at <= clock_timestamp()
               AND EXISTS (
                 SELECT FROM subscription s WHERE s.name = ${name} AND s.held_by = ${worker}
                    AND s.held_until > clock_timestamp() AND s.paused_at IS NULL)
               AND NOT EXISTS (
                 SELECT FROM delivery e WHERE e.subscription = ${name} AND e.topic = q.topic AND e.state = 'waiting'
                    AND (e.version < q.version OR e.version = q.version AND e.kind > q.kind))
             ORDER BY q.due_at LIMIT ${limit}
          )
          UPDATE delivery d
             SET tries = d.tries + 1, try_id = gen_random_uuid(), due_at = clock_timestamp() + ${ms(sql, holdMs)}
            FROM due
           WHERE d.subscription = ${name} AND d.topic = due.topic AND d.version = due.version AND d.kind = due.kind
             AND d.state = 'waiting'
          RETURNING d.subscription, d.topic, d.version, d.kind, d.subject,
                    d.happened_at AS "happenedAt", d.tries, d.try_id AS "tryId"`,
      ),
    delivered: (taken) =>
      Effect.asVoid(
        query(
          () => sql`
            UPDATE delivery SET state = 'delivered', try_id = NULL, error = NULL, changed_at = clock_timestamp()
             WHERE ${isTry(sql, taken)}`,
        ),
      ),
    failed: (taken, error, retryInMs) =>
      Effect.asVoid(
        query(
          // No tries, although one has ended: a retry was ordered meanwhile.
          () => sql`
            UPDATE delivery SET try_id = NULL, error = ${error},
              ${
                retryInMs === null
                  ? sql`state = CASE tries WHEN 0 THEN 'waiting' ELSE 'dead' END,
                        due_at = clock_timestamp(), changed_at = clock_timestamp()`
                  : sql`due_at = clock_timestamp() + CASE tries WHEN 0 THEN interval '0' ELSE ${ms(sql, retryInMs)} END`
              }
             WHERE ${isTry(sql, taken)}`,
        ),
      ),
    pause: (name, why) =>
      Effect.asVoid(
        query(
          () => sql`
            UPDATE subscription SET paused_at = clock_timestamp(), paused_why = ${why}
             WHERE name = ${name} AND paused_at IS NULL`,
        ),
      ),
    resume: (name) =>
      Effect.map(
        query(
          () => sql`
            UPDATE subscription SET paused_at = NULL, paused_why = NULL
             WHERE name = ${name} AND paused_at IS NOT NULL RETURNING 1`,
        ),
        ({ length }) => length > 0,
      ),
    status: query(
      () => sql<Array<SubscriptionStatus>>`
        SELECT s.name AS subscription, s.paused_at AS "pausedAt", s.paused_why AS "pausedWhy",
               w.count AS waiting, w.failing, w.since AS "waitingSince", d.count AS dead, d.since AS "deadSince"
          FROM subscription s,
               LATERAL (SELECT count(*)::integer AS count, count(error)::integer AS failing, min(happened_at) AS since
                          FROM delivery WHERE subscription = s.name AND state = 'waiting') w,
               LATERAL (SELECT count(*)::integer AS count, min(changed_at) AS since FROM delivery
                         WHERE subscription = s.name AND state = 'dead') d
         ORDER BY s.name`,
    ),
    list: (filter, limit, after) =>
      query(
        () => sql<Array<Delivery>>`
          SELECT subscription, topic, version, kind, subject, happened_at AS "happenedAt", state, tries,
                 CASE state WHEN 'waiting' THEN due_at END AS "dueAt", error, changed_at AS "changedAt"
            FROM delivery
           WHERE ${meant(sql, filter)}
             AND ${
               after === null
                 ? sql`true`
                 : sql`(happened_at, topic, version, kind, subscription) <
                       (${after.happenedAt}, ${after.topic}, ${after.version}, ${after.kind}, ${after.subscription})`
             }
           ORDER BY happened_at DESC, topic DESC, version DESC, kind DESC, subscription DESC LIMIT ${limit}`,
      ),
    retry: (filter) =>
      Effect.map(
        query(
          () => sql`
            UPDATE delivery
               SET state = 'waiting', tries = 0, error = NULL, changed_at = clock_timestamp(),
                   due_at = CASE WHEN try_id IS NULL THEN clock_timestamp() ELSE greatest(due_at, clock_timestamp()) END
             WHERE ${meant(sql, filter)}`,
        ),
        ({ count }) => count,
      ),
  })
})

export const postgresDeliveries = Layer.effect(Deliveries, make)

const isTry = (sql: postgres.Sql, { subscription, topic, version, kind, tryId }: Taken) => sql`
  subscription = ${subscription} AND topic = ${topic} AND version = ${version} AND kind = ${kind}
  AND try_id = ${tryId}`

const meant = (
  sql: postgres.Sql,
  { subscription, state, subject, failing, from, to, keys }: DeliveryFilter,
) => sql`
  ${subscription === undefined ? sql`true` : sql`subscription = ${subscription}`}
  AND ${state === undefined ? sql`true` : sql`state = ${state}`}
  AND ${subject === undefined ? sql`true` : sql`subject = ${subject}`}
  AND ${failing === undefined ? sql`true` : sql`state = 'waiting' AND error IS NOT NULL`}
  AND ${from === undefined ? sql`true` : sql`happened_at >= ${from}`}
  AND ${to === undefined ? sql`true` : sql`happened_at < ${to}`}
  AND ${
    keys === undefined
      ? sql`true`
      : sql`(subscription, topic, version, kind) IN (
          SELECT subscription, topic, version, kind FROM json_to_recordset(${JSON.stringify(keys)}::text::json)
              AS k (subscription text, topic uuid, version integer, kind text))`
  }`

const placeRecords = (places: Places): string =>
  JSON.stringify(Object.entries(places).map(([source, place]) => ({ source, ...place })))

const placesOf = (records: ReadonlyArray<PlaceRecord>): Places =>
  Object.fromEntries(records.map((record) => [record.source, placeOf(record)]))

const placeOf = ({ position, topic, version }: PlaceRecord): Place | null =>
  position === null ? null : { position: Number(position), topic, version }

const noticeRecord = ({ topic, version, kind, subject, happenedAt }: Notice) => ({
  topic,
  version,
  kind,
  subject,
  happened_at: happenedAt,
})
