import { useCallback, useEffect, useRef, useState } from "react"
import { type Order, recentOrders } from "./api.ts"
import { type Basket, firstBasket, wishOf } from "./basket.ts"
import { type Product, readDemoConfig } from "./config.ts"
import { type Language, won, words } from "./messages.ts"
import { Orders } from "./Orders.tsx"
import { Outcome } from "./Outcome.tsx"
import { Products } from "./Products.tsx"
import { confirm, type End, newOrder, type Progress, pay, type Talk } from "./pay.ts"

export const App = () => {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith("ko") ? "ko" : "en")
  const shop = useShop(language)
  const [basket, setBasket] = useState<Basket | null>(null)
  const [progress, setProgress] = useState<Progress | null>(null)
  const [end, setEnd] = useState<End | null>(null)
  const order = useRef(newOrder())
  const text = words[language]

  useEffect(() => {
    document.documentElement.lang = language
  }, [language])

  const chosen = basket ?? firstBasket(shop.products)
  const wish = wishOf(shop.products, chosen)
  const isBusy = progress !== null
  const talk: Talk = { language, onProgress: setProgress }

  /** Another basket is another order. */
  const startOver = (next: Basket | null) => {
    order.current = newOrder()
    setBasket(next)
    setEnd(null)
  }

  const until = async (ending: Promise<End>) => {
    setEnd((last) => (last?.kind === "held" ? last : null))
    const reached = await ending
    if (reached.kind === "unpaid") order.current = reached.next
    setEnd(reached)
    setProgress(null)
    shop.refresh()
  }

  return (
    <main className="phone">
      <header>
        <div>
          <h1>{text.title}</h1>
          <p className="muted">{text.subtitle}</p>
        </div>
        <button
          type="button"
          className="link"
          lang={language === "ko" ? "en" : "ko"}
          onClick={() => setLanguage(language === "ko" ? "en" : "ko")}
        >
          {text.language}
        </button>
      </header>

      {shop.isAway && (
        <section className="card outcome">
          <p role="alert">{text.unavailable}</p>
          <button type="button" onClick={shop.refresh}>
            {text.reload}
          </button>
        </section>
      )}

      {shop.products.length > 0 && (end === null || end.kind === "unpaid") && (
        <>
          <Products
            products={shop.products}
            basket={chosen}
            language={language}
            disabled={isBusy}
            onChange={startOver}
          />
          <p className="total">
            <span>{text.total}</span>
            <strong>{won(wish.expectedAmount, language)}</strong>
          </p>
          <p className="muted terms">{text.refund}</p>
          <button
            type="button"
            disabled={isBusy || wish.expectedAmount === 0}
            onClick={() => until(pay(wish, order.current, talk))}
          >
            {wish.expectedAmount === 0 ? text.empty : `${won(wish.expectedAmount, language)} ${text.pay}`}
          </button>
        </>
      )}

      <div role="status">
        {end !== null && end.kind !== "unpaid" && (
          <Outcome
            end={end}
            language={language}
            disabled={isBusy}
            onAskAgain={() => end.kind === "held" && until(confirm(end.created, talk))}
            onAnother={() => startOver(null)}
          />
        )}
        {progress !== null && <p className="news">{text[progress]}</p>}
        {progress === null && end?.kind === "unpaid" && <p className="news problem">{end.message}</p>}
      </div>

      <Orders orders={shop.orders} language={language} />
    </main>
  )
}

/** What the page shows of the server: its price list, and the buyer's orders. */
const useShop = (language: Language) => {
  const [products, setProducts] = useState<ReadonlyArray<Product>>([])
  const [orders, setOrders] = useState<ReadonlyArray<Order>>([])
  const [isAway, setIsAway] = useState(false)

  const refresh = useCallback(() => {
    readDemoConfig().then(
      (config) => {
        setProducts(config.products)
        setIsAway(false)
      },
      () => setIsAway(true),
    )
    // The list is no part of a payment: as long as it cannot be read, the last one stands.
    recentOrders(language).then(setOrders, () => {})
  }, [language])

  useEffect(refresh, [refresh])
  return { products, orders, isAway, refresh }
}
