import { useCallback, useEffect, useState } from "react"
import { makeApi, type OrderView } from "../index.ts"
import { useCheckout } from "../react/index.ts"
import { type Basket, firstBasket, wishOf } from "./basket.ts"
import { type Product, readDemoConfig } from "./config.ts"
import { type Language, won, words } from "./messages.ts"
import { Orders } from "./Orders.tsx"
import { Outcome } from "./Outcome.tsx"
import { Products } from "./Products.tsx"

export const App = () => {
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith("ko") ? "ko" : "en")
  const { screen, text, pay, askAgain, startOver } = useCheckout({ baseUrl: "", language })
  const shop = useShop(language, screen.at)
  const [basket, setBasket] = useState<Basket | null>(null)
  const own = words[language]

  useEffect(() => {
    document.documentElement.lang = language
  }, [language])

  const chosen = basket ?? firstBasket(shop.products)
  const wish = wishOf(shop.products, chosen)
  const isEnded = screen.step === "paid" || screen.step === "review" || screen.step.startsWith("refund")

  return (
    <main className="phone">
      <header>
        <div>
          <h1>{own.title}</h1>
          <p className="muted">{own.subtitle}</p>
        </div>
        <button
          type="button"
          className="link"
          lang={language === "ko" ? "en" : "ko"}
          onClick={() => setLanguage(language === "ko" ? "en" : "ko")}
        >
          {own.language}
        </button>
      </header>

      {shop.isAway && (
        <section className="card outcome">
          <p role="alert">{own.unavailable}</p>
          <button type="button" onClick={shop.refresh}>
            {own.reload}
          </button>
        </section>
      )}

      {shop.products.length > 0 && !isEnded && (
        <>
          <Products
            products={shop.products}
            basket={chosen}
            language={language}
            disabled={!screen.canPay}
            onChange={setBasket}
          />
          <p className="total">
            <span>{own.total}</span>
            <strong>{won(wish.expectedAmount, language)}</strong>
          </p>
          <p className="muted terms">{own.refund}</p>
          <button
            type="button"
            disabled={!screen.canPay || wish.expectedAmount === 0}
            onClick={() => pay(wish)}
          >
            {wish.expectedAmount === 0 ? own.empty : own.pay(won(wish.expectedAmount, language))}
          </button>
        </>
      )}

      <div role="status">
        {isEnded ? (
          <Outcome
            screen={screen}
            text={screen.step === "paid" ? "" : text}
            language={language}
            onAskAgain={askAgain}
            onAnother={() => {
              startOver()
              setBasket(null)
            }}
          />
        ) : (
          text !== "" && <p className={screen.canPay ? "news problem" : "news"}>{text}</p>
        )}
      </div>

      <Orders orders={shop.orders} language={language} />
    </main>
  )
}

/** What the page shows of the server: its price list, and the buyer's orders. Read anew when the payment moves. */
const useShop = (language: Language, at: string | null) => {
  const [products, setProducts] = useState<ReadonlyArray<Product>>([])
  const [orders, setOrders] = useState<ReadonlyArray<OrderView>>([])
  const [isAway, setIsAway] = useState(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a payment that moved is a reason to read again
  const refresh = useCallback(() => {
    readDemoConfig().then(
      (config) => {
        setProducts(config.products)
        setIsAway(false)
      },
      () => setIsAway(true),
    )
    // The list is no part of a payment: as long as it cannot be read, the last one stands.
    makeApi({ baseUrl: "", language })
      .orders()
      .then(
        (page) => setOrders(page.orders.slice(0, 5)),
        () => {},
      )
  }, [language, at])

  useEffect(refresh, [refresh])
  return { products, orders, isAway, refresh }
}
