import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseToMigrate } from "../app.ts"
import { migrate } from "../database/migrate.ts"
import { grantToServers } from "../database/rights.ts"
import { jsonFlag } from "./flags.ts"

const grantToFlag = Flag.String("grant-to").pipe(
  Flag.withDescription("A role for servers: they may add to the log, and not change it"),
  Flag.optional,
)

/** Brings the schema up to date and ends. Safe to run from several places at once, and again. */
export const migrateCommand = Command.make(
  "migrate",
  { json: jsonFlag, grantTo: grantToFlag },
  ({ json, grantTo }) =>
    migrate.pipe(
      Effect.tap(Option.match(grantTo, { onNone: () => Effect.void, onSome: grantToServers })),
      Effect.flatMap((applied) =>
        Console.log(
          json
            ? JSON.stringify({ applied })
            : applied.length === 0
              ? "the schema is up to date"
              : applied.join("\n"),
        ),
      ),
      Effect.provide(databaseToMigrate),
    ),
).pipe(Command.withDescription("Bring the database schema up to date"))
