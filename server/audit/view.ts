/** A checkout as the back office sees it: the order view, and what a buyer is not told. */

import type postgres from "postgres"
import {
  isStatePath,
  type Mode,
  type OrderView,
  orderView,
  type StateName,
  type StatePath,
  stateInfo,
} from "../../machines/index.ts"
import type { EventRow } from "../log/chain.ts"
import { BrokenHistory, fold } from "../log/eventLog.ts"
import { onOneLine } from "../text.ts"

export interface AuditView extends OrderView {
  readonly checkoutId: string
  readonly version: number
  readonly mode: Mode | null
  /** The payer's fingerprint. */
  readonly payer: string
  readonly payToken: string | null
  /** Who moves it on. */
  readonly owner: "buyer" | "server" | "person" | "nobody"
  /** When its timer runs out, by the database's clock; `null` if none is running. */
  readonly dueAt: string | null
  /** The hash of its last row. */
  readonly hash: string
  /** Where the rows are first seen not to be what the machine wrote. Where they do not fold, what follows from them is missing. */
  readonly broken: Broken | null
  /** The first row that a newer release wrote. What follows from the rows is missing then: only that release can read them. */
  readonly newer: Newer | null
}

export interface Broken {
  readonly version: number
  readonly why: string
}

export interface Newer {
  readonly version: number
  readonly machineVersion: number
}

export const newerWords = ({ version, machineVersion }: Newer): string =>
  `A NEWER RELEASE WROTE version ${version} and what follows (machine version ${machineVersion}): it says more of this order`

export const brokenWords = ({ version, why }: Broken): string =>
  onOneLine(`THE HISTORY IS BROKEN at version ${version}: ${why}`)

/** The row of a checkout, as the beginning of its view. */
export interface CheckoutRecord {
  readonly order_id: string
  readonly pay_token: string | null
  readonly payer: string
  readonly state: StateName
  readonly substate: string
  readonly current_version: number
  readonly amount: number
  readonly created_at: string
  readonly updated_at: string
  readonly due_at: string | null
  readonly current_hash: string
}

/** The columns of a checkout, with `c` as the table. */
export const checkoutColumns = (sql: postgres.Sql) => sql`
  c.order_id, c.pay_token, c.payer, c.state, c.substate, c.version AS current_version, c.amount, c.created_at,
  c.updated_at, c.due_at, encode(c.hash, 'hex') AS current_hash`

/**
 * A history that was tampered with does not hide the checkout: its row is shown, and what is wrong. Nor does one that a newer
 * release has written to (`newerVersions`: the versions of such machines).
 */
export const auditView = (
  record: CheckoutRecord,
  rows: ReadonlyArray<EventRow>,
  newerVersions: ReadonlySet<number>,
): AuditView => {
  const at = `${record.state}.${record.substate}` as StatePath
  const newer = rows.find((row) => newerVersions.has(row.machineVersion)) ?? null
  const known = newer === null ? folded(rows[0]?.checkoutId ?? "", rows) : null
  const isFolded = known !== null && !(known instanceof BrokenHistory)
  return {
    ...(isFolded ? known.view : bareView(record, at)),
    checkoutId: rows[0]?.checkoutId ?? "",
    version: record.current_version,
    mode: isFolded ? known.mode : null,
    payer: record.payer,
    payToken: record.pay_token,
    // Only a newer server can have led it into a state that there is not here.
    owner: isStatePath(at) ? stateInfo(at).owner : "server",
    dueAt: record.due_at,
    hash: record.current_hash,
    broken: known instanceof BrokenHistory ? { version: known.version, why: known.why } : null,
    newer: newer === null ? null : { version: newer.version, machineVersion: newer.machineVersion },
  }
}

const folded = (checkoutId: string, rows: ReadonlyArray<EventRow>) => {
  try {
    const recorded = fold(checkoutId, rows)
    if (recorded === null) return new BrokenHistory({ checkoutId, version: 0, why: "there are no rows" })
    return { view: orderView(recorded.checkout), mode: recorded.checkout.context.order.mode }
  } catch (broken) {
    if (broken instanceof BrokenHistory) return broken
    // The machine trusts what a fact holds; whoever touches the database need not keep to it.
    const why = "a row does not hold what its fact needs"
    return new BrokenHistory({ checkoutId, version: rows.at(-1)?.version ?? 0, why })
  }
}

const bareView = (record: CheckoutRecord, at: StatePath): OrderView => ({
  orderId: record.order_id,
  state: record.state,
  at,
  amount: record.amount,
  currency: "KRW",
  items: [],
  createdAt: record.created_at,
  updatedAt: record.updated_at,
  actions: [],
  safeToRetry: false,
  refund: null,
})
