/**
 * The key that makes payers' fingerprints. They stand in the log for good, so it is made once, from the DATA_KEY of that day,
 * and kept wrapped: a new DATA_KEY wraps it anew and changes no fingerprint.
 */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"
import { CannotStart } from "../errors.ts"
import { type DataKey, firstOf, type KeyRing, type Wrapped } from "./keyRing.ts"
import { unseal } from "./secretBox.ts"

/** What it is bound to where it is wrapped. */
export const fingerprintKeyOwner = "fingerprint key"

export const wrongKey = new CannotStart({
  exitCode: 2,
  reason:
    "DATA_KEY must be the key that this database was written with (the file data.key in DATA_DIR where none is set), or DATA_KEY_PREVIOUS must have it",
})

/** Fails if the database was written with a key that is not among these: nobody's orders would be found. */
export const loadFingerprintKey = Effect.fnUntraced(function* (ring: KeyRing) {
  const sql = yield* Database
  const kept = query(
    () => sql<Array<Wrapped>>`SELECT wrapped, wrapped_with AS "wrappedWith" FROM fingerprint_key`,
  )
  if ((yield* kept).length === 0) {
    const { fingerprinting } = yield* writtenWith(ring)
    const { wrapped, wrappedWith } = ring.wrap(fingerprintKeyOwner, fingerprinting)
    yield* query(
      () => sql`
        INSERT INTO fingerprint_key (wrapped, wrapped_with) VALUES (${wrapped}, ${wrappedWith})
        ON CONFLICT DO NOTHING`,
    )
  }
  const [found] = yield* kept
  const key = found === undefined ? null : ring.unwrap(fingerprintKeyOwner, found)
  return key ?? (yield* wrongKey)
})

/** The key that payers were remembered with so far; the current one where there are none. */
const writtenWith = Effect.fnUntraced(function* (ring: KeyRing) {
  const sql = yield* Database
  const [first] = yield* query(
    () => sql<Array<{ payer: string; secret: Buffer; isOwn: boolean }>>`
      SELECT payer, coalesce(wrapped, sealed) AS secret, has_own_key AS "isOwn"
        FROM payer LEFT JOIN payer_key USING (payer)
       WHERE wrapped IS NOT NULL OR NOT has_own_key
       ORDER BY payer.created_at LIMIT 1`,
  )
  if (first === undefined) return ring.current
  const { payer, secret, isOwn } = first
  const opened = firstOf(ring.all, (key): DataKey => {
    unseal(isOwn ? key.wrapping : key.sealing, payer, secret)
    return key
  })
  return opened ?? (yield* wrongKey)
})
