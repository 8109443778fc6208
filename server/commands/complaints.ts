/** How a command ends that cannot do what it was told: in one line that says what to mend. */

import { Console, Effect } from "effect"
import { cannotReachDatabase } from "../database/meet.ts"
import { isNotAllowed, isTakingTooLong } from "../database/sqlstate.ts"
import { AnswerIsNo, CannotStart, Refusal, Unavailable } from "../errors.ts"
import { FeedMoved } from "../log/feed.ts"

/** The database does not answer, or not in the time that one question has. */
export const databaseIsAway = ({ cause }: Unavailable) =>
  Effect.fail(
    isTakingTooLong(cause)
      ? new CannotStart({
          exitCode: 3,
          reason:
            "the database took too long over this (statement_timeout, 30 s unless DATABASE_URL says otherwise)",
        })
      : cannotReachDatabase(),
  )

/** What is not there is a no; what is wrong is wrong use; a database that is away is one that cannot be reached. */
export const asComplaints = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  Effect.catchIf(
    command,
    (error): error is Extract<E, Refusal | Unavailable> =>
      error instanceof Refusal || error instanceof Unavailable,
    (error): Effect.Effect<never, CannotStart | AnswerIsNo> => {
      if (error._tag === "Unavailable") return databaseIsAway(error)
      const { reason, detail } = error
      return reason.endsWith("_NOT_FOUND")
        ? Effect.andThen(Console.error("there is no such thing"), new AnswerIsNo())
        : new CannotStart({ exitCode: 2, reason: detail ?? reason })
    },
  )

/** What the operator can mend, of everything that a command may end with; `null` for a defect of ours. */
export const complaintOf = (error: unknown): CannotStart | null => {
  if (error instanceof CannotStart) return error
  const reason =
    error instanceof FeedMoved
      ? error.message
      : isNotAllowed(error)
        ? `the role of DATABASE_URL may not do this: ${error.message}`
        : null
  return reason === null ? null : new CannotStart({ exitCode: 3, reason })
}
