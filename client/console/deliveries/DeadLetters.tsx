import { useRef } from "react"
import type { Delivery } from "../api/types.ts"
import { count } from "../parts/format.ts"
import { checkoutPlace, Link } from "../parts/router.tsx"
import { Time } from "../parts/Time.tsx"

interface Ordering {
  readonly letters: ReadonlyArray<Delivery>
  /** There may be more than are shown. */
  readonly deadInAll: number
  readonly mayRetry: boolean
  readonly isRunning: boolean
  readonly onRetry: (letters: ReadonlyArray<Delivery>) => void
}

/** Messages that will not be tried again by themselves. Each keeps its id, so who remembers ids acts once all the same. */
export const DeadLetters = ({ letters, deadInAll, mayRetry, isRunning, onRetry }: Ordering) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const all = () => {
    dialog.current?.close()
    onRetry(letters)
  }
  return (
    <section className="panel" aria-labelledby="dead-letters">
      <div className="deliveries-head">
        <h2 id="dead-letters">Dead letters</h2>
        {mayRetry && letters.length > 1 && (
          <button type="button" disabled={isRunning} onClick={() => dialog.current?.showModal()}>
            Deliver these again…
          </button>
        )}
      </div>
      {letters.length === 0 && (
        <p className="muted">Every message reached its subscriber, or is on its way.</p>
      )}
      {letters.length < deadInAll && (
        <p className="muted">
          The latest {count(letters.length)} of {count(deadInAll)}.
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
            <span className="small">
              {count(letter.tries)} tries, given up <Time at={letter.changedAt} />
            </span>
            <span className="bad small">{letter.error}</span>
            {mayRetry && (
              <button
                type="button"
                disabled={isRunning}
                aria-label={`Deliver again: ${letter.kind} ${letter.subject} to ${letter.subscription}`}
                onClick={() => onRetry([letter])}
              >
                Deliver again
              </button>
            )}
          </li>
        ))}
      </ul>
      <dialog ref={dialog} className="panel" aria-labelledby="all-again">
        <h2 id="all-again">Deliver {count(letters.length)} messages again?</h2>
        <p>Each is tried at once, and then as often as at first.</p>
        <div className="actions">
          <button type="button" className="primary" onClick={all}>
            Deliver them
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </dialog>
    </section>
  )
}
