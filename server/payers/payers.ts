/**
 * Who pays. The toss user key is personal: it is kept sealed, each with a key of its own, and everything else, the log
 * included, knows a payer only by a keyed fingerprint (HMAC-SHA256). The payers' own keys are kept wrapped, and so is what
 * makes fingerprints; DATA_KEY wraps them (keyRing.ts). To forget a payer is to destroy that payer's own key: the
 * log is not touched.
 */

import { createHmac, createSecretKey } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import type postgres from "postgres"
import { cannotReachDatabase } from "../database/meet.ts"
import { Database, longQuery, promptQuery } from "../database/postgres.ts"
import { Unavailable } from "../errors.ts"
import { loadFingerprintKey } from "./fingerprintKey.ts"
import { type DataKeys, firstOf, keyRing } from "./keyRing.ts"
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
    /** `null` if the payer was never remembered, or was forgotten. Fails where a DATA_KEY that is not given here is needed. */
    userKeyOf(payer: string): Effect.Effect<string | null, Unavailable>
    /** For good, and on record. Other servers remember for a minute longer. */
    forget(payer: string, forgetting: Forgetting): Effect.Effect<Forgotten, Unavailable>
  }
>()("tosspay-checkout/server/Payers") {
  /** Fails if the database was written with a DATA_KEY that is not among these, or cannot be reached. */
  static readonly layer = (keys: DataKeys) => Layer.effect(Payers, make(keys))
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

const make = Effect.fnUntraced(function* (keys: DataKeys) {
  const sql = yield* Database
  const ring = keyRing(keys)
  const fingerprintKey = yield* loadFingerprintKey(ring).pipe(
    Effect.map((key) => createSecretKey(key)),
    Effect.catchTag("Unavailable", () => cannotReachDatabase()),
  )
  const names = ring.all.map(({ name }) => name)
  yield* Effect.ignore(tellUnreadable(names))
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
      ...ring.wrap(payer, ownKey),
    }
  }

  const userKeyIn = (payer: string, record: PayerRecord): Effect.Effect<string | null, Unavailable> => {
    const { sealed, wrapped, wrappedWith, has_own_key } = record
    if (has_own_key && wrapped === null) return Effect.succeed(null)
    const opened =
      wrapped === null
        ? firstOf(ring.all, ({ sealing }) => unseal(sealing, payer, sealed))
        : open(ring.unwrap(payer, { wrapped, wrappedWith }), payer, sealed)
    return opened === null ? unreadable : Effect.succeed(opened.toString("utf8"))
  }

  return Payers.of({
    fingerprint: (userKey) => createHmac("sha256", fingerprintKey).update(userKey).digest("hex"),
    remember: Effect.fnUntraced(function* (payer, userKey) {
      if ((yield* cached(payer)) !== null) return
      yield* promptQuery(() => store(sql, payer, sealed(payer, userKey), names))
      yield* cache(payer, userKey)
    }),
    userKeyOf: Effect.fnUntraced(function* (payer) {
      const remembered = yield* cached(payer)
      if (remembered !== null) return remembered
      const [record] = yield* promptQuery(
        () => sql<Array<PayerRecord>>`
          SELECT p.sealed, p.has_own_key, k.wrapped, k.wrapped_with AS "wrappedWith" FROM payer p LEFT JOIN payer_key k USING (payer)
           WHERE p.payer = ${payer}`,
      )
      const userKey = record === undefined ? null : yield* userKeyIn(payer, record)
      if (userKey === null) return null
      if (record?.has_own_key === false)
        yield* promptQuery(() => store(sql, payer, sealed(payer, userKey), names))
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

const unreadable = Effect.andThen(
  Effect.logError(
    "a payer's key is wrapped with a DATA_KEY that is not given here: add it to DATA_KEY_PREVIOUS",
  ),
  new Unavailable({ what: "PAYER_KEY", retryable: true }),
)

/** A server that was left behind may have written with a key from before after `rotate-keys` was done. */
const tellUnreadable = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const sql = yield* Database
  const [found] = yield* longQuery(
    () => sql`SELECT FROM payer_key WHERE wrapped_with NOT IN ${sql([...names])} LIMIT 1`,
  )
  if (found !== undefined) {
    yield* Effect.logError(
      "some payers' keys are wrapped with a DATA_KEY that is not given here, and their payments cannot be finished: add it to DATA_KEY_PREVIOUS, and run `rotate-keys`",
    )
  }
})

interface PayerRecord {
  readonly sealed: Buffer
  readonly has_own_key: boolean
  readonly wrapped: Buffer | null
  readonly wrappedWith: string | null
}

const open = (ownKey: Buffer | null, payer: string, sealed: Buffer): Buffer | null =>
  ownKey === null ? null : unseal(ownKey, payer, sealed)

/** Keeps a sealed user key together with its own key, unless there is such a pair already that a key of these names opens. */
const store = (
  sql: postgres.Sql,
  payer: string,
  { sealed, wrapped, wrappedWith }: { sealed: Buffer; wrapped: Buffer; wrappedWith: string },
  names: ReadonlyArray<string>,
) => sql`
  WITH key AS (
    INSERT INTO payer_key (payer, wrapped, wrapped_with) VALUES (${payer}, ${wrapped}, ${wrappedWith})
    ON CONFLICT (payer) DO UPDATE SET wrapped = excluded.wrapped, wrapped_with = excluded.wrapped_with
     WHERE payer_key.wrapped_with NOT IN ${sql([...names])}
    RETURNING payer
  )
  INSERT INTO payer (payer, sealed, has_own_key) SELECT payer, ${sealed}, true FROM key
  ON CONFLICT (payer) DO UPDATE SET sealed = excluded.sealed, has_own_key = true`

/**
 * The own key is destroyed. What it sealed goes too: rows from before are sealed with a key that stays. One statement, so
 * that it is all of it or nothing.
 */
const forget = async (sql: postgres.Sql, payer: string, { who, why }: Forgetting): Promise<Forgotten> => {
  const [found] = await sql<Array<{ isUnfinished: boolean }>>`
    WITH found AS (
      SELECT payer, EXISTS (SELECT FROM checkout WHERE payer = ${payer} AND due_at IS NOT NULL) AS is_unfinished
        FROM payer WHERE payer = ${payer} FOR UPDATE
    ), finished AS (
      SELECT payer FROM found WHERE NOT is_unfinished
    ), without_key AS (
      DELETE FROM payer_key USING finished WHERE payer_key.payer = finished.payer
    ), without_record AS (
      DELETE FROM payer USING finished WHERE payer.payer = finished.payer
    ), recorded AS (
      INSERT INTO payer_forgotten (payer, who, why) SELECT payer, ${who}, ${why} FROM finished
    )
    SELECT is_unfinished AS "isUnfinished" FROM found`
  if (found === undefined) return "unknown"
  return found.isUnfinished ? "unfinished" : "forgotten"
}
