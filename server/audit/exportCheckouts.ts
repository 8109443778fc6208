/** Every checkout that fits as one text, CSV or JSON Lines: a page at a time, so memory does not grow with the table. */

import { stringify } from "csv-stringify/sync"
import { Effect, Option, Stream } from "effect"
import { onOneLine } from "../text.ts"
import { type Criteria, search } from "./search.ts"
import type { AuditView } from "./view.ts"

export const checkoutFormats = ["csv", "jsonl"] as const

export type CheckoutFormat = (typeof checkoutFormats)[number]

const pageSize = 500

/** Newest first, as a search finds them. */
export const exportCheckouts = (criteria: Criteria, format: CheckoutFormat) =>
  Stream.concat(
    Stream.make(format === "csv" ? line(columns) : ""),
    Stream.paginate(null as string | null, (after) =>
      Effect.map(search(criteria, pageSize, after), (page) => {
        const last = page.length < pageSize ? undefined : page.at(-1)
        return [[page.map(writers[format]).join("")], Option.fromUndefinedOr(last?.checkoutId)]
      }),
    ),
  )

/** A formula in a field that came from outside stays text in a spreadsheet. */
const line = (values: ReadonlyArray<unknown>): string => stringify([[...values]], { escape_formulas: true })

const columns = [
  "orderId",
  "checkoutId",
  "reference",
  "state",
  "at",
  "amount",
  "currency",
  "mode",
  "items",
  "createdAt",
  "updatedAt",
  "approvedAt",
  "reason",
  "refund",
  "payer",
  "payToken",
  "version",
  "hash",
  "broken",
] as const satisfies ReadonlyArray<keyof AuditView>

const cell = (value: unknown) =>
  typeof value === "number" || value == null
    ? value
    : onOneLine(typeof value === "string" ? value : JSON.stringify(value))

const writers: Readonly<Record<CheckoutFormat, (view: AuditView) => string>> = {
  csv: (view) => line(columns.map((name) => cell(view[name]))),
  jsonl: (view) => `${JSON.stringify(view)}\n`,
}
