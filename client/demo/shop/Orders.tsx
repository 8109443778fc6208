import type { Language, OrderView } from "../../index.ts"
import type { Product } from "../config.ts"
import { time, won } from "../language.ts"
import { summaryOf } from "./Outcome.tsx"
import { words } from "./words.ts"

interface Props {
  readonly orders: ReadonlyArray<OrderView>
  /** Reads older ones; `null` when there are none. */
  readonly onFurther: (() => void) | null
  readonly products: ReadonlyArray<Product>
  readonly language: Language
}

/** The buyer's own orders, newest first. */
export const Orders = ({ orders, onFurther, products, language }: Props) => (
  <>
    <header className="opening">
      <h1>{words[language].orders}</h1>
    </header>
    {orders.length === 0 && <p className="muted">{words[language].none}</p>}
    {orders.map((order) => (
      <article key={order.orderId} className="card order">
        <p className="when">
          <time dateTime={order.createdAt}>{time(order.createdAt, language)}</time>
          <Badge order={order} language={language} />
        </p>
        <strong>{summaryOf(order, products)}</strong>
        <p>{won(order.amount, language)}</p>
        {order.refund !== null && (
          <p className="muted">
            {words[language].refunds[order.refund.state]} · {won(order.refund.amount, language)}
            {order.refund.refundedAt !== undefined && ` · ${time(order.refund.refundedAt, language)}`}
          </p>
        )}
      </article>
    ))}
    {onFurther !== null && (
      <button type="button" className="quiet" onClick={onFurther}>
        {words[language].further}
      </button>
    )}
  </>
)

/** A refund says more than the state it belongs to. */
const Badge = ({
  order: { state, refund },
  language,
}: {
  readonly order: OrderView
  readonly language: Language
}) => (
  <span className={`badge ${refund?.state ?? state}`}>
    {refund === null ? words[language].states[state] : words[language].refunds[refund.state]}
  </span>
)
