/**
 * That an event was sealed, in a form that can be checked without the database: its leaf, the checkpoint that sealed it,
 * and the audit path between the two (docs/event-log.md has the recipe).
 */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"
import { type Kept, rowKeyOf, treeOf } from "./checkpoint.ts"
import { checkpointAt, entriesAt } from "./checkpointStore.ts"
import { emptyTree, type Hash, inclusionProof, leafHash, rootByProof } from "./merkle.ts"

export interface SealProof {
  readonly checkoutId: string
  readonly version: number
  /** The row's hash. */
  readonly hash: string
  /** Its place among all that is sealed, from 0. */
  readonly index: number
  /** The audit path of RFC 6962, from the leaf up. */
  readonly path: ReadonlyArray<Hash>
  /** The path leads from the leaf to the checkpoint's root. Whether the checkpoint is genuine is another question. */
  readonly holds: boolean
  /** The checkpoint that sealed it; those after it are chained to it by their `prevHash`. */
  readonly checkpoint: Omit<Kept, "peaks">
}

/**
 * The proof for one event, `null` while it is not sealed. Costs one look at what its checkpoint sealed (3.4 MB at most),
 * however long the log is. For an order's bundle: one proof for each of its events.
 */
export const proofOf = Effect.fn("proofOf")(function* (checkoutId: string, version: number) {
  const sql = yield* Database
  const [row] = yield* query(
    () => sql<Array<{ hash: string; number: number | null }>>`
      SELECT encode(e.hash, 'hex') AS hash,
             (SELECT c.number FROM checkpoint c
               WHERE (c.feed_position, c.checkout_id, c.version) >= (e.feed_position, e.checkout_id, e.version)
               ORDER BY c.number LIMIT 1) AS number
        FROM checkout_event e WHERE e.checkout_id = ${checkoutId} AND e.version = ${version}`,
  )
  if (row === undefined || row.number === null) return null
  const { hash, number } = row
  const kept = yield* query(() => checkpointAt(sql, number))
  const before = yield* query(() => checkpointAt(sql, number - 1))
  const entries = yield* query(() => entriesAt(sql, number, number))
  const nth = entries.findIndex(
    (entry) => rowKeyOf(entry) === rowKey(checkoutId, version) && entry.endsWith(hash),
  )
  if (kept === null || nth < 0) return null
  const leaves = entries.map(leafHash)
  const index = (before?.count ?? 0) + nth
  const path = inclusionProof(before === null ? emptyTree : treeOf(before), leaves, index)
  const { peaks: _, ...checkpoint } = kept
  const holds = rootByProof(leaves[nth] as Hash, index, kept.count, path) === kept.root
  return { checkoutId, version, hash, index, path, holds, checkpoint } satisfies SealProof
})

const rowKey = (checkoutId: string, version: number): string =>
  `${checkoutId.replaceAll("-", "")}${version.toString(16).padStart(8, "0")}`
