/** What the schema must obey to be spread over several machines (Citus, YugabyteDB), read from PostgreSQL's own catalog. */

import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { Database, query } from "../../server/database/postgres.ts"
import { freshDatabase } from "../support/database.ts"

/** What a payment writes, and what each table would be spread by: docs/scale.md. */
const spreadBy: Readonly<Record<string, string>> = {
  checkout: "checkout_id",
  checkout_event: "checkout_id",
  checkout_claim: "payer",
  payer: "payer",
  payer_key: "payer",
}

/** Small lookups of their own, once the table is spread. */
const lookups = ["checkout_order_id_unique", "checkout_pay_token_unique"]

const catalog = Effect.gen(function* () {
  const sql = yield* Database
  const tables = Object.keys(spreadBy)
  return yield* query(async () => ({
    unique: await sql<ReadonlyArray<{ table: string; name: string; columns: ReadonlyArray<string> }>>`
      SELECT t.relname AS table, i.relname AS name, array_agg(a.attname::text) AS columns
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
             JOIN pg_attribute a ON a.attrelid = i.oid
       WHERE x.indisunique AND t.relname IN ${sql(tables)} GROUP BY 1, 2 ORDER BY 1, 2`,
    foreignKeys: await sql`
      SELECT conname FROM pg_constraint JOIN pg_class t ON t.oid IN (conrelid, confrelid)
       WHERE contype = 'f' AND t.relname IN ${sql(tables)}`,
    sequences: await sql`
      SELECT s.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid JOIN pg_class t ON t.oid = d.refobjid
       WHERE s.relkind = 'S' AND t.relname IN ${sql(tables)}`,
    tables: (await sql`SELECT tablename FROM pg_tables WHERE tablename IN ${sql(tables)}`).map(
      (row) => row["tablename"] as string,
    ),
  }))
})

describe("what a payment writes", () => {
  it.layer(freshDatabase)((it) => {
    it.effect("has its rules of uniqueness within what it is spread by, but for two lookups", () =>
      Effect.gen(function* () {
        const { unique, tables } = yield* catalog
        expect(tables.sort()).toEqual(Object.keys(spreadBy).sort())
        expect(unique.length).toBeGreaterThanOrEqual(tables.length)
        const beyond = unique.filter(({ table, columns }) => !columns.includes(spreadBy[table] ?? ""))
        expect(beyond.map(({ name }) => name)).toEqual(lookups)
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
  })
})
