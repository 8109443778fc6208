/** Rows that stand in the feed where no transaction of this database cluster has been yet. They stop it for everybody. */

import type postgres from "postgres"
import type { Kept } from "./checkpoint.ts"
import { type Findings, mostKept, rowFinding } from "./finding.ts"

/**
 * A log that was moved to another cluster and not migrated yet stands there honestly, and its last checkpoint too, which nobody
 * can sign in advance. Where nothing is sealed, nothing tells the two apart.
 */
export const lookForMisplaced = async (
  sql: postgres.Sql,
  sealed: Kept | null,
  findings: Findings,
): Promise<void> => {
  if (sealed === null) return
  const rows = await sql<Array<{ checkoutId: string; version: number }>>`
    SELECT e.checkout_id AS "checkoutId", e.version
      FROM (SELECT feed_position(pg_snapshot_xmax(pg_current_snapshot())) AS next) now
      JOIN checkout_event e ON e.feed_position >= now.next
     WHERE now.next > ${sealed.place.position}
     ORDER BY e.feed_position, e.checkout_id, e.version LIMIT ${mostKept}`
  for (const { checkoutId, version } of rows) {
    findings.add(
      rowFinding(
        "inserted",
        checkoutId,
        version,
        "no transaction wrote the row: its place in the feed lies ahead",
      ),
    )
  }
}
