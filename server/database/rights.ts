/**
 * What the role of a server may do: everything that a server does, and no more. It adds to the log and can neither change what
 * is there nor the rules that guard it, which are the owner's (docs/deployment.md).
 */

import { Effect } from "effect"
import { CannotStart } from "../errors.ts"
import { Database, longQuery, query } from "./postgres.ts"

/** Of these a row, once written, stays as it is. */
const onlyAddedTo = [
  "checkout_event",
  "checkout_pay_token",
  "checkpoint",
  "verification",
  "admin_use",
  "payer_forgotten",
]

/** How things stand. A checkout's row follows from its events, and is compared with them. */
const changed = [
  "checkout",
  "recovery_pace",
  "alert",
  "delivery",
  "subscription",
  "subscription_place",
  "reconciliation",
  "fingerprint_key",
  "development_key",
]

/** Where something also ends: a claim that is let go, a session, a forgotten person's key. */
const removedFrom = ["checkout_claim", "payer", "payer_key", "admin_session", "reconciliation_discrepancy"]

/** Gives this role what a server needs, and takes from it what else it may do here. Fails where grants would bind nobody. */
export const grantToServers = Effect.fn("grantToServers")(function* (role: string) {
  const sql = yield* Database
  const [found] = yield* query(
    () => sql<[{ schema: string; isFree: boolean }?]>`
      SELECT current_schema AS schema,
             r.rolsuper OR pg_has_role(r.oid, c.relowner, 'MEMBER') AS "isFree"
        FROM pg_roles r, pg_class c
       WHERE r.rolname = ${role} AND c.oid = 'checkout_event'::regclass`,
  )
  if (found === undefined)
    return yield* refuse(`there is no role ${role}; the database's administrator creates it`)
  if (found.isFree)
    return yield* refuse(
      `the role ${role} owns the log, or may do as it likes: no grant keeps it from anything`,
    )
  const schema = name(found.schema)
  const to = name(role)
  yield* longQuery(() =>
    sql
      .unsafe(
        `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${to};
         REVOKE CREATE ON SCHEMA ${schema} FROM ${to};
         GRANT USAGE ON SCHEMA ${schema} TO ${to};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${to};
         GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${to};
         GRANT INSERT ON ${[...onlyAddedTo, ...changed, ...removedFrom].join(", ")} TO ${to};
         GRANT UPDATE ON ${[...changed, ...removedFrom].join(", ")} TO ${to};
         GRANT DELETE ON ${removedFrom.join(", ")} TO ${to}`,
      )
      .simple(),
  )
})

const refuse = (reason: string) => new CannotStart({ exitCode: 2, reason })

/** As PostgreSQL reads names. */
const name = (text: string) => `"${text.replaceAll('"', '""')}"`
