/**
 * A new DATA_KEY takes over: everything that another key wraps is wrapped anew. It works beside running servers, can be stopped
 * at any moment and begun again, and touches neither the log nor what the payers' own keys seal.
 */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { fingerprintKeyOwner, wrongKey } from "./fingerprintKey.ts"
import { type DataKeys, firstOf, keyRing, type Wrapped } from "./keyRing.ts"
import { newKey, seal, unseal } from "./secretBox.ts"

export interface Rotated {
  /** How many keys were wrapped anew. */
  readonly rewrapped: number
  /** How many are still wrapped with another key: written meanwhile by a server with the key before, or with one not at hand. */
  readonly left: number
}

const batchSize = 500

/** `told` hears how many of how many are done. */
export const rotateKeys = Effect.fnUntraced(function* (
  keys: DataKeys,
  told: (done: number, total: number) => void = () => {},
) {
  const sql = yield* Database
  const ring = keyRing(keys)
  const { name } = ring.current

  const countLeft = Effect.map(
    query(
      () => sql<[{ left: number }]>`
        SELECT ((SELECT count(*) FROM payer_key WHERE wrapped_with IS DISTINCT FROM ${name})
              + (SELECT count(*) FROM payer WHERE NOT has_own_key)
              + (SELECT count(*) FROM fingerprint_key WHERE wrapped_with <> ${name}))::integer AS left`,
    ),
    ([{ left }]) => left,
  )

  /** A row that changed meanwhile, because its payer was forgotten, is left alone. */
  const rewrapPayers = (rows: ReadonlyArray<Wrapped & { readonly payer: string }>) => {
    const again = rows.flatMap(({ payer, wrapped, wrappedWith }) => {
      const own = ring.unwrap(payer, { wrapped, wrappedWith })
      if (own === null) return []
      const next = ring.wrap(payer, own).wrapped.toString("base64")
      return [{ payer, before: wrapped.toString("base64"), next }]
    })
    return sql`
      UPDATE payer_key k SET wrapped = decode(a.next, 'base64'), wrapped_with = ${name}
        FROM json_to_recordset(${JSON.stringify(again)}::text::json) AS a (payer text, before text, next text)
       WHERE k.payer = a.payer AND k.wrapped = decode(a.before, 'base64')
      RETURNING 1`
  }

  /** From before payers had keys of their own: each gets one. */
  const sealPayers = (rows: ReadonlyArray<{ readonly payer: string; readonly sealed: Buffer }>) => {
    const again = rows.flatMap(({ payer, sealed }) => {
      const userKey = firstOf(ring.all, ({ sealing }) => unseal(sealing, payer, sealed))
      if (userKey === null) return []
      const own = newKey()
      const wrapped = ring.wrap(payer, own).wrapped.toString("base64")
      return [{ payer, sealed: seal(own, payer, userKey).toString("base64"), wrapped }]
    })
    return sql`
      WITH again AS (
        SELECT a.payer, decode(a.sealed, 'base64') AS sealed, decode(a.wrapped, 'base64') AS wrapped
          FROM json_to_recordset(${JSON.stringify(again)}::text::json) AS a (payer text, sealed text, wrapped text)
          JOIN payer p ON p.payer = a.payer AND NOT p.has_own_key
           FOR UPDATE OF p
      ), key AS (
        INSERT INTO payer_key (payer, wrapped, wrapped_with) SELECT payer, wrapped, ${name} FROM again
        ON CONFLICT (payer) DO NOTHING RETURNING payer
      )
      UPDATE payer p SET sealed = a.sealed, has_own_key = true FROM again a JOIN key USING (payer)
       WHERE p.payer = a.payer RETURNING 1`
  }

  const [kept] = yield* query(
    () => sql<Array<Wrapped>>`
      SELECT wrapped, wrapped_with AS "wrappedWith" FROM fingerprint_key WHERE wrapped_with <> ${name}`,
  )
  const fingerprinting = kept === undefined ? null : ring.unwrap(fingerprintKeyOwner, kept)
  if (kept !== undefined && fingerprinting === null) return yield* wrongKey

  const total = yield* countLeft
  let rewrapped = 0
  const count = ({ length }: { readonly length: number }) => {
    rewrapped += length
    told(rewrapped, total)
  }

  /** Batch after batch, in the order of the fingerprints. */
  const through = <Row extends { readonly payer: string }>(
    page: (after: string) => PromiseLike<ReadonlyArray<Row>>,
    write: (rows: ReadonlyArray<Row>) => PromiseLike<{ readonly length: number }>,
  ): Effect.Effect<void, Unavailable> =>
    Effect.gen(function* () {
      for (let rows = yield* query(() => page("")); rows.length > 0; ) {
        count(yield* query(() => write(rows)))
        rows = yield* query(() => page(rows.at(-1)?.payer ?? ""))
      }
    })

  yield* through(
    (after) => sql<Array<{ payer: string; sealed: Buffer }>>`
      SELECT payer, sealed FROM payer WHERE NOT has_own_key AND payer > ${after} ORDER BY payer LIMIT ${batchSize}`,
    sealPayers,
  )
  yield* through(
    (after) => sql<Array<Wrapped & { payer: string }>>`
      SELECT payer, wrapped, wrapped_with AS "wrappedWith" FROM payer_key
       WHERE wrapped_with IS DISTINCT FROM ${name} AND payer > ${after} ORDER BY payer LIMIT ${batchSize}`,
    rewrapPayers,
  )
  // The last: as long as anything else needs another key, no server starts without it.
  if (fingerprinting !== null) {
    const { wrapped } = ring.wrap(fingerprintKeyOwner, fingerprinting)
    count(
      yield* query(
        () => sql`UPDATE fingerprint_key SET wrapped = ${wrapped}, wrapped_with = ${name} RETURNING 1`,
      ),
    )
  }
  return { rewrapped, left: yield* countLeft } satisfies Rotated
})
