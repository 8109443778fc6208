import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { databaseToMigrate } from "../app.ts"
import { migrate } from "../database/migrate.ts"
import { jsonFlag } from "./flags.ts"

/** Brings the schema up to date and ends. Safe to run from several places at once, and again. */
export const migrateCommand = Command.make("migrate", { json: jsonFlag }, ({ json }) =>
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
    Effect.provide(databaseToMigrate),
  ),
).pipe(Command.withDescription("Bring the database schema up to date"))
