/** Spreadsheets, line by line. */

import { stringify } from "csv-stringify/sync"
import { onOneLine } from "./text.ts"

/** What is no text or number is JSON. A formula in a field that came from outside stays text, and all of it on its line. */
export const csvLine = (values: ReadonlyArray<unknown>): string =>
  stringify([values.map(cell)], { escape_formulas: true })

const cell = (value: unknown) =>
  typeof value === "number" || value == null
    ? value
    : onOneLine(typeof value === "string" ? value : JSON.stringify(value))
