/** What has to survive a reload or a crash of the page: which orders were being paid. No secret and nothing personal. */

import type { Memory, Pending } from "./memory.ts"
import { within } from "./within.ts"

/** Works without a secure context too: a phone that tries a page of the local network has none. */
export const newKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-")

/** Where it is kept: the browser's localStorage, the SDK's Storage, or anything else with these two functions. */
export interface PendingStorage {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, text: string): unknown
}

/** So many orders are remembered. */
const most = 30

/**
 * The orders of this device, the newest first: other tabs' and other buyers' too, so each page writes of its own alone.
 * A storage that is switched off, full or silent costs their memory over a reload, never the payment.
 */
export const makeStore = (storage: () => PendingStorage, name: string, { orders }: Memory) => {
  // A bridge to the phone may take its time, and what it keeps may be a payment; who was silent once is waited for less.
  let patienceMs = 3_000
  const quietly = async <A>(use: () => Promise<A>): Promise<A | undefined> => {
    const answer = await within(patienceMs, use())
    patienceMs = answer ? 3_000 : 500
    return answer
  }

  const own = () => orders.get(name) ?? []
  const allOf = (text: string | null) => merged(recordsOf(text), own())

  return {
    read: async (): Promise<ReadonlyArray<Pending>> =>
      (await quietly(async () => allOf(await storage().getItem(name)))) ?? own(),
    /** Writes a word of an order into all that any page wrote so far. */
    write: async (word: Pending): Promise<void> => {
      orders.set(name, merged(own(), [word]))
      const change = (text: string | null) =>
        storage().setItem(name, JSON.stringify(allOf(text).slice(0, most)))
      await quietly(async () => {
        const text = storage().getItem(name)
        // At once where that is possible: the page may be gone in a moment. A bridge may have a promise of its own kind.
        await (text && typeof text !== "string" ? text.then(change) : change(text))
        return name
      })
    },
    /**
     * What is read and written here no other page changes in between. Where the browser has no Web Locks, or a page that sleeps
     * keeps one, that cannot be had, and it goes on without.
     */
    alone: async <A>(task: () => Promise<A>): Promise<A> => {
      try {
        return await navigator.locks.request(name, { signal: AbortSignal.timeout(1_000) }, task)
      } catch {
        return task()
      }
    },
  }
}

/** Two words of one order are one word. */
const merged = (all: ReadonlyArray<Pending>, more: ReadonlyArray<Pending>): ReadonlyArray<Pending> => [
  ...more.filter(({ key }) => !all.some((one) => one.key === key)),
  ...all.map((one) => ({ ...one, ...more.find(({ key }) => key === one.key) })),
]

/** Whatever else is found there is nothing. */
const recordsOf = (text: string | null): ReadonlyArray<Pending> => {
  try {
    return [JSON.parse(text ?? "[]")].flat().filter((one) => /^[ -~]+$/.test(one?.key))
  } catch {
    return []
  }
}
