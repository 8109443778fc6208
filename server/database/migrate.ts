/**
 * Brings the schema up to date: plain SQL files, in the order of their names, in one transaction and
 * never twice. All of them or none. Several processes may start at once: an advisory lock lets one of them work while the others wait.
 */

import { readdir, readFile } from "node:fs/promises"
import { Effect } from "effect"
import type postgres from "postgres"
import { CannotStart } from "../errors.ts"
import { cannotReachDatabase } from "./meet.ts"
import { Database, query } from "./postgres.ts"

const folder = new URL("./migrations/", import.meta.url)

/** Any number will do, as long as nobody else locks on it. */
const lockId = 6_020_260_801

/** Applies what is missing and returns the names of the files that it applied. */
export const migrate = Effect.gen(function* () {
  const sql = yield* Database
  const files = yield* migrationFiles
  const { missing: applied, isMoved } = yield* query(() => sql.begin((tx) => applyMissing(tx, files)))
  if (isMoved) yield* Effect.logInfo("the log was moved here from another database cluster; its feed goes on")
  if (applied.length > 0) yield* Effect.logInfo(`schema brought up to date: ${applied.join(", ")}`)
  return applied
})

/**
 * For whoever works beside the servers and changes no schema: fails with exit code 3 unless everything that this program
 * relies on was applied. What a newer release added since does no harm.
 */
export const expectMigrated = Effect.gen(function* () {
  const sql = yield* Database
  const files = yield* migrationFiles
  const done = yield* query(() => alreadyApplied(sql)).pipe(
    Effect.catchTag("Unavailable", () => Effect.fail(cannotReachDatabase())),
  )
  const missing = files.filter((name) => !done.has(name))
  if (missing.length === 0) return
  const what = done.size === 0 ? "has no schema yet" : `has an older schema (it lacks ${missing.join(", ")})`
  return yield* new CannotStart({ exitCode: 3, reason: `the database ${what}; run \`migrate\` first` })
})

const migrationFiles = Effect.promise(async () =>
  (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort(),
)

/** The names of the files that were applied here; none where this program never was. */
const alreadyApplied = async (sql: postgres.ISql): Promise<ReadonlySet<string>> => {
  const [table] = await sql`SELECT to_regclass('schema_migration') IS NOT NULL AS "isThere"`
  const rows = table?.["isThere"] === true ? await sql`SELECT name FROM schema_migration` : []
  return new Set(rows.map((row) => row["name"] as string))
}

const applyMissing = async (tx: postgres.TransactionSql, files: ReadonlyArray<string>) => {
  await tx`SELECT pg_advisory_xact_lock(${lockId})`
  await tx`
    CREATE TABLE IF NOT EXISTS schema_migration (
      name       text        PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`
  const done = await alreadyApplied(tx)
  const missing = files.filter((name) => !done.has(name))
  for (const name of missing) {
    await tx.unsafe(await readFile(new URL(name, folder), "utf8")).simple()
    await tx`INSERT INTO schema_migration (name) VALUES (${name})`
  }
  const [feed] = await tx<[{ moved: boolean }]>`SELECT continue_feed() AS moved`
  return { missing, isMoved: feed.moved }
}
