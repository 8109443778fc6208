/** A database of its own for a test, dropped when the test's scope closes. */

import { Effect, Layer, Redacted } from "effect"
import { inject } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { administer, at, copyDatabase, templateName } from "./templateDatabase.ts"

/** This worker's own PostgreSQL. */
export const postgresUrl = (): string => {
  const urls = inject("postgresUrls")
  return urls[(Number(process.env["VITEST_POOL_ID"]) - 1) % urls.length] ?? ""
}

let count = 0

const newDatabaseUrl = (template: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      count += 1
      const name = `test_${process.pid}_${count}_${Math.random().toString(36).slice(2, 8)}`
      await copyDatabase(postgresUrl(), name, template)
      return name
    }),
    (name) => Effect.promise(() => administer(postgresUrl(), `DROP DATABASE ${name} WITH (FORCE)`)),
  ).pipe(Effect.map((name) => at(postgresUrl(), name)))

/** The URL of a new database with the schema up to date and nothing in it. */
export const freshDatabaseUrl = newDatabaseUrl(templateName)

/** The URL of a new database without a schema. */
export const emptyDatabaseUrl = newDatabaseUrl("template1")

const connectedTo = (url: typeof freshDatabaseUrl) =>
  Layer.unwrap(Effect.map(url, (url) => Database.layer(Redacted.make(url))))

export const emptyDatabase = connectedTo(emptyDatabaseUrl)

export const freshDatabase = connectedTo(freshDatabaseUrl)
