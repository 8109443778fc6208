import type { Order } from "./api.ts"
import { type Language, won, words } from "./messages.ts"

const stateWords: Readonly<Record<string, readonly [string, string]>> = {
  minted: ["결제 전", "unpaid"],
  authenticating: ["인증 중", "authenticating"],
  authenticated: ["인증됨", "authenticated"],
  executing: ["확인 중", "confirming"],
  settled: ["결제 완료", "paid"],
  mismatched: ["확인 필요", "under review"],
  failed: ["실패", "failed"],
}

/** The buyer's own orders, newest first. */
export const Orders = ({ orders, language }: { orders: ReadonlyArray<Order>; language: Language }) => (
  <section aria-labelledby="orders">
    <h2 id="orders">{words[language].orders}</h2>
    {orders.length === 0 ? (
      <p className="muted">{words[language].none}</p>
    ) : (
      <ul className="card orders">
        {orders.map((order) => (
          <li key={order.orderId}>
            <div>
              <strong>{order.items.map((item) => `${item.name} × ${item.quantity}`).join(", ")}</strong>
              <span>
                {new Date(order.createdAt).toLocaleTimeString(language)} · {won(order.amount, language)}
              </span>
            </div>
            <span className={`badge ${order.state}`}>
              {stateWords[order.state]?.[language === "ko" ? 0 : 1]}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)
