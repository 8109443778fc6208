/**
 * The event log in PostgreSQL, as the server sees it (eventLog.ts). Events are written by appendStatement.ts alone, and the feed
 * is read by feedQuery.ts. Whoever audits, verifies or compares the log reads its tables with SQL of their own.
 */

import { Effect, Layer } from "effect"
import { Database, ms, promptQuery } from "../database/postgres.ts"
import type { ClaimTaken, Unavailable, VersionConflict } from "../errors.ts"
import { measuredSend } from "../telemetry/metrics.ts"
import { type AppendFailure, sendAppends } from "./appendStatement.ts"
import { databaseTime } from "./databaseTime.ts"
import {
  type Append,
  type Backlog,
  type Due,
  EventLog,
  fold,
  foldUnlessNewer,
  type HeldClaim,
  type HeldUp,
  type Recorded,
} from "./eventLog.ts"
import { readFeed, readFeedEnd, readHeldBack, readMoves } from "./feedQuery.ts"
import { groupCommit } from "./groupCommit.ts"
import { checkoutNamed } from "./names.ts"
import { paceOf, paceOfQuestions } from "./pace.ts"
import { type EventRecord, eventColumns, groupRows, rowOf } from "./records.ts"

const make = Effect.gen(function* () {
  const sql = yield* Database
  const now = yield* databaseTime(sql)
  const measure = yield* measuredSend
  const commits = groupCommit<Append, AppendFailure>({
    send: measure((batch: ReadonlyArray<Append>) => sendAppends(sql, batch)),
    streamOf: (append) => append.recorded.checkout.checkoutId,
  })

  const append = (append: Append) =>
    Effect.callback<void, VersionConflict | ClaimTaken | Unavailable>((resume) => {
      commits.submit(append, (failure) => {
        if (failure === null) resume(Effect.void)
        else resume(failure._tag === "Defect" ? Effect.die(failure.cause) : Effect.fail(failure))
      })
    })

  const rows = (checkoutId: string) =>
    promptQuery(
      () =>
        sql<
          Array<EventRecord>
        >`${eventColumns(sql)} FROM checkout_event e WHERE checkout_id = ${checkoutId} ORDER BY version`,
    )

  return EventLog.of({
    append,
    history: (checkoutId) => Effect.map(rows(checkoutId), (found) => found.map(rowOf)),
    find: ({ by, value }) =>
      Effect.flatMap(
        promptQuery(
          () => sql<Array<EventRecord>>`
            ${eventColumns(sql)}
            FROM (${checkoutNamed(sql, by, value)}) c
            CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id ORDER BY version) e
            ORDER BY version`,
        ),
        (found) => {
          const rows = found.map(rowOf)
          return foldUnlessNewer(rows, () => fold(found[0]?.checkout_id ?? "", rows))
        },
      ),
    feed: readFeed(sql),
    movesAbout: readMoves(sql),
    feedEnd: readFeedEnd(sql),
    ofPayer: (payer, limit, after) =>
      Effect.flatMap(
        promptQuery(
          () => sql<Array<EventRecord>>`
            ${eventColumns(sql)}
            FROM (
              SELECT checkout_id, created_at FROM checkout
               WHERE payer = ${payer}
                 AND (${after === null} OR (created_at, checkout_id) < (${after?.createdAt ?? nowhere}, ${after?.checkoutId ?? nobody}))
               ORDER BY created_at DESC, checkout_id DESC LIMIT ${limit}
            ) c
            CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id) e
            ORDER BY c.created_at DESC, c.checkout_id DESC, version`,
        ),
        foldEach,
      ),
    claimHolder: (payer, kind, value) =>
      Effect.map(
        promptQuery(
          () => sql<Array<HeldClaim>>`
            SELECT checkout_id AS "checkoutId", fingerprint FROM checkout_claim
             WHERE payer = ${payer} AND kind = ${kind} AND value = ${value}`,
        ),
        ([holder]) => holder ?? null,
      ),
    addClaim: (payer, { kind, value, fingerprint }, checkoutId) =>
      Effect.asVoid(
        promptQuery(
          () => sql`
            INSERT INTO checkout_claim (payer, kind, value, fingerprint, checkout_id)
            VALUES (${payer}, ${kind}, ${value}, ${fingerprint}, ${checkoutId})
            ON CONFLICT (payer, kind, value) DO NOTHING`,
        ),
      ),
    releaseClaim: (payer, kind, value, checkoutId) =>
      Effect.asVoid(
        promptQuery(
          () => sql`
            DELETE FROM checkout_claim
             WHERE payer = ${payer} AND kind = ${kind} AND value = ${value} AND checkout_id = ${checkoutId}`,
        ),
      ),
    takeDue: ({ limit, holdMs, perMinute }) => {
      const { spacingMs, aheadMs } = paceOf(perMinute)
      return promptQuery(
        () => sql<Array<Due>>`
          SELECT checkout_id AS "checkoutId", version
            FROM take_due(${limit}, ${ms(sql, holdMs)}, ${ms(sql, spacingMs)}, ${ms(sql, aheadMs)})`,
      )
    },
    takeIfDue: (checkoutId, { holdMs, perMinute }) => {
      const { spacingMs, aheadMs } = paceOf(perMinute)
      return Effect.map(
        promptQuery(
          () => sql<Array<Due>>`
            SELECT checkout_id AS "checkoutId", version
              FROM take_if_due(${checkoutId}, ${ms(sql, holdMs)}, ${ms(sql, spacingMs)}, ${ms(sql, aheadMs)})`,
        ),
        ([taken]) => taken ?? null,
      )
    },
    takeTurns: (most, perMinute) => {
      const { spacingMs, aheadMs } = paceOfQuestions(perMinute)
      return Effect.map(
        promptQuery(
          () => sql<[{ taken: number }]>`
            SELECT take_turns(${most}, ${ms(sql, spacingMs)}, ${ms(sql, aheadMs)}) AS taken`,
        ),
        ([{ taken }]) => taken,
      )
    },
    now,
    unfinishedIn: (paths, limit) =>
      Effect.flatMap(
        promptQuery(
          () => sql<Array<EventRecord>>`
            ${eventColumns(sql)}
            FROM (
              SELECT checkout_id, updated_at FROM checkout
               WHERE due_at IS NOT NULL AND state || '.' || substate IN ${sql(paths)}
               ORDER BY updated_at, checkout_id LIMIT ${limit}
            ) c
            CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id) e
            ORDER BY c.updated_at, c.checkout_id, version`,
        ),
        foldEach,
      ),
    heldUp: (paths, forMs) =>
      promptQuery(
        () => sql<Array<HeldUp>>`
          SELECT c.checkout_id AS "checkoutId", c.order_id AS "orderId", c.amount,
                 c.state || '.' || c.substate AS state, e.version, e.recorded_at AS since
            FROM checkout c
            CROSS JOIN LATERAL (
              SELECT version, recorded_at FROM checkout_event
               WHERE checkout_id = c.checkout_id
                 AND to_state IN ${sql(paths)} AND (from_state IN ${sql(paths)}) IS NOT TRUE
               ORDER BY version DESC LIMIT 1
            ) e
           WHERE c.due_at IS NOT NULL AND c.state || '.' || c.substate IN ${sql(paths)}
             AND e.recorded_at <= clock_timestamp() - ${ms(sql, forMs)}
           ORDER BY e.recorded_at, c.checkout_id`,
      ),
    backlog: Effect.map(
      promptQuery(
        () => sql<Array<Backlog>>`
          SELECT count(*)::integer AS unfinished,
                 (count(*) FILTER (WHERE due_at <= clock_timestamp()))::integer AS due,
                 min(created_at) AS "oldestSince"
            FROM checkout WHERE due_at IS NOT NULL`,
      ),
      ([backlog]) => backlog ?? { unfinished: 0, due: 0, oldestSince: null },
    ),
    heldBackSince: readHeldBack(sql),
  })
})

export const postgresEventLog = Layer.effect(EventLog, make)

/** Folds rows of several checkouts that come one checkout after the other. */
const foldEach = (
  records: ReadonlyArray<EventRecord>,
): Effect.Effect<ReadonlyArray<Recorded>, Unavailable> => {
  const groups = groupRows(records)
  return foldUnlessNewer(
    groups.flatMap(({ rows }) => rows),
    () => groups.flatMap(({ record, rows }) => fold(record.checkout_id, rows) ?? []),
  )
}

/** Stand in for the cursor where there is none; the query does not look at them then. */
const nowhere = "1970-01-01T00:00:00.000Z"
const nobody = "00000000-0000-0000-0000-000000000000"
