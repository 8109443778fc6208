/** What has to survive a reload or a crash of the page: which order was being paid. No secret and nothing personal. */

export interface Pending {
  /** Makes creating the order twice create it once. */
  readonly key: string
  /** What was to be bought; another wish is another order. */
  readonly wish: string
  /** Absent until the server answered. */
  readonly orderId?: string
  readonly payToken?: string
}

/** Where it is kept. The SDK's storage fits as well as the browser's. */
export interface PendingStore {
  read(): string | null | Promise<string | null>
  write(text: string): unknown
  remove(): unknown
}

/** The browser's own storage; one that is switched off or absent (on a server) keeps nothing. */
export const webStorage = (name = "tosspay-checkout"): PendingStore => {
  const quietly = <A>(use: (storage: Storage) => A): A | null => {
    try {
      return use(localStorage)
    } catch {
      return null
    }
  }
  return {
    read: () => quietly((storage) => storage.getItem(name)),
    write: (text) => quietly((storage) => storage.setItem(name, text)),
    remove: () => quietly((storage) => storage.removeItem(name)),
  }
}

/** The storage of the Apps in Toss SDK, or anything with the same three functions. */
export const sdkStorage = (
  storage: {
    getItem(name: string): Promise<string | null>
    setItem(name: string, value: string): Promise<unknown>
    removeItem(name: string): Promise<unknown>
  },
  name = "tosspay-checkout",
): PendingStore => ({
  read: () => storage.getItem(name),
  write: (text) => storage.setItem(name, text),
  remove: () => storage.removeItem(name),
})

/** What is kept, if it is of use; anything unreadable counts as nothing. */
export const readPending = async (store: PendingStore): Promise<Pending | null> => {
  try {
    const kept = JSON.parse((await store.read()) ?? "null")
    return typeof kept?.key === "string" && typeof kept.wish === "string" ? kept : null
  } catch {
    return null
  }
}
