/**
 * The hash chain of a checkout: each row's SHA-256 covers everything the row says and the hash of the row before it,
 * so that history cannot be rewritten unseen. docs/event-log.md shows how to check it without us.
 */

import { hash } from "node:crypto"
import type { Fact, Move, StatePath } from "../../machines/index.ts"
import { machineVersion, type RecordedFact, upcast } from "../../machines/index.ts"

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

/** The fact that a row records, as the version of the machine wrote it that the row names. */
export const recordedFactOf = (row: Pick<EventRow, "type" | "data" | "recordedAt">): RecordedFact => {
  const { checks: _, ...data } = row.data as { readonly [key: string]: Json }
  return { type: row.type, at: row.recordedAt, ...data }
}

/** The same, as the current version of the machine reads it. */
export const factOf = (row: Pick<EventRow, "type" | "data" | "recordedAt" | "machineVersion">): Fact =>
  upcast(recordedFactOf(row), row.machineVersion)

export const hashOf = (row: Omit<EventRow, "hash">): string =>
  hash(
    "sha256",
    `{"checkoutId":${canonical(row.checkoutId)},"data":${canonical(row.data)},"from":${canonical(row.from)},` +
      `"machineVersion":${canonical(row.machineVersion)},"prevHash":${canonical(row.prevHash)},` +
      `"recordedAt":${canonical(row.recordedAt)},"to":${canonical(row.to)},"type":${canonical(row.type)},` +
      `"version":${canonical(row.version)}}`,
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
  if (value === null || typeof value !== "object") return `${value}`
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`
  let members = ""
  for (const { key, label } of inOrder(Object.keys(value))) {
    members += `${members === "" ? "" : ","}${label}${canonical(value[key] as Json)}`
  }
  return `{${members}}`
}

interface Member {
  readonly key: string
  readonly label: string
}

/** Objects come in few shapes, so the order of each shape's keys is looked up rather than found again. */
const inOrder = (keys: ReadonlyArray<string>): ReadonlyArray<Member> => {
  const alike = shapes.get(keys[0] ?? "")
  const known = alike?.find((shape) => isSame(shape.keys, keys))
  if (known !== undefined) return known.members
  const members = keys.toSorted().map((key) => ({ key, label: `${quoted(key)}:` }))
  if (alike === undefined && shapes.size < mostShapes) shapes.set(keys[0] ?? "", [{ keys, members }])
  else if (alike !== undefined && alike.length < mostShapes) alike.push({ keys, members })
  return members
}

interface Shape {
  readonly keys: ReadonlyArray<string>
  readonly members: ReadonlyArray<Member>
}

/** By their first key. */
const shapes = new Map<string, Array<Shape>>()
const mostShapes = 50

const isSame = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((key, nth) => key === b[nth])

/** Most strings need no escapes, and are quoted twice as fast without looking for them one by one. */
const quoted = (value: string): string => (unescaped.test(value) ? `"${value}"` : JSON.stringify(value))

const unescaped = /^[ !#-[\]-~]*$/

const isArray = (value: object): value is ReadonlyArray<Json> => Array.isArray(value)
