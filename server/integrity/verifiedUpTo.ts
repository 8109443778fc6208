/**
 * What was found in order, up to which checkpoint: signed like a checkpoint, so that nobody without the key can have
 * verification skip what it should read.
 */

import { Effect } from "effect"
import type postgres from "postgres"
import { query } from "../database/postgres.ts"
import { canonical } from "../log/chain.ts"
import { forgeryOf, isTreeGenuine, type Kept } from "./checkpoint.ts"
import { checkpointAt } from "./checkpointStore.ts"
import type { CheckpointKeys } from "./keys.ts"

export interface Verified {
  readonly checkpoint: number
  /** ISO 8601. */
  readonly verifiedAt: string
}

interface VerifiedUpTo {
  readonly checkpoint: Kept
  readonly verifiedAt: string
}

const signedText = ({ hash }: Kept, verifiedAt: string, isWhole: boolean): string =>
  canonical({ verifiedUpTo: hash, verifiedAt, ...(isWhole && { isWhole }) })

/**
 * The last verification that found everything in order (`ofWhole`: of those that read the whole log), if one of our keys
 * vouches for it and for its checkpoint.
 */
export const lastVerified = async (
  sql: postgres.Sql,
  keys: CheckpointKeys["Service"],
  ofWhole = false,
): Promise<VerifiedUpTo | null> => {
  const [record] = await sql<Array<VerificationRecord>>`
    SELECT verified_at, checkpoint, is_whole, key_id, signature FROM verification
     WHERE is_whole OR ${!ofWhole} ORDER BY verified_at DESC LIMIT 1`
  if (record === undefined) return null
  const checkpoint = await checkpointAt(sql, record.checkpoint)
  if (checkpoint === null || forgeryOf(checkpoint, keys) !== null || !isTreeGenuine(checkpoint)) return null
  const text = signedText(checkpoint, record.verified_at, record.is_whole)
  return keys.verify(record.key_id, text, record.signature.toString("base64")) === true
    ? { checkpoint, verifiedAt: record.verified_at }
    : null
}

/** The highest checkpoint that a verification tells of, whether or not it is still there; 0 if none does. */
export const highestVerified = async (sql: postgres.ISql): Promise<number> => {
  const [row] = await sql<Array<{ highest: number }>>`
    SELECT coalesce(max(checkpoint), 0) AS highest FROM verification`
  return row?.highest ?? 0
}

/** Keeps it for the next time, where there is a key to sign it and a right to write it. */
export const recordVerified = (
  sql: postgres.Sql,
  { signer }: CheckpointKeys["Service"],
  checkpoint: Kept,
  verifiedAt: string,
  isWhole: boolean,
) =>
  signer === null
    ? Effect.void
    : query(
        () => sql`
          INSERT INTO verification (verified_at, checkpoint, is_whole, key_id, signature)
          VALUES (${verifiedAt}, ${checkpoint.number}, ${isWhole}, ${signer.keyId},
                  ${Buffer.from(signer.sign(signedText(checkpoint, verifiedAt, isWhole)), "base64")})
          ON CONFLICT DO NOTHING`,
      ).pipe(
        Effect.catchDefect((cause) => Effect.logDebug("the verification could not be recorded", cause)),
        Effect.asVoid,
      )

interface VerificationRecord {
  readonly verified_at: string
  readonly checkpoint: number
  readonly is_whole: boolean
  readonly key_id: string
  readonly signature: Buffer
}
