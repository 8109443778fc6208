/** Every checkout that fits as one text, CSV or JSON Lines: a page at a time, so memory does not grow with the table. */

import { Effect, Option, Stream } from "effect"
import { csvLine } from "../csv.ts"
import { type Criteria, search } from "./search.ts"
import type { AuditView } from "./view.ts"

export const checkoutFormats = ["csv", "jsonl"] as const

type CheckoutFormat = (typeof checkoutFormats)[number]

const pageSize = 500

/** Newest first, as a search finds them. */
export const exportCheckouts = (criteria: Criteria, format: CheckoutFormat) =>
  Stream.concat(
    Stream.make(format === "csv" ? csvLine(columns) : ""),
    Stream.paginate(null as string | null, (after) =>
      Effect.map(search(criteria, pageSize, after), (page) => {
        const last = page.length < pageSize ? undefined : page.at(-1)
        return [[page.map(writers[format]).join("")], Option.fromUndefinedOr(last?.checkoutId)]
      }),
    ),
  )

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

const writers: Readonly<Record<CheckoutFormat, (view: AuditView) => string>> = {
  csv: (view) => csvLine(columns.map((name) => view[name])),
  jsonl: (view) => `${JSON.stringify(view)}\n`,
}
