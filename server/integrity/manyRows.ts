/**
 * Reads many rows for less than a query usually costs: PostgreSQL hands over thousands of them as one text, and the driver makes
 * nothing of it. Not by COPY: a connection in the middle of one refuses what other statement the driver gives it, and its
 * failure can end the process (docs/adr/0017).
 */

import { setImmediate } from "node:timers/promises"
import type postgres from "postgres"
import { answeredInTime, longestMs } from "../database/postgres.ts"

/** What to read. It takes no parameters, so what its text holds must come from us or from `literal`. */
export interface Wanted {
  readonly query: string
  /** Expressions over the query's columns. One whose text can hold anything is `free`; JSON, as PostgreSQL writes it, cannot. */
  readonly columns: ReadonlyArray<string>
}

/** Rows as the texts of their columns, some at a time so that others get their turn; `null` for NULL. */
export type Rows = AsyncGenerator<ReadonlyArray<ReadonlyArray<string | null>>>

export async function* manyRows(sql: postgres.ISql, wanted: Wanted): Rows {
  yield* rowsIn(await textOf(sql, wanted))
}

/**
 * The same for several queries, of each its part and its rows. While the rows of one are looked at, those of the next two are
 * made and on their way: nobody waits for another.
 */
export async function* manyRowsOfEach<Part extends Wanted>(
  sql: postgres.ISql,
  parts: AsyncIterable<Part>,
): AsyncGenerator<{ readonly part: Part; readonly rows: Rows }> {
  const coming: Array<{ readonly part: Part; readonly text: Promise<string> }> = []
  for await (const part of parts) {
    const text = textOf(sql, part)
    // A failure is told when it is this one's turn.
    text.catch(() => {})
    const [first] = coming.length === partsAhead ? coming.splice(0, 1) : []
    coming.push({ part, text })
    if (first !== undefined) yield { part: first.part, rows: rowsIn(await first.text) }
  }
  for (const { part, text } of coming) yield { part, rows: rowsIn(await text) }
}

const partsAhead = 2

/** The control characters of ASCII for just this. */
const [noValue, rowEnd, columnEnd] = ["\u001d", "\u001e", "\u001f"]

const textOf = async (sql: postgres.ISql, { query, columns }: Wanted): Promise<string> => {
  const values = columns.map((column) => `coalesce((${column})::text, '${noValue}')`).join(", ")
  const [all] = await answeredInTime(
    sql.unsafe<Array<{ rows: string | null }>>(
      `SELECT string_agg(concat_ws('${columnEnd}', ${values}), '${rowEnd}') AS rows FROM (${query}) AS one`,
    ),
    longestMs,
  )
  return all?.rows ?? ""
}

/** Somebody who puts one of those characters into a text gets another in its place, and the row another hash than its own. */
export const free = (column: string): string =>
  `translate(${column}, '${noValue}${rowEnd}${columnEnd}', '???')`

/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const rowsAtOnce = 64

async function* rowsIn(text: string): Rows {
  if (text === "") return
  const rows = text.split(rowEnd)
  for (let first = 0; first < rows.length; first += rowsAtOnce) {
    yield rows.slice(first, first + rowsAtOnce).map(columnsOf)
    await setImmediate()
  }
}

const columnsOf = (row: string): ReadonlyArray<string | null> => {
  const columns = row.split(columnEnd)
  return row.includes(noValue) ? columns.map((column) => (column === noValue ? null : column)) : columns
}
