import { useCallback, useEffect, useState } from "react"
import type { Language, OrderView } from "../../index.ts"

/** The buyer's own orders, newest first; read anew whenever `reason` is another. */
export const useOrders = (language: Language, reason: string) => {
  const [orders, setOrders] = useState<ReadonlyArray<OrderView>>([])
  const [cursor, setCursor] = useState<string | null>(null)

  // The list is no part of a payment: as long as it cannot be read, the last one stands.
  const read = useCallback(
    (after: string | null) =>
      readPage(after, language).then(
        (page) => {
          setOrders((known) => (after === null ? page.orders : [...known, ...page.orders]))
          setCursor(page.cursor)
        },
        () => {},
      ),
    [language],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: what moved is a reason to read again
  useEffect(() => {
    void read(null)
  }, [read, reason])

  return { orders, onFurther: cursor === null ? null : () => void read(cursor) }
}

interface Page {
  readonly orders: ReadonlyArray<OrderView>
  /** Where the older ones begin; `null` when there are none. */
  readonly cursor: string | null
}

const readPage = async (after: string | null, language: Language): Promise<Page> => {
  const query = after === null ? "" : `?cursor=${encodeURIComponent(after)}`
  const reply = await fetch(`/api/payment/orders${query}`, { headers: { "accept-language": language } })
  if (!reply.ok) throw new Error(`orders: ${reply.status}`)
  return reply.json()
}
