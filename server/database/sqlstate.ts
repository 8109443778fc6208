/** The one place where PostgreSQL's error codes, and its driver's, get a meaning. */

import { Unavailable } from "../errors.ts"

/** `fault`: the statement itself is wrong, and would be again. `away`: the database is, and may come back. */
type SqlFailure =
  | { readonly kind: "away"; readonly error: Unavailable }
  | { readonly kind: "fault"; readonly constraint: string | null; readonly cause: unknown }

interface PostgresError {
  readonly code?: unknown
  readonly constraint_name?: unknown
}

/**
 * SQLSTATE classes in which repeating helps: 08 connection, 28 and 3D not let in, 40 deadlock or serialization,
 * 53 resources, 55 not accepting, 57 shutting down, 58 system; and 25006, a server that was the primary and is no more.
 * Repeating is safe: every write is guarded by a version.
 */
const awayClasses = ["08", "28", "3D", "40", "53", "55", "57", "58"]

/** The driver's and the network's own words for a connection that is not there. */
const awayWords = /^(CONNECT|CONNECTION_|E[A-Z]+$)/

/** Sorts whatever a query failed with. What is not known to be the database being away is a fault of ours. */
export const classify = (cause: unknown): SqlFailure => {
  const { constraint_name } = (cause ?? {}) as PostgresError
  const code = codeOf(cause)
  const isAway =
    typeof code === "string" &&
    (code.length === 5 && /\d/.test(code)
      ? awayClasses.includes(code.slice(0, 2)) || code === "25006"
      : awayWords.test(code))
  return isAway
    ? { kind: "away", error: new Unavailable({ what: "DATABASE", retryable: true, cause }) }
    : { kind: "fault", constraint: typeof constraint_name === "string" ? constraint_name : null, cause }
}

/** A statement that was stopped because it ran longer than `statement_timeout` allows. */
export const isTakingTooLong = (cause: unknown): boolean => codeOf(cause) === "57014"

/** A lock was not to be had within `lock_timeout`. */
export const isLockedOut = (cause: unknown): boolean => codeOf(cause) === "55P03"

/** The role may not do what it was asked to. */
export const isNotAllowed = (cause: unknown): cause is Error =>
  cause instanceof Error && codeOf(cause) === "42501"

const codeOf = (cause: unknown): unknown => ((cause ?? {}) as PostgresError).code
