import type { Screen } from "../index.ts"
import { type Language, won, words } from "./messages.ts"

interface Props {
  readonly screen: Screen
  /** What the buyer is to be told of it. */
  readonly text: string
  readonly language: Language
  readonly onAskAgain: () => void
  readonly onAnother: () => void
}

/** How a payment ended: the receipt, or that it has to be looked into before anything more is paid. */
export const Outcome = ({ screen, text, language, onAskAgain, onAnother }: Props) => {
  const own = words[language]
  return (
    <section className={screen.canStartOver ? "card outcome receipt" : "card outcome"}>
      <h2>{screen.canStartOver ? own.paid : own.held}</h2>
      {text !== "" && <p>{text}</p>}
      <dl>
        {screen.amount !== null && (
          <>
            <dt>{own.paidAmount}</dt>
            <dd className="sum">{won(screen.amount, language)}</dd>
          </>
        )}
        <dt>{own.orderId}</dt>
        <dd className="id">{screen.orderId}</dd>
      </dl>
      {/* While paying again might charge twice, another order is not offered. */}
      {screen.canStartOver ? (
        <button type="button" className="quiet" onClick={onAnother}>
          {own.another}
        </button>
      ) : (
        <button type="button" onClick={onAskAgain}>
          {own.askAgain}
        </button>
      )}
    </section>
  )
}
