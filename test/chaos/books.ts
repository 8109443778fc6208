/** Both sides' books as they are, read by straight SQL and the bank's own words; no code of the server is asked. */

import postgres from "postgres"
import { type StatePath, states } from "../../machines/index.ts"
import type { EventRow, Json } from "../../server/log/chain.ts"
import type { Bank, LedgerLine, PaymentLine } from "./bank.ts"
import type { Answers } from "./shop.ts"

/** The row of a checkout. */
export interface CheckoutRow {
  readonly checkoutId: string
  readonly orderId: string
  readonly payToken: string | null
  readonly payer: string
  readonly state: string
  readonly version: number
  readonly amount: number
  readonly hash: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly isDue: boolean
}

export interface Books {
  readonly ledger: ReadonlyArray<LedgerLine>
  readonly payments: ReadonlyArray<PaymentLine>
  readonly checkouts: ReadonlyArray<CheckoutRow>
  /** By checkout, oldest first. */
  readonly histories: ReadonlyMap<string, ReadonlyArray<EventRow>>
  readonly answers: Answers
}

export const readBooks = async (databaseUrl: string, bank: Bank, answers: Answers): Promise<Books> => {
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    const events = await sql<ReadonlyArray<EventRecord>>`
      SELECT checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
             encode(prev_hash, 'hex') AS prev_hash, encode(hash, 'hex') AS hash
        FROM checkout_event ORDER BY checkout_id, version`
    const rows = await sql<ReadonlyArray<CheckoutRecord>>`
      SELECT checkout_id, order_id, pay_token, payer, state || '.' || substate AS state, version, amount,
             encode(hash, 'hex') AS hash, created_at, updated_at, due_at IS NOT NULL AS is_due
        FROM checkout ORDER BY checkout_id`
    return {
      ledger: await bank.ledger(),
      payments: await bank.payments(),
      checkouts: rows.map(checkoutOf),
      histories: Map.groupBy(events.map(eventOf), ({ checkoutId }) => checkoutId),
      answers,
    }
  } finally {
    await sql.end()
  }
}

/** How many checkouts somebody still has to move: the buyer's time is not over, or the server's work is not. */
export const countUnfinished = async (sql: postgres.Sql): Promise<number> => {
  const [row] = await sql<ReadonlyArray<{ count: number }>>`
    SELECT count(*)::int AS count FROM checkout WHERE state || '.' || substate NOT IN ${sql(finished)}`
  return row?.count ?? 0
}

const finished = Object.entries(states).flatMap(([path, { owner }]) =>
  owner === "nobody" || owner === "person" ? [path] : [],
)

interface EventRecord {
  readonly checkout_id: string
  readonly version: number
  readonly type: EventRow["type"]
  readonly from_state: StatePath | null
  readonly to_state: StatePath
  readonly data: Json
  readonly machine_version: number
  readonly recorded_at: Date
  readonly prev_hash: string | null
  readonly hash: string
}

interface CheckoutRecord {
  readonly checkout_id: string
  readonly order_id: string
  readonly pay_token: string | null
  readonly payer: string
  readonly state: string
  readonly version: number
  readonly amount: number
  readonly hash: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly is_due: boolean
}

const eventOf = (record: EventRecord): EventRow => ({
  checkoutId: record.checkout_id,
  version: record.version,
  type: record.type,
  from: record.from_state,
  to: record.to_state,
  data: record.data,
  machineVersion: record.machine_version,
  recordedAt: record.recorded_at.toISOString(),
  prevHash: record.prev_hash,
  hash: record.hash,
})

const checkoutOf = (record: CheckoutRecord): CheckoutRow => ({
  checkoutId: record.checkout_id,
  orderId: record.order_id,
  payToken: record.pay_token,
  payer: record.payer,
  state: record.state,
  version: record.version,
  amount: record.amount,
  hash: record.hash,
  createdAt: record.created_at.toISOString(),
  updatedAt: record.updated_at.toISOString(),
  isDue: record.is_due,
})
