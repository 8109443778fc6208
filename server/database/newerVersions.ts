/** What a newer release told the database while this one still runs. */

import { Effect } from "effect"
import { machineVersion } from "../../machines/index.ts"
import { Database, query } from "./postgres.ts"

/**
 * Of the machine versions that wrote some rows, those of newer releases that the database knows: their migration comes before
 * their first row, and is never taken back, so it is there for whoever has read the rows. Any other was made up.
 */
export const newerVersions = Effect.fnUntraced(function* (writers: ReadonlyArray<number>) {
  const newer = [...new Set(writers.filter((writer) => writer > machineVersion))]
  if (newer.length === 0) return new Set<number>()
  const sql = yield* Database
  const known = yield* query(
    () => sql<Array<{ version: number }>>`
      SELECT DISTINCT machine_version AS version FROM legal_move WHERE machine_version IN ${sql(newer)}`,
  )
  return new Set(known.map(({ version }) => version))
})
