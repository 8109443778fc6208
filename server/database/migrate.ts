/**
 * Brings the schema up to date: plain SQL files, in the order of their names, in one transaction and never twice. All of them
 * or none. Several processes may start at once: an advisory lock lets one of them work while the others wait. A table that
 * somebody holds is not waited for long (tableLocks.ts).
 */

import { readdir, readFile } from "node:fs/promises"
import { Effect } from "effect"
import type postgres from "postgres"
import { CannotStart } from "../errors.ts"
import { cannotReachDatabase } from "./meet.ts"
import { Database, longQuery, query } from "./postgres.ts"
import { classify, isNotAllowed } from "./sqlstate.ts"
import { lockTimeoutMs, whenTablesAreFree } from "./tableLocks.ts"

const ownFolder = new URL("./migrations/", import.meta.url)

/** Any number will do, as long as nobody else locks on it. */
const lockId = 6_020_260_801

/** How long a schema is tried to be brought up to date while others hold its tables. */
const longestPatienceMs = 300_000

/** Applies what is missing of a folder and returns the names of the files that it applied. */
export const migrateFrom = Effect.fnUntraced(function* (folder: URL, patienceMs = longestPatienceMs) {
  const sql = yield* Database
  const files = yield* migrationFiles(folder)
  const { missing: applied, isMoved } = yield* longQuery(() => applyMissing(sql, folder, files)).pipe(
    (change) => whenTablesAreFree(change, { patienceMs, ticket: lockId }),
    Effect.catchDefect((cause) => (isNotAllowed(cause) ? mayNot(files) : Effect.die(cause))),
  )
  if (isMoved) yield* Effect.logInfo("the log was moved here from another database cluster; its feed goes on")
  if (applied.length > 0) yield* Effect.logInfo(`schema brought up to date: ${applied.join(", ")}`)
  return applied
})

/** Applies what this release adds to the schema. */
export const migrate = migrateFrom(ownFolder)

/**
 * For whoever works beside the servers and changes no schema: fails with exit code 3 unless everything that this program
 * relies on was applied. What a newer release added since does no harm.
 */
export const expectMigrated = Effect.gen(function* () {
  const sql = yield* Database
  const files = yield* migrationFiles(ownFolder)
  const done = yield* query(() => alreadyApplied(sql)).pipe(
    Effect.catchTag("Unavailable", () => Effect.fail(cannotReachDatabase())),
  )
  const lack = lackOf(done, files)
  if (lack !== null) return yield* new CannotStart({ exitCode: 3, reason: `${lack}; run \`migrate\` first` })
})

/** A role that was granted what servers need (./rights.ts) adds to the log and changes no schema. */
const mayNot = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
  const sql = yield* Database
  const lack =
    lackOf(yield* query(() => alreadyApplied(sql)), files) ??
    "the log was moved here from another database cluster"
  return yield* new CannotStart({
    exitCode: 3,
    reason: `${lack}, and the role of DATABASE_URL may not mend that; run \`migrate\` as the role that owns the database`,
  })
})

const lackOf = (done: ReadonlySet<string>, files: ReadonlyArray<string>): string | null => {
  const missing = files.filter((name) => !done.has(name))
  if (missing.length === 0) return null
  return done.size === 0
    ? "the database has no schema yet"
    : `the database has an older schema (it lacks ${missing.join(", ")})`
}

const migrationFiles = (folder: URL) =>
  Effect.promise(async () => (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort())

/** The names of the files that were applied here; none where this program never was. */
const alreadyApplied = async (sql: postgres.ISql): Promise<ReadonlySet<string>> => {
  const [table] = await sql`SELECT to_regclass('schema_migration') IS NOT NULL AS "isThere"`
  const rows = table?.["isThere"] === true ? await sql`SELECT name FROM schema_migration` : []
  return new Set(rows.map((row) => row["name"] as string))
}

const applyMissing = async (
  sql: postgres.Sql,
  folder: URL,
  files: ReadonlyArray<string>,
): Promise<{ missing: ReadonlyArray<string>; isMoved: boolean }> => {
  const done = await alreadyApplied(sql)
  const missing = files.filter((name) => !done.has(name))
  if (missing.length === 0) {
    const [feed] = await sql<[{ moved: boolean }]>`
      SELECT continue_feed() AS moved FROM pg_advisory_xact_lock(${lockId})`
    return { missing, isMoved: feed.moved }
  }
  const texts = await Promise.all(missing.map((name) => readFile(new URL(name, folder), "utf8")))
  // One message of several statements is a transaction by itself. The names come first: if another process was faster,
  // they are there already, and nothing of the rest happens. One's turn is waited for as long as that takes, a table is not.
  const message = `
    SELECT pg_advisory_xact_lock(${lockId});
    SET LOCAL lock_timeout = ${lockTimeoutMs};
    CREATE TABLE IF NOT EXISTS schema_migration (
      name       text        PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    ${missing.map((name) => `INSERT INTO schema_migration (name) VALUES ('${name}');`).join("\n")}
    ${texts.join(";\n")};
    SELECT continue_feed() AS moved`
  try {
    const answers = await sql.unsafe(message).simple()
    const [feed] = (answers as unknown as ReadonlyArray<ReadonlyArray<{ moved: boolean }>>).at(-1) ?? []
    return { missing, isMoved: feed?.moved === true }
  } catch (cause) {
    const failure = classify(cause)
    if (failure.kind === "away" || failure.constraint !== "schema_migration_pkey") throw cause
    return applyMissing(sql, folder, files)
  }
}
