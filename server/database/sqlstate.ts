/** The one place where PostgreSQL's error codes get a meaning. */

import { Unavailable } from "../errors.ts"

/** `data`: the statement itself is at fault, and would be again. `away`: the database is, and may come back. */
export type SqlFailure =
  | { readonly kind: "away"; readonly error: Unavailable }
  | { readonly kind: "data"; readonly constraint: string | null; readonly cause: unknown }

interface PostgresError {
  readonly code?: unknown
  readonly constraint_name?: unknown
}

/** Class 22 is bad data, class 23 a broken rule, 42 a statement that cannot work, P0001 a rule of ours. */
const dataClasses = ["22", "23", "42", "P0"]

/**
 * Sorts whatever a query failed with. What is not plainly the statement's own fault (lost connections, 08, 53, 57,
 * serialization and deadlocks) counts as the database being away: repeating it is safe, because every write is
 * guarded by a version.
 */
export const classify = (cause: unknown): SqlFailure => {
  const { code, constraint_name } = (cause ?? {}) as PostgresError
  return typeof code === "string" && code.length === 5 && dataClasses.includes(code.slice(0, 2))
    ? { kind: "data", constraint: typeof constraint_name === "string" ? constraint_name : null, cause }
    : { kind: "away", error: new Unavailable({ what: "DATABASE", retryable: true, cause }) }
}
