import { type Language, time, won, words } from "./messages.ts"
import type { End } from "./pay.ts"

interface Props {
  readonly end: Exclude<End, { readonly kind: "unpaid" }>
  readonly language: Language
  readonly disabled: boolean
  readonly onAskAgain: () => void
  readonly onAnother: () => void
}

/** How a payment ended: the receipt, or that it has to be looked into before anything more is paid. */
export const Outcome = ({ end, language, disabled, onAskAgain, onAnother }: Props) => {
  const text = words[language]
  const orderId = end.kind === "paid" ? end.paid.orderId : end.created.orderId
  return (
    <section className={end.kind === "paid" ? "card outcome receipt" : "card outcome"}>
      <h2>{end.kind === "paid" ? text.paid : text.held}</h2>
      {end.kind === "held" && <p>{end.message}</p>}
      <dl>
        {end.kind === "paid" && (
          <>
            <dt>{text.paidAmount}</dt>
            <dd className="sum">{won(end.paid.amount, language)}</dd>
          </>
        )}
        <dt>{text.orderId}</dt>
        <dd className="id">{orderId}</dd>
        {end.kind === "paid" && end.paid.approvedAt !== undefined && (
          <>
            <dt>{text.approvedAt}</dt>
            <dd>{time(end.paid.approvedAt, language)}</dd>
          </>
        )}
      </dl>
      {/* While paying again might charge twice, another order is not offered. */}
      {end.kind === "held" ? (
        <button type="button" disabled={disabled} onClick={onAskAgain}>
          {text.askAgain}
        </button>
      ) : (
        <button type="button" className="quiet" disabled={disabled} onClick={onAnother}>
          {text.another}
        </button>
      )}
    </section>
  )
}
