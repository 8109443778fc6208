import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseOnly } from "../app.ts"
import { migrate } from "../database/migrate.ts"

/** Brings the schema up to date and ends. Safe to run from several places at once, and again. */
export const migrateCommand = Command.make(
  "migrate",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false)) },
  ({ json }) =>
    migrate.pipe(
      Effect.flatMap((applied) =>
        Console.log(
          json
            ? JSON.stringify({ applied })
            : applied.length === 0
              ? "the schema is up to date"
              : applied.join("\n"),
        ),
      ),
      Effect.provide(databaseOnly),
    ),
).pipe(Command.withDescription("Bring the database schema up to date"))
