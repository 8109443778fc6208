import type { ReactNode } from "react"
import type { Delivery } from "../api/types.ts"
import { count } from "../parts/format.ts"
import { checkoutPlace, Link } from "../parts/router.tsx"

interface Listing {
  readonly id: string
  readonly title: string
  /** What there is to say when there are none. */
  readonly none: string
  readonly letters: ReadonlyArray<Delivery>
  /** There may be more than are shown. */
  readonly inAll: number
  /** How its tries went. */
  readonly how: (letter: Delivery) => ReactNode
  readonly isRunning: boolean
  /** `null` for who may not. */
  readonly onRetry: ((letter: Delivery) => void) | null
}

/** Messages that have not arrived. Each keeps its id when it is ordered again, so who remembers ids acts once all the same. */
export const Letters = ({ id, title, none, letters, inAll, how, isRunning, onRetry }: Listing) => (
  <section className="panel" aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {letters.length === 0 && <p className="muted">{none}</p>}
    {letters.length < inAll && (
      <p className="muted">
        The latest {count(letters.length)} of {count(inAll)}.
      </p>
    )}
    <ul className="letters">
      {letters.map((letter) => (
        <li key={letter.id}>
          <b>{letter.subscription}</b>
          <span>{letter.kind}</span>
          {letter.kind === "alertRaised" || letter.kind === "alertEnded" ? (
            <span className="mono">{letter.subject}</span>
          ) : (
            <Link to={checkoutPlace(letter.subject)} className="mono">
              {letter.subject}
            </Link>
          )}
          <span className="small">{how(letter)}</span>
          <span className="bad small">{letter.error}</span>
          {onRetry !== null && (
            <button
              type="button"
              disabled={isRunning}
              aria-label={`Deliver now: ${letter.kind} ${letter.subject} to ${letter.subscription}`}
              onClick={() => onRetry(letter)}
            >
              Deliver now
            </button>
          )}
        </li>
      ))}
    </ul>
  </section>
)
