import type { OrderView } from "../index.ts"
import { type Language, time, won, words } from "./messages.ts"

/** The buyer's own orders, newest first. */
export const Orders = ({ orders, language }: { orders: ReadonlyArray<OrderView>; language: Language }) => (
  <section aria-labelledby="orders">
    <h2 id="orders">{words[language].orders}</h2>
    {orders.length === 0 ? (
      <p className="muted">{words[language].none}</p>
    ) : (
      <ul className="card">
        {orders.map((order) => (
          <li key={order.orderId}>
            <div>
              <strong>{order.items.map((item) => `${item.name} × ${item.quantity}`).join(", ")}</strong>
              <span className="facts">
                <span>{won(order.amount, language)}</span>
                <time dateTime={order.createdAt}>{time(order.createdAt, language)}</time>
              </span>
            </div>
            <Badge order={order} language={language} />
          </li>
        ))}
      </ul>
    )}
  </section>
)

/** A refund says more than the state it belongs to. */
const Badge = ({ order: { state, refund }, language }: { order: OrderView; language: Language }) => (
  <span className={`badge ${refund?.state ?? state}`}>
    {refund === null ? (words[language].states[state] ?? state) : words[language].refunds[refund.state]}
  </span>
)
