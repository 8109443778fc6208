/** What the schema must obey to be spread over several machines (Citus, YugabyteDB), read from PostgreSQL's own catalog. */

import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { Database, query } from "../../server/database/postgres.ts"
import { freshDatabase } from "../support/database.ts"

/** What a payment writes, and what each table would be spread by: docs/scale.md. */
const spreadBy: Readonly<Record<string, string>> = {
  checkout: "checkout_id",
  checkout_claim: "payer",
  checkout_event: "checkout_id",
  checkout_pay_token: "pay_token",
  payer: "payer",
  payer_key: "payer",
}

/** The tables of a payment, each with the parts that it consists of. */
const catalog = Effect.gen(function* () {
  const sql = yield* Database
  return yield* query(async () => {
    const tables = await sql<ReadonlyArray<{ oid: number; table: string }>>`
      SELECT t.oid::integer, coalesce(pg_partition_root(t.oid)::regclass, t.oid::regclass)::text AS table
        FROM pg_class t
       WHERE t.relkind IN ('r', 'p')
         AND coalesce(pg_partition_root(t.oid)::regclass, t.oid::regclass)::text IN ${sql(Object.keys(spreadBy))}`
    const oids = tables.map(({ oid }) => oid)
    return {
      tables,
      unique: (
        await sql<ReadonlyArray<{ oid: number; name: string; columns: ReadonlyArray<string> }>>`
          SELECT x.indrelid::integer AS oid, x.indexrelid::regclass::text AS name, array_agg(a.attname::text) AS columns
            FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indexrelid
           WHERE x.indisunique AND x.indrelid IN ${sql(oids)} GROUP BY 1, 2`
      ).map((rule) => ({ ...rule, table: tables.find(({ oid }) => oid === rule.oid)?.table ?? "" })),
      foreignKeys: await sql`
        SELECT conname FROM pg_constraint
         WHERE contype = 'f' AND (conrelid IN ${sql(oids)} OR confrelid IN ${sql(oids)})`,
      sequences: await sql`
        SELECT objid::regclass FROM pg_depend JOIN pg_class s ON s.oid = objid AND s.relkind = 'S'
         WHERE refobjid IN ${sql(oids)}`,
    }
  })
})

describe("what a payment writes", () => {
  it.layer(freshDatabase)((it) => {
    it.effect("is unique only within what its table is spread by", () =>
      Effect.gen(function* () {
        const { unique, tables } = yield* catalog
        expect(new Set(unique.map(({ table }) => table))).toEqual(new Set(Object.keys(spreadBy)))
        expect(unique.length).toBeGreaterThanOrEqual(tables.length)
        for (const { table, name, columns } of unique) expect(columns, name).toContain(spreadBy[table])
      }),
    )

    it.effect("takes no number from a sequence and points to no other table", () =>
      Effect.gen(function* () {
        const { foreignKeys, sequences } = yield* catalog
        expect({ foreignKeys: [...foreignKeys], sequences: [...sequences] }).toEqual({
          foreignKeys: [],
          sequences: [],
        })
      }),
    )

    it.effect("is logged in parts, by a hash of what the log is spread by", () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const [key] = yield* query(() => sql`SELECT pg_get_partkeydef('checkout_event'::regclass) AS key`)
        expect(key?.["key"]).toBe(`HASH (${spreadBy["checkout_event"]})`)
        const parts = yield* query(
          () => sql`
            SELECT pg_get_expr(c.relpartbound, c.oid) AS bound
              FROM pg_partition_tree('checkout_event') t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf ORDER BY 1`,
        )
        expect(parts.map(({ bound }) => bound)).toEqual(
          Array.from({ length: 4 }, (_, nth) => `FOR VALUES WITH (modulus 4, remainder ${nth})`),
        )
      }),
    )
  })
})
