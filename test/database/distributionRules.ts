/**
 * The rules of distributed PostgreSQL (Citus, YugabyteDB), held against PostgreSQL's own catalog. Nothing of the schema is left out:
 * a table of which nobody has said where it would lie breaks a rule by being there.
 */

import type postgres from "postgres"

/** Where a table would lie: spread by a column, on every machine and hardly ever written, or on one machine alone. */
export type Lies = { readonly spreadBy: string } | "everywhere" | "on one machine"

type Rows<Row> = Promise<ReadonlyArray<Row>>

/** What is ours in a database; a part of a table counts as the table. */
const ours = (sql: postgres.Sql) =>
  sql`NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')`

const rootOf = (sql: postgres.Sql, oid: string) =>
  sql`coalesce(pg_partition_root(${sql(oid)}), ${sql(oid)})::regclass::text`

const tablesOf = (sql: postgres.Sql): Rows<{ table: string }> => sql`
  SELECT DISTINCT ${rootOf(sql, "t.oid")} AS table FROM pg_class t
   WHERE t.relkind IN ('r', 'p', 'f', 'm') AND t.relnamespace ${ours(sql)} ORDER BY 1`

/** Of each rule of uniqueness the columns that it compares as they are: neither those it only carries along, nor an expression. */
const uniqueRulesOf = (sql: postgres.Sql): Rows<{ table: string; name: string; columns: string[] }> => sql`
  SELECT ${rootOf(sql, "t.oid")} AS table, x.indexrelid::regclass::text AS name,
         array_remove(array_agg(a.attname::text ORDER BY k.nth), NULL) AS columns
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid
    CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (attnum, nth)
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
   WHERE (x.indisunique OR x.indisexclusion) AND k.nth <= x.indnkeyatts AND t.relnamespace ${ours(sql)}
   GROUP BY 1, 2 ORDER BY 1, 2`

const foreignKeysOf = (sql: postgres.Sql): Rows<{ table: string; name: string; to: string }> => sql`
  SELECT ${rootOf(sql, "c.conrelid")} AS table, c.conname::text AS name, ${rootOf(sql, "c.confrelid")} AS to
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace ${ours(sql)} ORDER BY 1, 2`

/** Every sequence with the table that owns it (`serial`, identity), if one does. */
const sequencesOf = (sql: postgres.Sql): Rows<{ sequence: string; table: string | null }> => sql`
  SELECT s.oid::regclass::text AS sequence, ${rootOf(sql, "d.refobjid")} AS table
    FROM pg_class s
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
                         AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
   WHERE s.relkind = 'S' AND s.relnamespace ${ours(sql)} ORDER BY 1`

/** Columns that are given a number: by identity, by what their default depends on, or by what it says. */
const numberedColumnsOf = (sql: postgres.Sql): Rows<{ table: string; column: string }> => sql`
  SELECT DISTINCT ${rootOf(sql, "t.oid")} AS table, a.attname::text AS column
    FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p', 'f')
    LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    LEFT JOIN pg_type y ON y.oid = a.atttypid AND y.typtype = 'd'
   WHERE t.relnamespace ${ours(sql)} AND NOT a.attisdropped
     AND (a.attidentity <> '' OR pg_get_expr(f.adbin, f.adrelid) ~* ${takesNumbers} OR y.typdefault ~* ${takesNumbers}
          OR EXISTS (SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
                      WHERE d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass))
   ORDER BY 1, 2`

/** A trigger's function or another: by its text, or by what PostgreSQL knows it to depend on. */
const numberedFunctionsOf = (sql: postgres.Sql): Rows<{ function: string }> => sql`
  SELECT p.oid::regprocedure::text AS function FROM pg_proc p
   WHERE p.pronamespace ${ours(sql)} AND p.prokind IN ('f', 'p')
     AND (pg_get_functiondef(p.oid) ~* ${takesNumbers}
          OR EXISTS (SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass))
   ORDER BY 1`

const takesNumbers = "\\m(nextval|setval)\\M"

/** What breaks the rules, each named; nothing where `lies` says of every table where it lies, and the schema obeys that. */
export const brokenRules = async (
  sql: postgres.Sql,
  lies: Readonly<Record<string, Lies>>,
): Promise<ReadonlyArray<string>> => {
  const tables = (await tablesOf(sql)).map(({ table }) => table)
  const isOnOneMachine = (table: string | null) => table !== null && lies[table] === "on one machine"
  const spreadBy = (table: string): string | null => {
    const where = lies[table]
    return typeof where === "object" ? where.spreadBy : null
  }
  return [
    ...tables.filter((table) => lies[table] === undefined).map((table) => `${table}: where would it lie?`),
    ...Object.keys(lies)
      .filter((table) => !tables.includes(table))
      .map((table) => `${table}: there is no such table`),
    ...(await uniqueRulesOf(sql))
      .filter(({ table, columns }) => {
        const column = spreadBy(table)
        return column !== null && !columns.includes(column)
      })
      .map(({ table, name }) => `${table}: ${name} is unique beyond ${spreadBy(table)}`),
    ...(await foreignKeysOf(sql))
      .filter(({ table, to }) => !(isOnOneMachine(table) && isOnOneMachine(to)) && lies[to] !== "everywhere")
      .map(({ table, name, to }) => `${table}: ${name} points to ${to}, which may lie elsewhere`),
    ...(await sequencesOf(sql))
      .filter(({ table }) => !isOnOneMachine(table))
      .map(({ sequence, table }) => `${table ?? "nobody"}: has the sequence ${sequence}`),
    ...(await numberedColumnsOf(sql))
      .filter(({ table }) => !isOnOneMachine(table))
      .map(({ table, column }) => `${table}: ${column} takes numbers from a sequence`),
    ...(await numberedFunctionsOf(sql)).map(({ function: name }) => `${name} takes numbers from a sequence`),
  ]
}
