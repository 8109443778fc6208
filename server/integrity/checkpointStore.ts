/** The checkpoints in PostgreSQL. */

import type postgres from "postgres"
import { type Checkpoint, type Entry, entriesIn, type Kept } from "./checkpoint.ts"
import { mostKept } from "./finding.ts"
import type { Tree } from "./merkle.ts"

export const lastCheckpoint = async (sql: postgres.ISql): Promise<Kept | null> => {
  const [record] = await sql<Array<CheckpointRecord>>`${columns(sql)} ORDER BY number DESC LIMIT 1`
  return record === undefined ? null : checkpointOf(record)
}

/** What no server numbers so: they count from 1 on. */
export const numbersBelowOne = async (sql: postgres.ISql): Promise<ReadonlyArray<number>> =>
  (
    await sql<
      Array<{ number: number }>
    >`SELECT number FROM checkpoint WHERE number < 1 ORDER BY number LIMIT ${mostKept}`
  ).map(({ number }) => number)

/** At most `limit` of those after `number`, in order. */
export const checkpointsAfter = async (
  sql: postgres.ISql,
  number: number,
  limit: number,
): Promise<ReadonlyArray<Kept>> =>
  (
    await sql<
      Array<CheckpointRecord>
    >`${columns(sql)} WHERE number > ${number} ORDER BY number LIMIT ${limit}`
  ).map(checkpointOf)

export const checkpointAt = async (sql: postgres.ISql, number: number): Promise<Kept | null> => {
  const [record] = await sql<Array<CheckpointRecord>>`${columns(sql)} WHERE number = ${number}`
  return record === undefined ? null : checkpointOf(record)
}

/** What the checkpoints from one number to another added to those before. */
export const entriesAt = async (
  sql: postgres.ISql,
  from: number,
  upTo: number,
): Promise<ReadonlyArray<Entry>> =>
  (
    await sql<
      Array<{ entries: Buffer }>
    >`SELECT entries FROM checkpoint WHERE number BETWEEN ${from} AND ${upTo} ORDER BY number`
  ).flatMap(({ entries }) => entriesIn(entries))

/** The SHA-256 of what each checkpoint says that it added, from one number to another. */
export const listHashesAt = async (
  sql: postgres.ISql,
  from: number,
  upTo: number,
): Promise<ReadonlyMap<number, string>> => {
  const records = await sql<Array<{ number: number; hash: string }>>`
    SELECT number, encode(sha256(entries), 'hex') AS hash FROM checkpoint WHERE number BETWEEN ${from} AND ${upTo}`
  return new Map(records.map(({ number, hash }) => [number, hash]))
}

/** Whether it is stored: not if another server stored one of this number first. */
export const storeCheckpoint = async (
  sql: postgres.ISql,
  checkpoint: Checkpoint,
  { peaks }: Tree,
  entries: ReadonlyArray<Entry>,
): Promise<boolean> => {
  const stored = await sql`
  INSERT INTO checkpoint (number, count, feed_position, checkout_id, version, root, sealed_at, prev_hash, key_id, hash,
                          signature, peaks, entries)
  VALUES (${checkpoint.number}, ${checkpoint.count}, ${checkpoint.place.position}, ${checkpoint.place.checkoutId},
          ${checkpoint.place.version}, ${bytes(checkpoint.root)}, ${checkpoint.sealedAt}, ${bytes(checkpoint.prevHash)},
          ${checkpoint.keyId}, ${bytes(checkpoint.hash)}, ${Buffer.from(checkpoint.signature, "base64")},
          ${Buffer.from(peaks.join(""), "hex")}, ${Buffer.from(entries.join(""), "hex")})
  ON CONFLICT (number) DO NOTHING RETURNING number`
  return stored.length > 0
}

const bytes = (hex: string | null) => (hex === null ? null : Buffer.from(hex, "hex"))

interface CheckpointRecord {
  readonly number: number
  readonly count: string
  readonly feed_position: string
  readonly checkout_id: string
  readonly version: number
  readonly root: string
  readonly sealed_at: string
  readonly prev_hash: string | null
  readonly key_id: string
  readonly hash: string
  readonly signature: Buffer
  readonly peaks: Buffer
}

/** Digits of a time below the millisecond stay, so that they do not pass unseen. */
const columns = (sql: postgres.ISql) => sql`
  SELECT number, count, feed_position, checkout_id, version, encode(root, 'hex') AS root,
         regexp_replace(to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '000$', '') || 'Z' AS sealed_at,
         encode(prev_hash, 'hex') AS prev_hash, key_id, encode(hash, 'hex') AS hash, signature, peaks
    FROM checkpoint`

const checkpointOf = (record: CheckpointRecord): Kept => ({
  number: record.number,
  count: Number(record.count),
  place: {
    position: Number(record.feed_position),
    checkoutId: record.checkout_id,
    version: record.version,
  },
  root: record.root,
  sealedAt: record.sealed_at,
  prevHash: record.prev_hash,
  keyId: record.key_id,
  hash: record.hash,
  signature: record.signature.toString("base64"),
  peaks: Array.from({ length: record.peaks.length / 32 }, (_, nth) =>
    record.peaks.toString("hex", nth * 32, nth * 32 + 32),
  ),
})
