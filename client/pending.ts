/** What has to survive a reload or a crash of the page: which order was being paid. No secret and nothing personal. */

import { within } from "./patience.ts"

/** Empty when nothing is being paid. */
export interface Pending {
  /** Makes creating the order twice create it once. */
  readonly key?: string
  /** What was to be bought; another wish is another order. */
  readonly wish?: string
  /** Absent until the server answered. */
  readonly orderId?: string
  readonly payToken?: string
  /** It is paid, and the app was told so. */
  readonly isTold?: boolean
}

/** Works without a secure context too: a phone that tries a page of the local network has none. */
export const newKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-")

/** Where it is kept: the browser's localStorage, the SDK's Storage, or anything else with these two functions. */
export interface PendingStorage {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, text: string): unknown
}

/** A storage that is switched off, full or silent costs the order's memory over a reload, never the payment. */
export const makeStore = (storage: () => PendingStorage, name: string) => {
  /** What could not be kept there. */
  let unkept: Pending | null = null
  return {
    read: async (): Promise<Pending> =>
      unkept ?? (await quietly(async () => ({ ...JSON.parse(String(await storage().getItem(name))) }))) ?? {},
    write: async (pending: Pending): Promise<void> => {
      const isKept = await quietly(async () => {
        await storage().setItem(name, JSON.stringify(pending))
        return true
      })
      unkept = isKept ? null : pending
    },
  }
}

const quietly = <A>(use: () => Promise<A>): Promise<A | undefined> =>
  within(
    1_000,
    use().catch(() => undefined),
  )
