/** A change of the schema beside somebody who reads for long: the log is written on, and the change comes when it may. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type postgres from "postgres"
import { expect } from "vitest"
import { migrateFrom } from "../../server/database/migrate.ts"
import { Database, query } from "../../server/database/postgres.ts"
import { opened } from "../log/eventLogLaws.ts"
import { withLog } from "../support/logged.ts"
import { recordsInPostgres } from "../support/records.ts"

const next = "9000_of_the_next_release.sql"

/** The migrations of a release to come: with one more, that needs the log to itself for a moment. */
const nextRelease = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-migrations-"))
    cpSync(new URL("../../server/database/migrations/", import.meta.url), folder, { recursive: true })
    writeFileSync(join(folder, next), "ALTER TABLE checkout_event ADD COLUMN note text;")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
).pipe(Effect.map((folder) => pathToFileURL(`${folder}/`)))

/** Somebody whose report is not done before `end`. */
const longReader = Effect.gen(function* () {
  const sql = yield* Database
  const reader = yield* Effect.acquireRelease(
    Effect.promise(() => sql.reserve()),
    (reader) => Effect.sync(() => reader.release()),
  )
  const ask = (statement: (reader: postgres.ReservedSql) => Promise<unknown>) =>
    Effect.asVoid(Effect.promise(() => statement(reader)))
  yield* ask((reader) => reader`BEGIN`)
  yield* ask((reader) => reader`SET LOCAL application_name = 'a report'`)
  yield* ask((reader) => reader.unsafe("SELECT count(*), 'of kim' FROM checkout_event"))
  const end = ask((reader) => reader`COMMIT`)
  yield* Effect.addFinalizer(() => end)
  return { end }
})

/** Returns once somebody waits to have the log to themselves. */
const somebodyWaits = Effect.gen(function* () {
  const sql = yield* Database
  const waiting = () => sql`
    SELECT FROM pg_locks
     WHERE relation = 'checkout_event'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted`
  while ((yield* query(waiting)).length === 0);
})

const hasNote = Effect.gen(function* () {
  const sql = yield* Database
  const column = () => sql`
    SELECT FROM pg_attribute WHERE attrelid = 'checkout_event'::regclass AND attname = 'note'`
  return (yield* query(column)).length === 1
})

/** Whoever reads the log for long, by the name of its process alone and with nothing of what it asks for. */
const namesTheReader =
  /the schema cannot be changed while database process \d+ \(a report, SELECT, idle in transaction, for \d+ s\) holds a table/

describe("a change of the schema that needs the log to itself", () => {
  it.live(
    "keeps nobody from writing for longer than it waits for a lock, and is made when the reader is done",
    () =>
      Effect.gen(function* () {
        const folder = yield* nextRelease
        const reader = yield* longReader
        yield* withLog((lines) =>
          Effect.gen(function* () {
            // Two servers that start at once.
            const starts = yield* Effect.forkChild(
              Effect.all([migrateFrom(folder), migrateFrom(folder)], { concurrency: 2 }),
            )
            for (const _ of ["behind the first try", "behind another one"]) {
              yield* somebodyWaits
              // Behind the wait for the lock, and behind no reader: that one stays until we are done.
              yield* opened()
              expect(yield* hasNote).toBe(false)
            }
            yield* reader.end
            const applied = yield* Fiber.join(starts)
            expect(applied.flat()).toEqual([next])
            expect(yield* hasNote).toBe(true)
            const said = lines.filter((line) => namesTheReader.test(line))
            // Each of the two at most once; one of them may have come when the reader was done.
            expect([1, 2]).toContain(said.length)
            expect(lines.join()).not.toContain("of kim")
          }),
        )
      }).pipe(Effect.scoped, Effect.provide(recordsInPostgres)),
  )

  it.live("is given up after a while, and says who was in the way", () =>
    Effect.gen(function* () {
      const folder = yield* nextRelease
      yield* longReader
      const given = yield* Effect.flip(migrateFrom(folder, 1))
      expect(given).toMatchObject({ exitCode: 3, reason: expect.stringMatching(namesTheReader) })
      expect(given).toMatchObject({
        reason: expect.stringMatching(/; nothing was changed in 1 s of trying, and it can be tried again$/),
      })
      expect(yield* hasNote).toBe(false)
    }).pipe(Effect.scoped, Effect.provide(recordsInPostgres)),
  )
})
