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

/** Beside reading, which every table allows. */
const granted: Readonly<Record<string, ReadonlyArray<string>>> = {
  INSERT: [...onlyAddedTo, ...changed, ...removedFrom],
  UPDATE: [...changed, ...removedFrom],
  DELETE: removedFrom,
}

/**
 * Gives this role what a server needs, and takes from it what else it was given here. Fails where grants would bind nobody, and
 * where the role may do more all the same: through PUBLIC, a group of roles, or what somebody else granted.
 */
export const grantToServers = Effect.fn("grantToServers")(function* (role: string) {
  const sql = yield* Database
  const [found] = yield* query(
    () => sql<[{ schema: string; isFree: boolean }?]>`
      SELECT n.nspname AS schema,
             r.rolsuper OR EXISTS (
               SELECT FROM unnest(ARRAY[c.relowner, n.nspowner, d.datdba]) owner WHERE pg_has_role(r.oid, owner, 'MEMBER')
             ) AS "isFree"
        FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_database d
       WHERE r.rolname = ${role} AND c.oid = 'checkout_event'::regclass AND d.datname = current_database()`,
  )
  if (found === undefined)
    return yield* refuse(`there is no role ${role}; the database's administrator creates it`)
  if (found.isFree) {
    return yield* refuse(
      `the role ${role} owns the log, its schema or its database, or may do as it likes: no grant keeps it from anything`,
    )
  }
  const schema = name(found.schema)
  const to = name(role)
  const grants = Object.entries(granted).map(
    ([what, tables]) => `GRANT ${what} ON ${tables.map((table) => `${schema}.${table}`).join(", ")} TO ${to}`,
  )
  yield* longQuery(() =>
    sql
      .unsafe(
        `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${to};
         REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${schema} FROM ${to};
         REVOKE CREATE ON SCHEMA ${schema} FROM ${to};
         GRANT USAGE ON SCHEMA ${schema} TO ${to};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${to};
         GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${to};
         ${grants.join(";\n")}`,
      )
      .simple(),
  )
  const more = yield* mayAsWell(role, found.schema)
  if (more.length > 0) {
    return yield* refuse(
      `the role ${role} may do more than a server needs, through PUBLIC, a group or somebody else's grant: ${more.slice(0, 5).join(", ")}`,
    )
  }
})

/** What the role may do beyond what it was granted here, wherever it has it from. */
const mayAsWell = Effect.fnUntraced(function* (role: string, schema: string) {
  const sql = yield* Database
  const rights = yield* query(
    () => sql<Array<{ what: string; table: string | null }>>`
      SELECT may.what, c.relname AS table
        FROM pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) may(what)
       WHERE c.relnamespace = ${schema}::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(${role}, c.oid, may.what)
      UNION ALL
      SELECT 'CREATE', NULL WHERE has_schema_privilege(${role}, ${schema}, 'CREATE')`,
  )
  return rights
    .filter(({ what, table }) => table === null || granted[what]?.includes(table) !== true)
    .map(({ what, table }) => `${what} ${table === null ? `in ${schema}` : `on ${table}`}`)
})

const refuse = (reason: string) => new CannotStart({ exitCode: 2, reason })

/** As PostgreSQL reads names. */
const name = (text: string) => `"${text.replaceAll('"', '""')}"`
