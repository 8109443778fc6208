import { useCallback, useEffect, useRef, useState } from "react"
import { type Created, type Order, type Paid, recentOrders } from "./api.ts"
import { type DemoConfig, demoConfig } from "./config.ts"
import { type Language, won, words } from "./messages.ts"
import { Orders } from "./Orders.tsx"
import { type Basket, Products, wishOf } from "./Products.tsx"
import { type Progress, pay } from "./pay.ts"

const firstBasket: Basket = { coffee: 1 }

export const App = () => {
  const [config, setConfig] = useState<DemoConfig | null>(null)
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith("ko") ? "ko" : "en")
  const [basket, setBasket] = useState(firstBasket)
  const [progress, setProgress] = useState<Progress | null>(null)
  const [problem, setProblem] = useState("")
  const [paid, setPaid] = useState<Paid | null>(null)
  const [orders, setOrders] = useState<ReadonlyArray<Order>>([])
  /** One basket is one order, however often it is tried: its key, and its token once there is one. */
  const order = useRef({ key: crypto.randomUUID() as string, created: null as Created | null })
  const text = words[language]

  const refresh = useCallback(() => recentOrders(language).then(setOrders, () => {}), [language])

  useEffect(() => {
    demoConfig.then(setConfig, () => {})
    refresh()
  }, [refresh])

  const startOver = (next: Basket) => {
    order.current = { key: crypto.randomUUID(), created: null }
    setBasket(next)
    setProblem("")
    setPaid(null)
  }

  if (config === null) return null
  const wish = wishOf(config.products, basket)

  const onPay = async () => {
    setProblem("")
    setProgress("creating")
    const end = await pay({
      wish,
      idempotencyKey: order.current.key,
      created: order.current.created,
      language,
      onProgress: setProgress,
    })
    setProgress(null)
    if (end.kind === "paid") {
      setPaid(end.paid)
    } else {
      setProblem(end.message)
      order.current =
        end.again === null
          ? { key: crypto.randomUUID(), created: null }
          : { ...order.current, created: end.again }
    }
    refresh()
  }

  return (
    <main className="phone" lang={language}>
      <header>
        <button type="button" className="link" onClick={() => setLanguage(language === "ko" ? "en" : "ko")}>
          {text.language}
        </button>
        <h1>{text.title}</h1>
        <p className="muted">{text.subtitle}</p>
      </header>

      {paid === null ? (
        <>
          <Products
            products={config.products}
            basket={basket}
            language={language}
            disabled={progress !== null}
            onChange={startOver}
          />
          <p className="total">
            <span>{text.total}</span>
            <strong>{won(wish.expectedAmount, language)}</strong>
          </p>
          <p className="muted">{text.refund}</p>
          <button type="button" disabled={progress !== null || wish.expectedAmount === 0} onClick={onPay}>
            {wish.expectedAmount === 0 ? text.empty : `${won(wish.expectedAmount, language)} ${text.pay}`}
          </button>
        </>
      ) : (
        <section className="card receipt">
          <h2>✓ {text.paid}</h2>
          <dl>
            <dt>{text.total}</dt>
            <dd>{won(paid.amount, language)}</dd>
            <dt>{text.orderId}</dt>
            <dd className="id">{paid.orderId}</dd>
            {paid.approvedAt !== undefined && (
              <>
                <dt>{text.approvedAt}</dt>
                <dd>{new Date(paid.approvedAt).toLocaleString(language)}</dd>
              </>
            )}
          </dl>
          <button type="button" onClick={() => startOver(firstBasket)}>
            {text.another}
          </button>
        </section>
      )}

      <p role="status" className={problem === "" ? "status" : "status problem"}>
        {progress === null ? problem : text[progress]}
      </p>

      <Orders orders={orders} language={language} />
    </main>
  )
}
