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

/** Kept for a while, because to make a connection takes longer than to copy a database. */
const administrators = new Map<string, postgres.Sql>()

const administratorOf = (server: string): postgres.Sql => {
  const known = administrators.get(server)
  if (known !== undefined) return known
  const made = postgres(server, { max: 1, fetch_types: false, idle_timeout: 5 })
  administrators.set(server, made)
  return made
}

export const administer = async (server: string, statement: string): Promise<void> => {
  await administratorOf(server).unsafe(statement)
}

/** A new database as another one is, to which nobody is connected. By its files: where nothing waits for the disk that takes half. */
export const copyDatabase = (server: string, name: string, template: string): Promise<void> =>
  administer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)

export const makeTemplate = (server: string): Effect.Effect<void> =>
  Effect.andThen(
    Effect.promise(() => administer(server, `CREATE DATABASE ${templateName}`)),
    Effect.provide(migrate, Database.layer(Redacted.make(at(server, templateName)))),
  ).pipe(Effect.asVoid, Effect.provideService(References.MinimumLogLevel, "None"), Effect.orDie)
