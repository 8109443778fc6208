/**
 * A checkpoint seals the log up to a place of the feed: how many events there are, the Merkle root over all of them, and
 * the checkpoint before, signed with a key that the database does not have. Whoever can rewrite the whole database,
 * chains and triggers included, still cannot write a checkpoint. docs/event-log.md shows how to check one without us.
 */

import { hash } from "node:crypto"
import { canonical } from "../log/chain.ts"
import type { FeedPlace } from "../log/feed.ts"
import type { CheckpointKeys, Signer } from "./keys.ts"
import { type Hash, rootOf, type Tree } from "./merkle.ts"

/** What is signed. Hashes are lower-case hex. */
export interface Sealed {
  /** 1, 2, 3 … without gaps. */
  readonly number: number
  /** How many events the log has up to `place`. */
  readonly count: number
  /** The place of the last event that is sealed. */
  readonly place: FeedPlace
  /** The Merkle root (RFC 6962) over all of them, in the order of the feed. */
  readonly root: string
  /** By the clock of the server that sealed, ISO, milliseconds, UTC. */
  readonly sealedAt: string
  /** The hash of the checkpoint before; `null` for the first. */
  readonly prevHash: string | null
  /** Which key signed. */
  readonly keyId: string
}

export interface Checkpoint extends Sealed {
  /** The SHA-256 of the signed text. */
  readonly hash: string
  /** Ed25519 over the signed text, base64. */
  readonly signature: string
}

/** What is signed and hashed: canonical JSON (RFC 8785), in UTF-8. */
export const signedText = ({ number, count, place, root, sealedAt, prevHash, keyId }: Sealed): string =>
  canonical({
    count,
    keyId,
    number,
    place: { checkoutId: place.checkoutId, position: place.position, version: place.version },
    prevHash,
    root,
    sealedAt,
  })

export const sign = (sealed: Sealed, signer: Signer): Checkpoint => {
  const text = signedText(sealed)
  return { ...sealed, hash: sha256(text), signature: signer.sign(text) }
}

/** A checkpoint with the tree that it closes: what it takes to seal what comes after it. Only the root is signed. */
export interface Kept extends Checkpoint {
  readonly peaks: ReadonlyArray<Hash>
}

export const treeOf = ({ count, peaks }: Kept): Tree => ({ size: count, peaks })

/** The tree is the one that was signed. */
export const isTreeGenuine = (kept: Kept): boolean => rootOf(treeOf(kept)) === kept.root

/** What is wrong with a checkpoint, seen alone. `null`: one of our keys signed what it says. */
export const forgeryOf = (
  checkpoint: Checkpoint,
  keys: CheckpointKeys["Service"],
): "changed" | "unknownKey" | "forged" | null => {
  const text = signedText(checkpoint)
  if (checkpoint.hash !== sha256(text)) return "changed"
  const isSigned = keys.verify(checkpoint.keyId, text, checkpoint.signature)
  return isSigned === null ? "unknownKey" : isSigned ? null : "forged"
}

/** Whether a checkpoint follows from the one before it. */
export const follows = (checkpoint: Checkpoint, before: Checkpoint | null): boolean =>
  checkpoint.number === (before?.number ?? 0) + 1 &&
  checkpoint.prevHash === (before?.hash ?? null) &&
  checkpoint.count > (before?.count ?? 0)

/** How many bytes an event takes in the list of what a checkpoint sealed, and in its leaf. */
const entryBytes = 52

/**
 * An event as a leaf of the tree knows it, in hex: the 16 bytes of its checkout's id, its version in 4 bytes (the
 * highest first), and the 32 bytes of its hash. `entrySql` is the same as an expression of SQL.
 */
export type Entry = string

/** A hash that somebody took away is an empty one: the row can still be named. */
export const entrySql = "encode(uuid_send(checkout_id) || int4send(version) || coalesce(hash, ''), 'hex')"

/** Which row an entry is, whatever its hash. */
export const rowKeyOf = (entry: Entry): string => entry.slice(0, 40)

export const rowOfEntry = (entry: Entry): { readonly checkoutId: string; readonly version: number } => ({
  checkoutId: entry.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
  version: Number.parseInt(entry.slice(32, 40), 16),
})

export const entriesIn = (list: Buffer): ReadonlyArray<Entry> =>
  Array.from({ length: list.length / entryBytes }, (_, nth) =>
    list.toString("hex", nth * entryBytes, (nth + 1) * entryBytes),
  )

const sha256 = (text: string): string => hash("sha256", text)
