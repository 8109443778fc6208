import { useEffect, useRef, useState } from "react"
import type { Language, Screen } from "../../index.ts"
import { type UseCheckoutOptions, useCheckout } from "../../react/index.ts"
import type { Product } from "../config.ts"
import { linesOf, useBasket, wishOf } from "./basket.ts"
import { Confirm } from "./Confirm.tsx"
import { Orders } from "./Orders.tsx"
import { Outcome } from "./Outcome.tsx"
import { Products } from "./Products.tsx"
import { Progress } from "./Progress.tsx"
import { go, moveOn, useRoute } from "./route.ts"
import { useOrders } from "./useOrders.ts"

interface Props {
  readonly products: ReadonlyArray<Product>
  readonly language: Language
  readonly onLanguage: (language: Language) => void
  /** Sees the machine move. */
  readonly inspect: NonNullable<UseCheckoutOptions["inspect"]>
  /** The server said no, so its price list may be another by now. */
  readonly onRefused: () => void
}

/** The mini-app: what is shown follows from the payment, and only while it waits for the buyer from where they went. */
export const Shop = ({ products: offered, language, onLanguage, inspect, onRefused }: Props) => {
  const products = offered.map((one) => ({ ...one, name: one.names?.[language] ?? one.name }))
  const checkout = useCheckout({
    baseUrl: "",
    language,
    inspect,
    onEvent: ({ type }) => type === "refused" && onRefused(),
  })
  const { screen, askAgain, startOver } = checkout
  const route = useRoute()
  const orders = useOrders(language, `${screen.at} ${screen.isBusy} ${route}`)
  const [basket, setBasket] = useBasket(products)
  const room = route === "orders" ? route : (rooms[screen.step] ?? route)
  const lines = linesOf(products, basket)
  const chosen = JSON.stringify(basket)
  const [tried, setTried] = useState(chosen)
  // What was said of one basket is not said of another.
  const text = tried !== chosen && /idle|ready/.test(screen.step) ? "" : checkout.text

  // What is paid is no longer to be paid: neither a reload nor the way back leads to the same pay button.
  const isPaid = screen.step === "paid"
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is paid
  useEffect(() => {
    if (!isPaid) return
    setBasket(null)
    moveOn("")
  }, [isPaid])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <main className="screen" ref={useFocusOnEntry(room)} tabIndex={0}>
      {/* One and the same element on every page, because screen readers miss what comes with a new one. Where a page shows it as
          well, that is for the eyes alone. */}
      <p role="status" className="unseen">
        {text}
      </p>
      {room === "orders" && <Orders {...orders} products={products} language={language} />}
      {room === "outcome" && (
        <Outcome
          screen={screen}
          text={text}
          order={orders.orders.find(({ orderId }) => orderId === screen.orderId)}
          products={products}
          language={language}
          onAskAgain={askAgain}
          onLeave={(to) => {
            startOver()
            go(to)
          }}
        />
      )}
      {room === "progress" && <Progress text={text} amount={screen.amount} language={language} />}
      {room === "confirm" && (
        <Confirm
          lines={lines}
          language={language}
          checkout={{ ...checkout, text }}
          onPay={() => {
            setTried(chosen)
            checkout.pay(wishOf(lines))
          }}
        />
      )}
      {room === "" && (
        <Products
          products={products}
          basket={basket}
          lines={lines}
          language={language}
          onLanguage={onLanguage}
          onChange={setBasket}
        />
      )}
    </main>
  )
}

/** Once money may move, or has, there is nothing else to be shown. */
const rooms: Readonly<Partial<Record<Screen["step"], "progress" | "outcome">>> = {
  executing: "progress",
  confirming: "progress",
  review: "outcome",
  paid: "outcome",
  refunding: "outcome",
  refunded: "outcome",
  unpaid: "outcome",
}

/** Whoever goes from page to page by keyboard or by ear begins at the top of the new one. */
const useFocusOnEntry = (room: string) => {
  const main = useRef<HTMLElement>(null)
  const before = useRef(room)
  useEffect(() => {
    if (before.current === room) return
    before.current = room
    main.current?.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [room])
  return main
}
