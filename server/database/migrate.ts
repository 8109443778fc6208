/**
 * Brings the schema up to date: plain SQL files, in the order of their names, in one transaction and
 * never twice. All of them or none. Several processes may start at once: an advisory lock lets one of them work while the others wait.
 */

import { readdir, readFile } from "node:fs/promises"
import { Effect } from "effect"
import type postgres from "postgres"
import { Database, query } from "./postgres.ts"

const folder = new URL("./migrations/", import.meta.url)

/** Any number will do, as long as nobody else locks on it. */
const lockId = 6_020_260_801

/** Applies what is missing and returns the names of the files that it applied. */
export const migrate = Effect.gen(function* () {
  const sql = yield* Database
  const files = (yield* Effect.promise(() => readdir(folder))).filter((name) => name.endsWith(".sql")).sort()
  const { missing: applied, isMoved } = yield* query(() => sql.begin((tx) => applyMissing(tx, files)))
  if (isMoved) yield* Effect.logInfo("the log was moved here from another database cluster; its feed goes on")
  if (applied.length > 0) yield* Effect.logInfo(`schema brought up to date: ${applied.join(", ")}`)
  return applied
})

const applyMissing = async (tx: postgres.TransactionSql, files: ReadonlyArray<string>) => {
  await tx`SELECT pg_advisory_xact_lock(${lockId})`
  await tx`
    CREATE TABLE IF NOT EXISTS schema_migration (
      name       text        PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`
  const done = new Set((await tx`SELECT name FROM schema_migration`).map((row) => row["name"] as string))
  const missing = files.filter((name) => !done.has(name))
  for (const name of missing) {
    await tx.unsafe(await readFile(new URL(name, folder), "utf8")).simple()
    await tx`INSERT INTO schema_migration (name) VALUES (${name})`
  }
  const [feed] = await tx<[{ moved: boolean }]>`SELECT continue_feed() AS moved`
  return { missing, isMoved: feed.moved }
}
