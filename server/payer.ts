/**
 * Who pays. The toss user key is personal: it is kept sealed (AES-256-GCM), and everything else, the log included,
 * knows a payer only by a keyed fingerprint (HMAC-SHA256). Both keys are derived from DATA_KEY.
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { Database, query } from "./database/postgres.ts"
import type { Unavailable } from "./errors.ts"

export class Payers extends Context.Service<
  Payers,
  {
    /** The fingerprint that stands for a toss user key. */
    fingerprint(userKey: string): string
    /** Keeps the key of a payer, so that the server can act for the buyer when the buyer is gone. Idempotent. */
    remember(payer: string, userKey: string): Effect.Effect<void, Unavailable>
    /** `null` if the payer was never remembered, or was forgotten. */
    userKeyOf(payer: string): Effect.Effect<string | null, Unavailable>
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
      })
    }),
  )
}

/** How many payers the process remembers having remembered, to spare the database. */
const cacheSize = 50_000

const make = Effect.fnUntraced(function* (dataKey: Redacted.Redacted<Buffer>) {
  const sql = yield* Database
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync("sha256", Redacted.value(dataKey), "", purpose, 32))
  const fingerprintKey = derive("tosspay-checkout payer fingerprint")
  const sealKey = derive("tosspay-checkout payer seal")
  const known = new Map<string, string>()

  const cache = (payer: string, userKey: string) => {
    if (known.size >= cacheSize) known.delete(known.keys().next().value ?? "")
    known.set(payer, userKey)
  }

  return Payers.of({
    fingerprint: (userKey) => createHmac("sha256", fingerprintKey).update(userKey).digest("hex"),
    remember: (payer, userKey) =>
      known.has(payer)
        ? Effect.void
        : query(
            () => sql`
              INSERT INTO payer (payer, sealed) VALUES (${payer}, ${seal(sealKey, payer, userKey)})
              ON CONFLICT (payer) DO NOTHING`,
          ).pipe(Effect.map(() => cache(payer, userKey))),
    userKeyOf: Effect.fnUntraced(function* (payer) {
      const cached = known.get(payer)
      if (cached !== undefined) return cached
      const [row] = yield* query(
        () => sql<Array<{ sealed: Buffer }>>`SELECT sealed FROM payer WHERE payer = ${payer}`,
      )
      if (row === undefined) return null
      const userKey = unseal(sealKey, payer, row.sealed)
      cache(payer, userKey)
      return userKey
    }),
  })
})

const ivBytes = 12
const tagBytes = 16

/** iv, tag and ciphertext; bound to the payer, so that a sealed key cannot be moved to another row. */
const seal = (key: Buffer, payer: string, userKey: string): Buffer => {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(payer))
  const sealed = Buffer.concat([cipher.update(userKey, "utf8"), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** Throws if the row was sealed with another key or tampered with: a defect. */
const unseal = (key: Buffer, payer: string, sealed: Buffer): string => {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes)).setAAD(
    Buffer.from(payer),
  )
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString(
    "utf8",
  )
}
