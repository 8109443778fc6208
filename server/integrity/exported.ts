/**
 * Checkpoints outside the database: one JSON object a line, in a file that whoever owns the database cannot reach. With
 * it, a log that was cut off together with its checkpoints is found too.
 */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"
import { type Entry, forgeryOf, type Kept } from "./checkpoint.ts"
import { checkpointsAfter, entriesAt } from "./checkpointStore.ts"
import type { CheckpointKeys } from "./keys.ts"

export interface ExportedCheckpoint extends Kept {
  /** What it added to the one before, if that was exported too: then the rows that are gone can be named. */
  readonly entries?: ReadonlyArray<Entry>
}

/** Hands over each checkpoint as a line. Returns how many there are, and how many events they seal. */
export const exportCheckpoints = Effect.fn("exportCheckpoints")(function* (
  withEntries: boolean,
  write: (line: string) => void,
) {
  const sql = yield* Database
  let [checkpoints, events] = [0, 0]
  while (true) {
    const page = yield* query(() => checkpointsAfter(sql, checkpoints, withEntries ? 10 : 1_000))
    for (const kept of page) {
      const { number } = kept
      const entries = withEntries ? yield* query(() => entriesAt(sql, number, number)) : null
      write(JSON.stringify(entries === null ? kept : { ...kept, entries }))
      checkpoints = number
      events = kept.count
    }
    if (page.length === 0) return { checkpoints, events }
  }
})

/** The checkpoints of a file, by number. Throws with what is wrong with a line that is no checkpoint of ours. */
export const readExported = (
  text: string,
  keys: CheckpointKeys["Service"],
): ReadonlyMap<number, ExportedCheckpoint> =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line, nth) => {
        const checkpoint = readLine(line)
        if (checkpoint === null || forgeryOf(checkpoint, keys) !== null) {
          throw new RangeError(`line ${nth + 1} is not a checkpoint that one of our keys signed`)
        }
        return [checkpoint.number, checkpoint]
      }),
  )

const readLine = (line: string): ExportedCheckpoint | null => {
  try {
    const checkpoint = JSON.parse(line)
    return Array.isArray(checkpoint.peaks) && typeof checkpoint.place === "object" ? checkpoint : null
  } catch {
    return null
  }
}
