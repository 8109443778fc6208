/**
 * DATA_KEY, and those that it took over from: the newest wraps, all of them unwrap. What is wrapped says by which it was, so
 * that keys can change while servers run.
 */

import { hkdfSync } from "node:crypto"
import { Redacted } from "effect"
import { seal, unseal } from "./secretBox.ts"

export interface DataKeys {
  readonly current: Redacted.Redacted<Buffer>
  /** Read with, and never written with: those before, or the one that comes next. */
  readonly others: ReadonlyArray<Redacted.Redacted<Buffer>>
}

export interface Wrapped {
  readonly wrapped: Buffer
  /** Names the key. `null`: from before keys had names, so any may fit. */
  readonly wrappedWith: string | null
}

/** What one key is good for. Nothing is done with the key itself. */
export interface DataKey {
  readonly name: string
  readonly wrapping: Buffer
  /** Sealed user keys by itself, before payers had keys of their own. */
  readonly sealing: Buffer
  /** What made fingerprints, for a database that was first written with this key. */
  readonly fingerprinting: Buffer
}

export interface KeyRing {
  readonly current: DataKey
  readonly all: ReadonlyArray<DataKey>
  wrap(owner: string, secret: Buffer): Wrapped & { readonly wrappedWith: string }
  /** `null` if none of the keys fits. */
  unwrap(owner: string, wrapped: Wrapped): Buffer | null
}

export const keyRing = ({ current, others }: DataKeys): KeyRing => {
  const newest = dataKey(current)
  const all = [newest, ...others.map(dataKey)]
  return {
    current: newest,
    all,
    wrap: (owner, secret) => ({
      wrapped: seal(newest.wrapping, owner, secret),
      wrappedWith: newest.name,
    }),
    unwrap: (owner, { wrapped, wrappedWith }) => {
      const fitting = all.filter(({ name }) => wrappedWith === null || wrappedWith === name)
      return firstOf(fitting, ({ wrapping }) => unseal(wrapping, owner, wrapped))
    },
  }
}

/** What the first key opens for which it opens at all. */
export const firstOf = <A>(keys: ReadonlyArray<DataKey>, open: (key: DataKey) => A): A | null => {
  for (const key of keys) {
    try {
      return open(key)
    } catch {
      // Sealed with another one.
    }
  }
  return null
}

const dataKey = (key: Redacted.Redacted<Buffer>): DataKey => {
  const derive = (purpose: string, length = 32) =>
    Buffer.from(hkdfSync("sha256", Redacted.value(key), "", `tosspay-checkout ${purpose}`, length))
  return {
    name: derive("data key name", 8).toString("hex"),
    wrapping: derive("payer key"),
    sealing: derive("payer seal"),
    fingerprinting: derive("payer fingerprint"),
  }
}
