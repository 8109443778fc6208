import type { Language, OrderView, Screen } from "../../index.ts"
import type { Product } from "../config.ts"
import { time, won } from "../language.ts"
import type { Route } from "./route.ts"
import { words } from "./words.ts"

interface Props {
  readonly screen: Screen
  /** What the buyer is to be told of it. */
  readonly text: string
  /** The order as the server tells it; `undefined` until it was read. */
  readonly order: OrderView | undefined
  readonly products: ReadonlyArray<Product>
  readonly language: Language
  readonly onAskAgain: () => void
  readonly onLeave: (to: Route) => void
}

/** How a payment ended: the receipt, or that it is not paid, or that it has to be looked into before anything more is paid. */
export const Outcome = ({ screen, text, order, products, language, onAskAgain, onLeave }: Props) => {
  const own = words[language]
  const { kind, title, isExplained } = kinds[screen.step] ?? held
  // Of a charge that was not what was agreed, what goes back is what was taken.
  const amount = order?.refund?.amount ?? screen.amount
  return (
    <>
      <section className={`result ${kind}`}>
        <Mark kind={kind} />
        <h1>{own[title]}</h1>
        {amount !== null && <p className="amount">{won(amount, language)}</p>}
        {isExplained && text !== "" && (
          <p className="muted" aria-hidden="true">
            {text}
          </p>
        )}
      </section>
      <dl className="card">
        {order !== undefined && (
          <>
            <dt>{own.items}</dt>
            <dd>{summaryOf(order, products)}</dd>
            {order.approvedAt !== undefined && (
              <>
                <dt>{own.paidAt}</dt>
                <dd>{time(order.approvedAt, language)}</dd>
              </>
            )}
          </>
        )}
        <dt>{own.orderId}</dt>
        <dd className="id">{screen.orderId}</dd>
      </dl>
      <footer className="cta">
        {/* While paying again might charge twice, another order is not offered. */}
        {!screen.canStartOver && (
          <button type="button" onClick={onAskAgain}>
            {own.askAgain}
          </button>
        )}
        {screen.canStartOver && kind === "unpaid" && (
          <button type="button" onClick={() => onLeave("confirm")}>
            {own.tryAgain}
          </button>
        )}
        {screen.canStartOver && kind !== "unpaid" && (
          <>
            <button type="button" onClick={() => onLeave("")}>
              {own.another}
            </button>
            <button type="button" className="quiet" onClick={() => onLeave("orders")}>
              {own.orders}
            </button>
          </>
        )}
      </footer>
    </>
  )
}

/** Such as `Coffee × 2, Book × 1`. An order has its names in the language that it was made in; the page may speak another by now. */
export const summaryOf = ({ items }: OrderView, products: ReadonlyArray<Product>): string =>
  items
    .map(({ sku, name, quantity }) => {
      const known = products.find((product) => product.sku === sku)
      return `${known?.name ?? name} × ${quantity}`
    })
    .join(", ")

type Kind = "receipt" | "unpaid" | "held"

const held = { kind: "held", title: "held", isExplained: true } as const

const kinds: Readonly<
  Partial<
    Record<
      Screen["step"],
      {
        readonly kind: Kind
        readonly title: "paid" | "unpaid" | "refunding" | "refunded" | "held"
        /** A title that leaves something to be said. */
        readonly isExplained: boolean
      }
    >
  >
> = {
  paid: { kind: "receipt", title: "paid", isExplained: false },
  refunding: { kind: "receipt", title: "refunding", isExplained: false },
  refunded: { kind: "receipt", title: "refunded", isExplained: false },
  unpaid: { kind: "unpaid", title: "unpaid", isExplained: true },
}

const Mark = ({ kind }: { readonly kind: Kind }) => (
  <svg className="mark" viewBox="0 0 64 64" aria-hidden="true">
    <circle cx="32" cy="32" r="30" />
    <path d={kind === "receipt" ? "M20 33l8.5 8.5L45 25" : "M32 18v18M32 45v.5"} />
  </svg>
)
