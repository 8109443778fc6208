/** The statement that writes the log: many appends at once, each with its own version check and its own answer. */

import type postgres from "postgres"
import { stateName } from "../../machines/index.ts"
import { answeredInTime } from "../database/postgres.ts"
import { classify } from "../database/sqlstate.ts"
import { ClaimTaken, type Unavailable, VersionConflict } from "../errors.ts"
import type { Append } from "./eventLog.ts"

/** Why an append was not written. A defect is a rule broken that no honest append breaks. */
export type AppendFailure =
  | VersionConflict
  | ClaimTaken
  | Unavailable
  | { readonly _tag: "Defect"; readonly cause: unknown }

/** Writes a batch in one statement. If one append spoils the statement, each is tried alone, so only that one fails. */
export const sendAppends = async (
  sql: postgres.Sql,
  batch: ReadonlyArray<Append>,
): Promise<ReadonlyArray<AppendFailure | null>> => {
  try {
    const written = new Set((await answeredInTime(write(sql, batch))).map((row) => row.checkout_id))
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
      return (await Promise.all(batch.map((append) => sendAppends(sql, [append])))).flat()
    }
    const { checkoutId } = alone.recorded.checkout
    return [
      failure.constraint === "checkout_claim_unique"
        ? new ClaimTaken({ checkoutId })
        : { _tag: "Defect", cause },
    ]
  }
}

/**
 * Each append moves its checkout from the version it expects, or loses; the events of the winners are written, and
 * their checkouts are what comes back. An upsert, also where the checkout is known to be there: it always goes by the
 * primary key, while an UPDATE with a join may keep a plan from when the table was empty and read all of it. Sorted, so
 * that two batches lock what they share in the same order: by token where tokens are new, because a token is unique too, and
 * claims by what they claim.
 */
const write = (sql: postgres.Sql, unsorted: ReadonlyArray<Append>) => {
  const batch = [...unsorted].sort(lockOrder)
  return sql<Array<{ checkout_id: string }>>`
  WITH append AS MATERIALIZED (
    SELECT * FROM json_to_recordset(${JSON.stringify(batch.map(checkoutRecord))}::text::json) AS a (
      checkout_id uuid, expected integer, order_id text, pay_token text, payer text, state text, substate text,
      version integer, amount integer, hash text, created_at timestamptz, updated_at timestamptz, due_ms float8,
      new_pay_token text, claims json
    )
  ), winner AS (
    INSERT INTO checkout AS c (checkout_id, order_id, pay_token, payer, state, substate, version, moved_from, amount,
                               hash, created_at, updated_at, due_at)
    SELECT checkout_id, order_id, pay_token, payer, state, substate, version, expected, amount,
           decode(hash, 'hex'), created_at, updated_at, clock_timestamp() + due_ms * interval '1 millisecond'
      FROM append
    ON CONFLICT (checkout_id) DO UPDATE
       SET pay_token = excluded.pay_token, state = excluded.state, substate = excluded.substate,
           version = excluded.version, moved_from = excluded.moved_from, hash = excluded.hash,
           updated_at = excluded.updated_at, due_at = excluded.due_at
     WHERE c.version = excluded.moved_from
    RETURNING c.checkout_id
  )
  ${batch.some(({ claims }) => claims.length > 0) ? claimed(sql) : sql``}
  ${batch.some(({ newPayToken }) => newPayToken !== null) ? named(sql) : sql``}
  , logged AS (
    INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
                                prev_hash, hash)
    SELECT checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
           decode(prev_hash, 'hex'), decode(hash, 'hex')
      FROM json_to_recordset(${JSON.stringify(batch.flatMap(eventRecords))}::text::json) AS e (
             checkout_id uuid, version integer, type text, from_state text, to_state text, data jsonb,
             machine_version smallint, recorded_at timestamptz, prev_hash text, hash text)
     WHERE checkout_id IN (SELECT checkout_id FROM winner)
  )
  SELECT checkout_id FROM winner`
}

/** Only where a batch claims something: most do not, and a step costs its part even where it has nothing to do. */
const claimed = (sql: postgres.Sql) => sql`
  , claimed AS (
    INSERT INTO checkout_claim (payer, kind, value, fingerprint, checkout_id)
    SELECT a.payer, c.kind, c.value, c.fingerprint, a.checkout_id
      FROM append a, json_to_recordset(a.claims) AS c (kind text, value text, fingerprint text)
     ORDER BY a.payer, c.kind, c.value
  )`

/** Only where a batch holds new tokens. */
const named = (sql: postgres.Sql) => sql`
  , named AS (
    INSERT INTO checkout_pay_token (pay_token, checkout_id)
    SELECT new_pay_token, checkout_id FROM append
     WHERE new_pay_token IS NOT NULL AND checkout_id IN (SELECT checkout_id FROM winner)
  )`

const lockOrder = (a: Append, b: Append): number => (lockKey(a) < lockKey(b) ? -1 : 1)

const lockKey = ({ newPayToken, recorded: { checkout } }: Append): string =>
  `${newPayToken ?? ""} ${checkout.checkoutId}`

const checkoutRecord = ({
  recorded: { checkout, hash },
  claims,
  newPayToken,
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
    new_pay_token: newPayToken,
    claims: claims.map(({ kind, value, fingerprint }) => ({ kind, value, fingerprint })),
  }
}

const eventRecords = ({ recorded: { checkout }, rows }: Append) =>
  rows.map((row) => ({
    checkout_id: checkout.checkoutId,
    version: row.version,
    type: row.type,
    from_state: row.from,
    to_state: row.to,
    data: row.data,
    machine_version: row.machineVersion,
    recorded_at: row.recordedAt,
    prev_hash: row.prevHash,
    hash: row.hash,
  }))
