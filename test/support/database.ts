/** A database of its own for a test, dropped when the test's scope closes. */

import { Effect, Layer, Redacted } from "effect"
import postgres from "postgres"
import { inject } from "vitest"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"

/** This worker's own PostgreSQL. */
export const postgresUrl = (): string => {
  const urls = inject("postgresUrls")
  return urls[(Number(process.env["VITEST_POOL_ID"]) - 1) % urls.length] ?? ""
}

let count = 0

/** The URL of a new, empty database. */
export const freshDatabaseUrl = Effect.acquireRelease(
  Effect.promise(async () => {
    const admin = postgres(postgresUrl(), { max: 1 })
    count += 1
    const name = `test_${process.pid}_${count}_${Math.random().toString(36).slice(2, 8)}`
    await admin.unsafe(`CREATE DATABASE ${name}`)
    await admin.end()
    const url = new URL(postgresUrl())
    url.pathname = `/${name}`
    return { name, url: url.toString() }
  }),
  ({ name }) =>
    Effect.promise(async () => {
      const admin = postgres(postgresUrl(), { max: 1 })
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    }),
).pipe(Effect.map(({ url }) => url))

/** A database without a schema. */
export const emptyDatabase = Layer.unwrap(
  Effect.map(freshDatabaseUrl, (url) => Database.layer(Redacted.make(url))),
)

/** A fresh database with the schema up to date. */
export const freshDatabase = Layer.provideMerge(Layer.effectDiscard(migrate), emptyDatabase)
