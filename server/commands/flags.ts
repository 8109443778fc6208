/** What several commands understand, and how they complain. */

import { Console, Effect } from "effect"
import { Flag } from "effect/cli"
import { cannotReachDatabase } from "../database/meet.ts"
import { AnswerIsNo, CannotStart, Refusal, Unavailable } from "../errors.ts"

export const jsonFlag = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

/** A moment, as ISO 8601 in UTC. A date alone is midnight UTC; a time needs its zone. */
export const momentFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(isoOf, () => "should be like 2026-01-31 or 2026-01-31T09:00:00+09:00"),
    Flag.withDescription(description),
    Flag.optional,
  )

const isoOf = (text: string): string => {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) throw new Error(text)
  return new Date(text).toISOString()
}

export const databaseIsAway = Effect.fail(cannotReachDatabase())

/** What is not there is a no; what is wrong is wrong use; a database that is away is one that cannot be reached. */
export const asComplaints = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  Effect.catchIf(
    command,
    (error): error is Extract<E, Refusal | Unavailable> =>
      error instanceof Refusal || error instanceof Unavailable,
    (error): Effect.Effect<never, CannotStart | AnswerIsNo> => {
      if (error._tag === "Unavailable") {
        return databaseIsAway
      }
      const { reason, detail } = error
      return reason.endsWith("_NOT_FOUND")
        ? Effect.andThen(Console.error("there is no such thing"), new AnswerIsNo())
        : new CannotStart({ exitCode: 2, reason: detail ?? reason })
    },
  )
