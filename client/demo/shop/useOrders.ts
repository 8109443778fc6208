import { useCallback, useEffect, useState } from "react"
import { type Language, makeApi, type OrderView } from "../../index.ts"

/** The buyer's own orders, newest first; read anew whenever `reason` is another. */
export const useOrders = (language: Language, reason: string) => {
  const [orders, setOrders] = useState<ReadonlyArray<OrderView>>([])
  const [cursor, setCursor] = useState<string | null>(null)

  // The list is no part of a payment: as long as it cannot be read, the last one stands.
  const read = useCallback(
    (after: string | null) =>
      makeApi({ baseUrl: "", language })
        .orders(after)
        .then(
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
