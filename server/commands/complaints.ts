/** How a command ends that cannot do what it was told: in one line that says what to mend. Commands fail with what went wrong. */

import { Console, Effect } from "effect"
import type { NoAnswer } from "../../machines/index.ts"
import { isNotAllowed, isTakingTooLong } from "../database/sqlstate.ts"
import { AnswerIsNo, CannotStart, Refusal, Unavailable } from "../errors.ts"
import { aheadWords } from "../log/feed.ts"
import { onOneLine } from "../text.ts"

interface Complaint {
  /** 1: what was asked for is not there. 2: wrong use. 3: something is missing. */
  readonly exitCode: 1 | 2 | 3
  readonly reason: string
}

/** What the operator can mend, of everything that a command may end with; `null` for a defect of ours. */
export const complaintOf = (error: unknown): Complaint | null => {
  if (error instanceof CannotStart) return error
  if (error instanceof Unavailable) return { exitCode: 3, reason: whatIsAway(error) }
  if (error instanceof Refusal) {
    // There are few subscriptions, and all are known: a name of none is mistyped.
    return error.reason.endsWith("_NOT_FOUND") && error.reason !== "SUBSCRIPTION_NOT_FOUND"
      ? { exitCode: 1, reason: error.detail ?? "there is no such thing" }
      : { exitCode: 2, reason: error.detail ?? error.reason }
  }
  return isNotAllowed(error)
    ? { exitCode: 3, reason: `the role of DATABASE_URL may not do this: ${error.message}` }
    : null
}

/** What went wrong and why, on one line, in the words of whoever failed. */
export const reasonsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return onOneLine(String(error))
  const own = onOneLine(error.message || error.name)
  return error.cause === undefined ? own : `${own}: ${reasonsOf(error.cause)}`
}

export const whatIsAway = ({ what, cause }: Unavailable): string => {
  switch (what) {
    case "DATABASE":
      return isTakingTooLong(cause)
        ? "the database took too long over this (statement_timeout, 30 s unless DATABASE_URL says otherwise)"
        : "the database of DATABASE_URL cannot be reached"
    case "TOSSPAY":
      return cause === ("THROTTLED" satisfies NoAnswer)
        ? "TossPay asks to be asked less often"
        : "TossPay does not answer at TOSSPAY_BASE_URL"
    case "FEED":
      return aheadWords
    case "SERVER_OUTDATED":
      return "a newer release has written to this checkout: use the command of that one"
    case "PAYER_KEY":
      return "the payer's key is wrapped with a DATA_KEY that is not given here: add it to DATA_KEY_PREVIOUS"
    case "AUTHENTICATION":
    case "SERVER_BUSY":
      return `${what}: try again later`
  }
}

/** What was asked about is not there: that is an answer, and no. */
export const noSuch = (what: string): Effect.Effect<never, AnswerIsNo> =>
  Effect.andThen(Console.error(`tosspay-checkout: there is no ${what}`), new AnswerIsNo())

/** The command was told what it cannot do, in a way that no flag sees by itself. */
export const wrongUse = (reason: string): CannotStart => new CannotStart({ exitCode: 2, reason })
