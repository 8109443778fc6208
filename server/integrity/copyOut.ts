/**
 * Reads many rows at a third of what a query costs: COPY hands them over as text, and the driver makes nothing of it. Others
 * get their turn after every 64 kB of it.
 */

import { setImmediate } from "node:timers/promises"
import type postgres from "postgres"
import { answeredInTime, longestMs } from "../database/postgres.ts"

/** Rows as their columns in PostgreSQL's text form, some at a time; `null` for NULL. */
export type Rows = AsyncGenerator<ReadonlyArray<ReadonlyArray<string | null>>>

/**
 * The rows of a query that has some thousands. COPY takes no parameters, so what the text of the query holds must come from
 * us or from `literal`.
 */
export async function* copyOut(sql: postgres.ISql, query: string): Rows {
  yield* rowsIn(await copied(sql, query))
}

/**
 * The same for several queries, of each its part and its rows. While the rows of one are looked at, those of the next are on
 * their way: neither waits for the other.
 */
export async function* copyOutEach<Part extends { readonly query: string }>(
  sql: postgres.ISql,
  parts: AsyncIterable<Part>,
): AsyncGenerator<{ readonly part: Part; readonly rows: Rows }> {
  let coming: { readonly part: Part; readonly chunks: Promise<ReadonlyArray<Buffer>> } | null = null
  for await (const part of parts) {
    const next = { part, chunks: copied(sql, part.query) }
    // A failure is told when it is this one's turn.
    next.chunks.catch(() => {})
    if (coming !== null) yield { part: coming.part, rows: rowsIn(await coming.chunks) }
    coming = next
  }
  if (coming !== null) yield { part: coming.part, rows: rowsIn(await coming.chunks) }
}

const copied = async (sql: postgres.ISql, query: string): Promise<ReadonlyArray<Buffer>> => {
  const stream = await answeredInTime(sql.unsafe(`COPY (${query}) TO STDOUT`).readable(), longestMs)
  // Taken in at once, some megabytes at most: a stream that waits for its reader makes the driver stop reading from the
  // connection, and where the last row is what it stopped at, nobody makes it go on before the connection's next query.
  const chunks: Array<Buffer> = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return chunks
}

async function* rowsIn(chunks: ReadonlyArray<Buffer>): Rows {
  let rest = ""
  for (const chunk of chunks) {
    // A row is never divided in the middle of a character: PostgreSQL sends whole rows.
    const lines = (rest + chunk.toString("utf8")).split("\n")
    rest = lines.pop() ?? ""
    yield lines.map(columnsOf)
    await setImmediate()
  }
}

const columnsOf = (line: string): ReadonlyArray<string | null> => {
  const columns: Array<string | null> = line.split("\t")
  if (line.includes("\\")) {
    for (const [nth, column] of columns.entries()) {
      columns[nth] = column === "\\N" ? null : column?.includes("\\") ? unescaped(column) : (column ?? null)
    }
  }
  return columns
}

/** In COPY's text form a backslash stands before what would otherwise end a column or a row. */
const unescaped = (column: string): string =>
  column.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter)

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" }

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
