/** The event log in PostgreSQL: the only SQL that touches the log and what is derived from it. */

import { Effect, Layer } from "effect"
import type postgres from "postgres"
import { stateName } from "../../machines/index.ts"
import { Database, query } from "../database/postgres.ts"
import { classify } from "../database/sqlstate.ts"
import { ClaimTaken, type Unavailable, VersionConflict } from "../errors.ts"
import type { EventRow, Json } from "./chain.ts"
import { type Append, EventLog, fold, type HeldClaim, type Recorded } from "./eventLog.ts"
import { groupCommit } from "./groupCommit.ts"

type AppendFailure =
  | VersionConflict
  | ClaimTaken
  | Unavailable
  | { readonly _tag: "Defect"; readonly cause: unknown }

const make = Effect.gen(function* () {
  const sql = yield* Database
  const commits = groupCommit<Append, AppendFailure>({
    send: (batch) => send(sql, batch),
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
    query(
      () =>
        sql<
          Array<EventRecord>
        >`${eventColumns(sql)} FROM checkout_event e WHERE checkout_id = ${checkoutId} ORDER BY version`,
    )

  return EventLog.of({
    append,
    history: (checkoutId) => Effect.map(rows(checkoutId), (found) => found.map(rowOf)),
    find: ({ by, value }) =>
      Effect.map(
        query(
          () => sql<Array<EventRecord>>`
            ${eventColumns(sql)}
            FROM (SELECT checkout_id FROM checkout WHERE ${sql(columns[by])} = ${value}) c
            CROSS JOIN LATERAL (SELECT * FROM checkout_event WHERE checkout_id = c.checkout_id ORDER BY version) e
            ORDER BY version`,
        ),
        (found) => fold(found[0]?.checkout_id ?? "", found.map(rowOf)),
      ),
    ofPayer: (payer, limit, after) =>
      Effect.map(
        query(
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
        query(
          () => sql<Array<HeldClaim>>`
            SELECT checkout_id AS "checkoutId", fingerprint FROM checkout_claim
             WHERE payer = ${payer} AND kind = ${kind} AND value = ${value}`,
        ),
        ([holder]) => holder ?? null,
      ),
    releaseClaim: (payer, kind, value, checkoutId) =>
      Effect.asVoid(
        query(
          () => sql`
            DELETE FROM checkout_claim
             WHERE payer = ${payer} AND kind = ${kind} AND value = ${value} AND checkout_id = ${checkoutId}`,
        ),
      ),
    takeDue: (limit, holdMs) =>
      query(
        () => sql<Array<{ checkoutId: string; version: number }>>`
          UPDATE checkout c SET due_at = clock_timestamp() + ${holdMs}::float8 * interval '1 millisecond'
            FROM (
              SELECT checkout_id FROM checkout WHERE due_at <= clock_timestamp()
               ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
            ) d
           WHERE c.checkout_id = d.checkout_id
          RETURNING c.checkout_id AS "checkoutId", c.version`,
      ),
    takeIfDue: (checkoutId, holdMs) =>
      Effect.map(
        query(
          () => sql<Array<{ checkoutId: string; version: number }>>`
            UPDATE checkout SET due_at = clock_timestamp() + ${holdMs}::float8 * interval '1 millisecond'
             WHERE checkout_id = ${checkoutId} AND due_at <= clock_timestamp()
            RETURNING checkout_id AS "checkoutId", version`,
        ),
        ([taken]) => taken ?? null,
      ),
  })
})

export const postgresEventLog = Layer.effect(EventLog, make)

/** Writes a batch in one statement. If one append spoils the statement, each is tried alone, so only that one fails. */
const send = async (
  sql: postgres.Sql,
  batch: ReadonlyArray<Append>,
): Promise<ReadonlyArray<AppendFailure | null>> => {
  try {
    const written = new Set((await write(sql, batch)).map((row) => row.checkout_id))
    return batch.map(({ recorded: { checkout }, expectedVersion }) =>
      written.has(checkout.checkoutId)
        ? null
        : new VersionConflict({ checkoutId: checkout.checkoutId, expectedVersion }),
    )
  } catch (cause) {
    const failure = classify(cause)
    if (failure.kind === "away") return batch.map(() => failure.error)
    const [alone] = batch
    if (batch.length > 1 || alone === undefined) {
      return (await Promise.all(batch.map((append) => send(sql, [append])))).flat()
    }
    const { checkoutId } = alone.recorded.checkout
    return [
      failure.constraint === "checkout_claim_unique"
        ? new ClaimTaken({ checkoutId })
        : failure.constraint === "checkout_pkey" || failure.constraint === "checkout_event_pkey"
          ? new VersionConflict({ checkoutId, expectedVersion: alone.expectedVersion })
          : { _tag: "Defect", cause },
    ]
  }
}

/**
 * Each append moves its checkout from the version it expects, or loses; the events of the winners are written, and
 * their checkouts are what comes back. Sorted, so that two batches lock what they share in the same order: by token
 * where tokens are new, because a token is unique too.
 */
const write = (sql: postgres.Sql, batch: ReadonlyArray<Append>) => sql<Array<{ checkout_id: string }>>`
  WITH append AS MATERIALIZED (
    SELECT * FROM json_to_recordset(${JSON.stringify([...batch].sort(lockOrder).map(appendRecord))}::text::json) AS a (
      checkout_id uuid, expected integer, order_id text, pay_token text, payer text, state text, substate text,
      version integer, amount integer, hash text, created_at timestamptz, updated_at timestamptz, due_ms float8,
      claims json, events json
    )
  ), opened AS (
    INSERT INTO checkout (checkout_id, order_id, pay_token, payer, state, substate, version, amount, hash,
                          created_at, updated_at, due_at)
    SELECT checkout_id, order_id, pay_token, payer, state, substate, version, amount, decode(hash, 'hex'),
           created_at, updated_at, clock_timestamp() + due_ms * interval '1 millisecond'
      FROM append WHERE expected = 0
    RETURNING checkout_id
  ), claimed AS (
    INSERT INTO checkout_claim (payer, kind, value, fingerprint, checkout_id)
    SELECT a.payer, c.kind, c.value, c.fingerprint, a.checkout_id
      FROM append a, json_to_recordset(a.claims) AS c (kind text, value text, fingerprint text)
  ), moved AS (
    UPDATE checkout c
       SET pay_token = a.pay_token, state = a.state, substate = a.substate, version = a.version,
           hash = decode(a.hash, 'hex'), updated_at = a.updated_at,
           due_at = clock_timestamp() + a.due_ms * interval '1 millisecond'
      FROM append a
     WHERE a.expected > 0 AND c.checkout_id = a.checkout_id AND c.version = a.expected
    RETURNING c.checkout_id
  ), winner AS (
    SELECT checkout_id FROM opened UNION ALL SELECT checkout_id FROM moved
  ), logged AS (
    INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
                                prev_hash, hash)
    SELECT w.checkout_id, e.version, e.type, e.from_state, e.to_state, e.data, e.machine_version, e.recorded_at,
           decode(e.prev_hash, 'hex'), decode(e.hash, 'hex')
      FROM winner w JOIN append a USING (checkout_id),
           json_to_recordset(a.events) AS e (version integer, type text, from_state text, to_state text, data jsonb,
             machine_version smallint, recorded_at timestamptz, prev_hash text, hash text)
     ORDER BY w.checkout_id, e.version
  )
  SELECT checkout_id FROM winner`

const lockOrder = (a: Append, b: Append): number => (lockKey(a) < lockKey(b) ? -1 : 1)

const lockKey = ({ recorded: { checkout } }: Append): string =>
  `${checkout.context.payToken ?? ""} ${checkout.checkoutId}`

const appendRecord = ({
  recorded: { checkout, hash },
  rows,
  claims,
  expectedVersion,
  dueAfterMs,
}: Append) => {
  const { order, payToken, openedAt, updatedAt } = checkout.context
  return {
    checkout_id: checkout.checkoutId,
    expected: expectedVersion,
    order_id: order.orderId,
    pay_token: payToken,
    payer: order.payer,
    state: stateName(checkout.state),
    substate: checkout.state.slice(checkout.state.indexOf(".") + 1),
    version: checkout.version,
    amount: order.amount,
    hash,
    created_at: openedAt,
    updated_at: updatedAt,
    due_ms: dueAfterMs,
    claims: claims.map(({ kind, value, fingerprint }) => ({ kind, value, fingerprint })),
    events: rows.map((row) => ({
      version: row.version,
      type: row.type,
      from_state: row.from,
      to_state: row.to,
      data: row.data,
      machine_version: row.machineVersion,
      recorded_at: row.recordedAt,
      prev_hash: row.prevHash,
      hash: row.hash,
    })),
  }
}

interface EventRecord {
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

const eventColumns = (sql: postgres.Sql) => sql`
  SELECT e.checkout_id, e.version, e.type, e.from_state, e.to_state, e.data, e.machine_version, e.recorded_at,
         encode(e.prev_hash, 'hex') AS prev_hash, encode(e.hash, 'hex') AS hash`

const rowOf = (record: EventRecord): EventRow => ({
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

/** Folds rows of several checkouts that come one checkout after the other. */
const foldEach = (records: ReadonlyArray<EventRecord>): ReadonlyArray<Recorded> => {
  const groups = new Map<string, Array<EventRow>>()
  for (const record of records) {
    const rows = groups.get(record.checkout_id) ?? []
    rows.push(rowOf(record))
    groups.set(record.checkout_id, rows)
  }
  return [...groups].flatMap(([checkoutId, rows]) => fold(checkoutId, rows) ?? [])
}

const columns = { checkoutId: "checkout_id", orderId: "order_id", payToken: "pay_token" } as const

/** Stand in for the cursor where there is none; the query does not look at them then. */
const nowhere = "1970-01-01T00:00:00.000Z"
const nobody = "00000000-0000-0000-0000-000000000000"
