/** docs/event-log.md, "Check it without us", done by a stranger: SQL, node:crypto and nothing else. */

import { createHash, createPublicKey, verify } from "node:crypto"
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { copyOf, pem, sealedTemplate } from "./sealedLog.ts"

const sha256 = (...parts: ReadonlyArray<string | Buffer>) =>
  parts
    .reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash("sha256"))
    .digest()

/** RFC 8785, as far as whole numbers go. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`
}

/** RFC 6962, section 2.1. */
const root = (leaves: ReadonlyArray<Buffer>): Buffer => {
  const [leaf] = leaves
  if (leaves.length === 1 && leaf !== undefined) return sha256(Buffer.of(0), leaf)
  let half = 1
  while (half * 2 < leaves.length) half *= 2
  return sha256(Buffer.of(1), root(leaves.slice(0, half)), root(leaves.slice(half)))
}

it.live("a stranger comes to the same hashes, roots and signatures", () =>
  Effect.gen(function* () {
    const sql = yield* Database
    const [rows, entries, checkpoints] = yield* Effect.promise(() =>
      Promise.all([
        sql`
          SELECT checkout_id AS "checkoutId", version, type, from_state AS from, to_state AS to, data,
                 machine_version AS "machineVersion", recorded_at AS "recordedAt",
                 encode(prev_hash, 'hex') AS "prevHash", encode(hash, 'hex') AS hash
            FROM checkout_event ORDER BY checkout_id, version`,
        sql`
          SELECT encode(uuid_send(checkout_id) || int4send(version) || hash, 'hex') AS entry FROM checkout_event
           ORDER BY feed_position, checkout_id, version`,
        sql`
          SELECT number, count::integer, checkout_id, feed_position::integer, version, encode(root, 'hex') AS root, sealed_at,
                 encode(prev_hash, 'hex') AS "prevHash", key_id AS "keyId", encode(hash, 'hex') AS hash, signature
            FROM checkpoint ORDER BY number`,
      ]),
    )

    let before: string | null = null
    for (const { hash, ...row } of rows) {
      if (row["version"] === 1) before = null
      expect(row["prevHash"]).toBe(before)
      before = sha256(canonical(row)).toString("hex")
      expect(hash).toBe(before)
    }

    const leaves = entries.map(({ entry }) => Buffer.from(entry, "hex"))
    before = null
    for (const { number, count, root: sealed, prevHash, keyId, hash, signature, ...rest } of checkpoints) {
      expect(sealed).toBe(root(leaves.slice(0, count)).toString("hex"))
      const place = {
        checkoutId: rest["checkout_id"],
        position: rest["feed_position"],
        version: rest["version"],
      }
      const sealedAt = rest["sealed_at"]
      const text = canonical({ count, keyId, number, place, prevHash, root: sealed, sealedAt })
      expect(prevHash).toBe(before)
      before = sha256(text).toString("hex")
      expect(hash).toBe(before)
      expect(verify(null, Buffer.from(text), createPublicKey(pem), signature)).toBe(true)
    }
    expect(checkpoints.at(-1)?.["count"]).toBe(rows.length)
  }).pipe(Effect.provide(Layer.unwrap(Effect.map(sealedTemplate, (template) => copyOf(template))))),
)
