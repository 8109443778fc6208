/**
 * Who pays. The toss user key is personal: it is kept sealed, each with a key of its own, and everything else, the log
 * included, knows a payer only by a keyed fingerprint (HMAC-SHA256). The payers' own keys are kept wrapped. What wraps
 * them and what makes fingerprints is derived from DATA_KEY. To forget a payer is to destroy that payer's own key: the
 * log is not touched.
 */

import { createHmac, createSecretKey, hkdfSync } from "node:crypto"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import type postgres from "postgres"
import { Database, promptQuery } from "./database/postgres.ts"
import type { Unavailable } from "./errors.ts"
import { newKey, seal, unseal } from "./secretBox.ts"

/** On whose word a payer is forgotten, and why. */
export interface Forgetting {
  readonly who: string
  readonly why: string
}

/** What became of it. Nothing is forgotten while a checkout of the payer is unfinished, because its end needs the key. */
export type Forgotten = "forgotten" | "unknown" | "unfinished"

export class Payers extends Context.Service<
  Payers,
  {
    /** The fingerprint that stands for a toss user key. */
    fingerprint(userKey: string): string
    /** Keeps the key of a payer, so that the server can act for the buyer when the buyer is gone. Idempotent. */
    remember(payer: string, userKey: string): Effect.Effect<void, Unavailable>
    /** `null` if the payer was never remembered, or was forgotten. */
    userKeyOf(payer: string): Effect.Effect<string | null, Unavailable>
    /** For good, and on record. Other servers remember for a minute longer. */
    forget(payer: string, forgetting: Forgetting): Effect.Effect<Forgotten, Unavailable>
  }
>()("tosspay-checkout/server/Payers") {
  static readonly layer = (dataKey: Redacted.Redacted<Buffer>) => Layer.effect(Payers, make(dataKey))
  static readonly layerMemory = Layer.effect(
    Payers,
    Effect.sync(() => {
      const keys = new Map<string, string>()
      return Payers.of({
        fingerprint: (userKey) => `payer:${userKey}`,
        remember: (payer, userKey) => Effect.sync(() => void keys.set(payer, userKey)),
        userKeyOf: (payer) => Effect.sync(() => keys.get(payer) ?? null),
        forget: (payer) => Effect.sync(() => (keys.delete(payer) ? "forgotten" : "unknown")),
      })
    }),
  )
}

/** How many payers the process remembers having remembered, to spare the database. */
const cacheSize = 50_000

/** And for how long: a payer who was forgotten by another process is known here no longer than this. */
const cacheMs = 60_000

const make = Effect.fnUntraced(function* (dataKey: Redacted.Redacted<Buffer>) {
  const sql = yield* Database
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync("sha256", Redacted.value(dataKey), "", purpose, 32))
  const fingerprintKey = createSecretKey(derive("tosspay-checkout payer fingerprint"))
  const wrappingKey = derive("tosspay-checkout payer key")
  const sharedKey = derive("tosspay-checkout payer seal")
  const known = new Map<string, { readonly userKey: string; readonly untilMs: number }>()

  const cache = (payer: string, userKey: string) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      if (known.size >= cacheSize) known.delete(known.keys().next().value ?? "")
      known.set(payer, { userKey, untilMs: nowMs + cacheMs })
    })

  const cached = (payer: string) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const found = known.get(payer)
      if (found === undefined || nowMs < found.untilMs) return found?.userKey ?? null
      known.delete(payer)
      return null
    })

  const sealed = (payer: string, userKey: string) => {
    const ownKey = newKey()
    return {
      sealed: seal(ownKey, payer, Buffer.from(userKey)),
      wrapped: seal(wrappingKey, payer, ownKey),
    }
  }

  const userKeyIn = (payer: string, { sealed, wrapped, has_own_key }: PayerRecord): string | null => {
    if (!has_own_key) return unseal(sharedKey, payer, sealed).toString("utf8")
    return wrapped === null
      ? null
      : unseal(unseal(wrappingKey, payer, wrapped), payer, sealed).toString("utf8")
  }

  return Payers.of({
    fingerprint: (userKey) => createHmac("sha256", fingerprintKey).update(userKey).digest("hex"),
    remember: Effect.fnUntraced(function* (payer, userKey) {
      if ((yield* cached(payer)) !== null) return
      yield* promptQuery(() => store(sql, payer, sealed(payer, userKey)))
      yield* cache(payer, userKey)
    }),
    userKeyOf: Effect.fnUntraced(function* (payer) {
      const remembered = yield* cached(payer)
      if (remembered !== null) return remembered
      const [record] = yield* promptQuery(
        () => sql<Array<PayerRecord>>`
          SELECT p.sealed, p.has_own_key, k.wrapped FROM payer p LEFT JOIN payer_key k USING (payer)
           WHERE p.payer = ${payer}`,
      )
      const userKey = record === undefined ? null : userKeyIn(payer, record)
      if (userKey === null) return null
      if (record?.has_own_key === false) yield* promptQuery(() => store(sql, payer, sealed(payer, userKey)))
      yield* cache(payer, userKey)
      return userKey
    }),
    forget: (payer, forgetting) =>
      Effect.tap(
        promptQuery(() => forget(sql, payer, forgetting)),
        () => Effect.sync(() => known.delete(payer)),
      ),
  })
})

interface PayerRecord {
  readonly sealed: Buffer
  readonly has_own_key: boolean
  readonly wrapped: Buffer | null
}

/** Keeps a sealed user key together with its own key, unless there is such a pair already. */
const store = (
  sql: postgres.Sql,
  payer: string,
  { sealed, wrapped }: { sealed: Buffer; wrapped: Buffer },
) => sql`
  WITH key AS (
    INSERT INTO payer_key (payer, wrapped) VALUES (${payer}, ${wrapped})
    ON CONFLICT (payer) DO NOTHING RETURNING payer
  )
  INSERT INTO payer (payer, sealed, has_own_key) SELECT payer, ${sealed}, true FROM key
  ON CONFLICT (payer) DO UPDATE SET sealed = excluded.sealed, has_own_key = true`

/** The own key is destroyed. What it sealed goes too: rows from before are sealed with a key that stays. */
const forget = (sql: postgres.Sql, payer: string, { who, why }: Forgetting): Promise<Forgotten> =>
  sql.begin(async (tx) => {
    const [found] = await tx<Array<{ isUnfinished: boolean }>>`
      SELECT EXISTS (SELECT FROM checkout WHERE payer = ${payer} AND due_at IS NOT NULL) AS "isUnfinished"
        FROM payer WHERE payer = ${payer} FOR UPDATE`
    if (found === undefined) return "unknown"
    if (found.isUnfinished) return "unfinished"
    await tx`DELETE FROM payer_key WHERE payer = ${payer}`
    await tx`DELETE FROM payer WHERE payer = ${payer}`
    await tx`INSERT INTO payer_forgotten (payer, who, why) VALUES (${payer}, ${who}, ${why})`
    return "forgotten"
  })
