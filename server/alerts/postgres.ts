/** Alerts in PostgreSQL: the only SQL that touches them. */

import { Effect, Layer } from "effect"
import { Database, query } from "../database/postgres.ts"
import { startOf } from "../subscriptions/place.ts"
import { type Alert, type AlertNews, Alerts } from "./alerts.ts"

const make = Effect.gen(function* () {
  const sql = yield* Database

  const columns = sql`
    alert_id AS "alertId", kind, occurrence, subject, detail, raised_at AS "raisedAt", ended_at AS "endedAt",
    closed_by AS "closedBy", closed_why AS "closedWhy"`

  const over = sql`ended_at = clock_timestamp(), ended_position = feed_position(pg_current_xact_id())`

  return Alerts.of({
    raise: ({ kind, occurrence, subject, detail }) =>
      Effect.map(
        query(
          // Nothing named after ON CONFLICT: this occurrence is known, or another of this subject is open.
          () => sql`
            INSERT INTO alert (kind, occurrence, subject, detail)
            SELECT ${kind}, ${occurrence}, ${subject}, ${detail}
             WHERE NOT EXISTS (
               SELECT FROM alert WHERE kind = ${kind} AND subject = ${subject} AND detail = ${detail} AND closed_why IS NOT NULL)
            ON CONFLICT DO NOTHING RETURNING 1`,
        ),
        ({ length }) => length > 0,
      ),
    end: (kind, occurrence) =>
      Effect.map(
        query(
          () => sql`
            UPDATE alert SET ${over}
             WHERE kind = ${kind} AND occurrence = ${occurrence} AND ended_at IS NULL RETURNING 1`,
        ),
        ({ length }) => length > 0,
      ),
    close: (kind, subject, who, why) =>
      Effect.map(
        query(
          () => sql`
            UPDATE alert SET ${over}, closed_by = ${who}, closed_why = ${why}
             WHERE kind = ${kind} AND subject = ${subject} AND ended_at IS NULL RETURNING 1`,
        ),
        ({ length }) => length > 0,
      ),
    open: query(
      () => sql<Array<Alert>>`SELECT ${columns} FROM alert WHERE ended_at IS NULL ORDER BY raised_at`,
    ),
    latest: (limit) =>
      query(
        () => sql<Array<Alert>>`SELECT ${columns} FROM alert ORDER BY raised_position DESC LIMIT ${limit}`,
      ),
    find: (alertId) =>
      Effect.map(
        query(() => sql<Array<Alert>>`SELECT ${columns} FROM alert WHERE alert_id = ${alertId}`),
        ([alert]) => alert ?? null,
      ),
    // Position and snapshot of one statement, for the same reason as in the feed (log/feedQuery.ts).
    news: (after, limit) => {
      const { position, topic, version } = after ?? startOf(0)
      return Effect.map(
        query(
          () => sql<Array<Omit<AlertNews, "position"> & { position: string }>>`
            SELECT position, topic, version, subject, at
              FROM (
                SELECT raised_position AS position, alert_id AS topic, 1 AS version, subject, raised_at AS at FROM alert
                 WHERE raised_position >= ${position}
                UNION ALL
                SELECT ended_position, alert_id, 2, subject, ended_at FROM alert WHERE ended_position >= ${position}
              ) n
             WHERE position < feed_position(pg_snapshot_xmin(pg_current_snapshot()))
               AND (position, topic, version) > (${position}, ${topic}, ${version})
             ORDER BY position, topic, version LIMIT ${limit}`,
        ),
        (items) => items.map((item) => ({ ...item, position: Number(item.position) })),
      )
    },
    now: Effect.map(
      query(
        () => sql<[{ position: string }]>`
          SELECT feed_position(pg_snapshot_xmin(pg_current_snapshot())) AS position`,
      ),
      ([{ position }]) => startOf(Number(position)),
    ),
  })
})

export const postgresAlerts = Layer.effect(Alerts, make)
