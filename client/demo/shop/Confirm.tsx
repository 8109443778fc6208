import type { Language } from "../../index.ts"
import type { UsedCheckout } from "../../react/index.ts"
import { won } from "../language.ts"
import { type Line, totalOf } from "./basket.ts"
import { Picture } from "./Picture.tsx"
import { words } from "./words.ts"

interface Props {
  readonly lines: ReadonlyArray<Line>
  readonly language: Language
  readonly checkout: UsedCheckout
  readonly onPay: () => void
}

/**
 * What the buyer has to see before paying: name, quantity, price, discount, total and the terms of a refund
 * (TossPay reference: other rules).
 */
export const Confirm = ({
  lines,
  language,
  checkout: { screen, text, words: checkoutWords },
  onPay,
}: Props) => {
  const own = words[language]
  const amount = totalOf(lines)
  const total = won(amount, language)
  const isProblem = screen.reason !== null || screen.message !== null
  return (
    <>
      <header className="opening">
        <h1>{own.confirm}</h1>
      </header>
      <ul className="card">
        {lines.map(({ sku, name, price, quantity }) => (
          <li key={sku}>
            <Picture sku={sku} name={name} />
            <p className="what">
              <strong>{name}</strong>
              <span>
                {won(price, language)} × {quantity}
              </span>
            </p>
            <b>{won(price * quantity, language)}</b>
          </li>
        ))}
      </ul>
      <dl className="card">
        <dt>{own.goods}</dt>
        <dd>{total}</dd>
        <dt>{own.discount}</dt>
        <dd>{own.noDiscount}</dd>
        <dt>{own.method}</dt>
        <dd>{own.tossPay}</dd>
        <dt className="sum">{own.total}</dt>
        <dd className="sum">{total}</dd>
      </dl>
      <section className="terms">
        <h2>{own.refundTerms}</h2>
        <p>{own.refund}</p>
      </section>
      <footer className="cta">
        {!screen.isBusy && text !== "" && (
          <p className={isProblem ? "problem" : "muted"} aria-hidden="true">
            {text}
          </p>
        )}
        <button
          type="button"
          // Not `disabled`: that would throw the focus away in the middle of a payment.
          aria-disabled={!screen.canPay || lines.length === 0}
          aria-busy={screen.isBusy}
          onClick={onPay}
        >
          {screen.isBusy ? <Dots label={own.busy} /> : checkoutWords.pay(amount)}
        </button>
      </footer>
    </>
  )
}

const Dots = ({ label }: { readonly label: string }) => (
  <span className="dots" role="img" aria-label={label}>
    <i />
    <i />
    <i />
  </span>
)
