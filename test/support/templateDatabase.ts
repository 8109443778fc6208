/** The database that others are made after: a schema is copied in a fraction of the time that it takes to bring one up to date. */

import { Effect, Redacted, References } from "effect"
import postgres from "postgres"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"

/** Has the schema, and nobody stays connected to it. */
export const templateName = "up_to_date"

/** This database of a server. */
export const at = (server: string, name: string): string =>
  Object.assign(new URL(server), { pathname: `/${name}` }).toString()

export const administer = async (server: string, statement: string): Promise<void> => {
  const admin = postgres(server, { max: 1 })
  await admin.unsafe(statement)
  await admin.end()
}

/** A new database as another one is, to which nobody is connected. By its files: where nothing waits for the disk that takes half. */
export const copyDatabase = (server: string, name: string, template: string): Promise<void> =>
  administer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)

export const makeTemplate = (server: string): Effect.Effect<void> =>
  Effect.andThen(
    Effect.promise(() => administer(server, `CREATE DATABASE ${templateName}`)),
    Effect.provide(migrate, Database.layer(Redacted.make(at(server, templateName)))),
  ).pipe(Effect.asVoid, Effect.provideService(References.MinimumLogLevel, "None"), Effect.orDie)
