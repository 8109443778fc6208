/** What several commands understand, and say. */

import { Effect } from "effect"
import { Flag } from "effect/cli"
import { CannotStart } from "../errors.ts"

export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

export const databaseIsAway = Effect.fail(
  new CannotStart({ exitCode: 3, reason: "the database of DATABASE_URL cannot be reached" }),
)
