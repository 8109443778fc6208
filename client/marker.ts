/** The order that this page is about, among all that pages of this device left. */

import { makeStore, newKey, type Pending } from "./pending.ts"
import type { CheckoutOptions } from "./screen.ts"

const none: Pending = { key: "", wish: "" }

export type Marker = ReturnType<typeof makeMarker>

export const makeMarker = (options: CheckoutOptions) => {
  const { storage, storageName = "tosspay-checkout" } = options
  const store = makeStore(() => storage ?? localStorage, storageName)
  let current = none
  /** By a tap on this page: then it is this page's to the end, whatever the page offers by then. */
  let isBegunHere = false

  const isOffered = ({ wish }: Pending = current): boolean =>
    options.wish === undefined || wish === JSON.stringify(options.wish)

  const stand = (one: Pending, isFromTap = false): void => {
    isBegunHere = isFromTap || (isBegunHere && one.key === current.key)
    current = one
  }

  /** What has become of an order: of this page's, or of `one`. `unlessTold` is called before any page told of its payment. */
  const keep = async (change: Partial<Pending>, unlessTold = () => {}, one = current): Promise<void> => {
    if (one === none) return
    const word = { ...one, ...change }
    if (one === current) current = word
    await store.write((all) => {
      if (!all.some(({ isTold, orderId }) => isTold && orderId === word.orderId)) unlessTold()
      return word
    })
  }

  return {
    current: () => current,
    /** It is for what the page offers now. */
    isOffered,
    isOwn: () => isBegunHere || isOffered(),
    /** The orders that the server may be asked about, the newest first. */
    all: async () => (await store.read()).filter(({ orderId }) => orderId !== undefined),
    stand,
    leave: () => stand(none),
    /** A new order, or one that a page asked for and died before it was answered. Whether its key is a new one. */
    begin: async (wish: string): Promise<boolean> => {
      let isNew = false
      await store.write((all) => {
        const asked = all.find((one) => one.wish === wish && !one.isOver && one.orderId === undefined)
        isNew = asked === undefined
        stand(asked ?? { key: newKey(), wish }, true)
        return current
      })
      return isNew
    },
    keep,
  }
}
