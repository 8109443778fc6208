/** Names the rows in which the log differs from what a checkpoint sealed. */

import type postgres from "postgres"
import { type Entry, rowKeyOf, rowOfEntry } from "./checkpoint.ts"
import { type FindingKind, type Findings, rowFinding } from "./finding.ts"

/** `sealed` is what the checkpoint vouches for, `found` is what stands in its place in the log; both in their order. */
export const nameDifferences = async (
  sql: postgres.Sql,
  checkpoint: number,
  sealed: ReadonlyArray<Entry>,
  found: ReadonlyArray<Entry>,
  findings: Findings,
): Promise<void> => {
  const name = (kind: FindingKind, entry: Entry, words: string) => {
    const { checkoutId, version } = rowOfEntry(entry)
    findings.add({ ...rowFinding(kind, checkoutId, version, words), checkpoint })
  }
  const foundBy = new Map(found.map((entry) => [rowKeyOf(entry), entry]))
  const sealedBy = new Set(sealed.map(rowKeyOf))

  for (const entry of sealed) {
    const now = foundBy.get(rowKeyOf(entry))
    if (now === undefined) {
      const isElsewhere = await isInLog(sql, entry)
      name(
        isElsewhere ? "reordered" : "removed",
        entry,
        isElsewhere
          ? `checkpoint ${checkpoint} sealed the row elsewhere in the feed`
          : `checkpoint ${checkpoint} sealed the row, and it is missing`,
      )
    } else if (now !== entry) {
      name("rewritten", entry, `checkpoint ${checkpoint} sealed another row in its place`)
    }
  }
  for (const entry of found) {
    if (!sealedBy.has(rowKeyOf(entry))) {
      name(
        "inserted",
        entry,
        `checkpoint ${checkpoint} did not seal the row, and it stands among what it sealed`,
      )
    }
  }

  // What both have, in both orders: where they part, rows changed places.
  const kept = sealed.map(rowKeyOf).filter((key) => foundBy.has(key))
  const now = found.map(rowKeyOf).filter((key) => sealedBy.has(key))
  for (const [nth, key] of now.entries()) {
    if (kept[nth] !== key)
      name("reordered", key, `checkpoint ${checkpoint} sealed the row elsewhere in the feed`)
  }
}

const isInLog = async (sql: postgres.Sql, entry: Entry): Promise<boolean> => {
  const { checkoutId, version } = rowOfEntry(entry)
  const rows = await sql`
    SELECT 1 FROM checkout_event WHERE checkout_id = ${checkoutId} AND version = ${version}`
  return rows.length > 0
}
