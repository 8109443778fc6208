/** The order that this page is about, among all that pages of this device left. */

import type { Memory, Pending } from "./memory.ts"
import { makeStore, newKey } from "./pending.ts"
import type { CheckoutOptions } from "./screen.ts"

const none: Pending = { key: "", wish: "{}" }

export type Marker = ReturnType<typeof makeMarker>

export const makeMarker = (options: CheckoutOptions, memory: Memory) => {
  const { storage, storageName = "tosspay-checkout" } = options
  const store = makeStore(() => storage ?? localStorage, storageName, memory)
  let current = none
  /** By a tap on this page: then it is this page's to the end, whatever the page offers by then. */
  let isBegunHere = false
  /** What was looked at last. */
  let known: ReadonlyArray<Pending> = []

  const offers = ({ wish }: Pick<Pending, "wish"> = current): boolean =>
    options.wish === undefined || wish === JSON.stringify(options.wish)

  const stand = (one: Pending, isFromTap = false): void => {
    isBegunHere = isFromTap || (isBegunHere && one.key === current.key)
    current = one
  }

  /** What has become of an order: of this page's, or of `one`. */
  const keep = async (change: Partial<Pending>, one = current): Promise<void> => {
    if (one === none) return
    const word = { ...one, ...change }
    if (one === current) current = word
    await store.write(word)
  }

  return {
    current: () => current,
    /** The page offers it now. */
    offers,
    /** It still does, or would if it knew what that costs now, in won. */
    stays: (price: number | null) =>
      offers() || offers({ wish: JSON.stringify({ ...JSON.parse(current.wish), expectedAmount: price }) }),
    isOwn: () => isBegunHere || offers(),
    /** The orders that the server may be asked about, the newest first. */
    all: async () => {
      known = (await store.read()).filter(({ orderId }) => orderId)
      return known
    },
    stand,
    leave: () => stand(none),
    /** A new order, or one that another page asked for since. Whether its key is a new one. */
    begin: (wish: string): Promise<boolean> =>
      store.alone(async () => {
        const asked = (await store.read()).find(
          (one) => one.wish === wish && !one.isOver && !known.some(({ key }) => key === one.key),
        )
        stand(asked ?? { key: newKey(), wish }, true)
        await store.write(current)
        return asked === undefined
      }),
    keep,
    /** It is paid: `tell` is called unless a page told so before. */
    told: (tell: () => void) =>
      store.alone(async () => {
        const { orderId } = current
        if (!(await store.read()).some((one) => one.isTold && one.orderId === orderId)) tell()
        await keep({ isTold: true })
      }),
  }
}
