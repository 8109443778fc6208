/**
 * The hash chain of a checkout: each row's SHA-256 covers everything the row says and the hash of the row before it,
 * so that history cannot be rewritten unseen. docs/event-log.md shows how to check it without us.
 */

import { hash } from "node:crypto"
import type { Fact, Move, StatePath } from "../../machines/index.ts"
import { machineVersion } from "../../machines/index.ts"

/** One row of the event log. Hashes are lower-case hex. */
export interface EventRow {
  readonly checkoutId: string
  readonly version: number
  readonly type: Fact["type"]
  readonly from: StatePath | null
  readonly to: StatePath
  /** What the fact says beyond its type and time; with an answer of TossPay, also both sides of every comparison. */
  readonly data: Json
  readonly machineVersion: number
  /** ISO, milliseconds, UTC. */
  readonly recordedAt: string
  readonly prevHash: string | null
  readonly hash: string
}

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** The rows that record these moves, after the row with version `version` and hash `prevHash`. */
export const rowsOf = (
  checkoutId: string,
  version: number,
  prevHash: string | null,
  moves: ReadonlyArray<Move>,
): ReadonlyArray<EventRow> => {
  const rows: Array<EventRow> = []
  for (const move of moves) {
    const { type, at, ...data } = move.fact
    const row = {
      checkoutId,
      version: version + rows.length + 1,
      type,
      from: move.from,
      to: move.to,
      data: (move.checks === null ? data : { ...data, checks: move.checks }) as unknown as Json,
      machineVersion,
      recordedAt: at,
      prevHash: rows.at(-1)?.hash ?? prevHash,
    }
    rows.push({ ...row, hash: hashOf(row) })
  }
  return rows
}

/** The fact that a row records. */
export const factOf = (row: Pick<EventRow, "type" | "data" | "recordedAt">): Fact => {
  const { checks: _, ...data } = row.data as { readonly [key: string]: Json }
  return { type: row.type, at: row.recordedAt, ...data } as unknown as Fact
}

export const hashOf = (row: Omit<EventRow, "hash">): string =>
  hash(
    "sha256",
    canonical({
      checkoutId: row.checkoutId,
      data: row.data,
      from: row.from,
      machineVersion: row.machineVersion,
      prevHash: row.prevHash,
      recordedAt: row.recordedAt,
      to: row.to,
      type: row.type,
      version: row.version,
    }),
  )

/**
 * Canonical JSON as in RFC 8785, for the values a row can hold: keys sorted by UTF-16 code units, no white space.
 * Every number is a whole number, so the RFC's rules for fractions never come up; another number is a defect.
 */
export const canonical = (value: Json): string => {
  if (typeof value === "string") return quoted(value)
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError(`${value} is not a whole number and cannot go on record`)
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`
  let members = ""
  for (const key of Object.keys(value).sort()) {
    members += `${members === "" ? "" : ","}${quoted(key)}:${canonical(value[key] as Json)}`
  }
  return `{${members}}`
}

/** Most strings need no escapes, and are quoted twice as fast without looking for them one by one. */
const quoted = (value: string): string => (unescaped.test(value) ? `"${value}"` : JSON.stringify(value))

const unescaped = /^[ !#-[\]-~]*$/

const isArray = (value: object): value is ReadonlyArray<Json> => Array.isArray(value)
