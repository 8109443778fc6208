import type { Alert, AlertKind } from "../api/types.ts"
import { Decision } from "../parts/Decision.tsx"
import { checkoutPlace, Link } from "../parts/router.tsx"
import { Time } from "../parts/Time.tsx"

/** The open alerts, each with the first thing to do; the whole of it is in docs/runbook.md. */
export const Alerts = ({
  alerts,
  onClosed,
}: {
  readonly alerts: ReadonlyArray<Alert>
  /** `null` for who may not close any. */
  readonly onClosed: ((subject: string, isClosed: boolean) => void) | null
}) => (
  <section className="panel" aria-labelledby="alerts">
    <h2 id="alerts">Open alerts</h2>
    {alerts.length === 0 && <p className="muted">There is nothing that a person has to look at.</p>}
    <ul className="letters">
      {alerts.map(({ alertId, kind, subject, detail, raisedAt }) => (
        <li key={alertId}>
          <b className="bad">{kind}</b>
          {isAboutOrder(kind) ? (
            <Link to={checkoutPlace(subject)} className="mono">
              {subject}
            </Link>
          ) : (
            <span className="mono">{subject}</span>
          )}
          <span className="muted small">
            since <Time at={raisedAt} />
          </span>
          <span>{detail}</span>
          <span className="todo">{whatToDo[kind]}</span>
          {isForPerson(kind) && onClosed !== null && (
            <Decision<{ readonly closed: boolean }>
              label="Close…"
              title="Close this alert?"
              act="Close it"
              acting="Closing…"
              path="/alerts/close"
              bodyOf={(why, who) => ({ orderId: subject, why, who })}
              onDone={({ closed }) => onClosed(subject, closed)}
            >
              <p>
                Nothing more is to be done about <span className="mono">{subject}</span>. It is an alert again
                only if something else comes up.
              </p>
            </Decision>
          )}
        </li>
      ))}
    </ul>
  </section>
)

const isAboutOrder = (kind: AlertKind): boolean =>
  isForPerson(kind) || kind === "mismatch" || kind === "outcome-unknown" || kind === "refund-stuck"

/** It ends when a person says so, or when the matter is over. */
const isForPerson = (kind: AlertKind): boolean => kind === "books-differ" || kind === "refund-failed"

const whatToDo: Readonly<Record<AlertKind, string>> = {
  mismatch:
    "Open the checkout: both sides of the comparison are there. Compare with TossPay's dashboard; money that was taken has to go back.",
  "outcome-unknown":
    "Tell the buyer not to pay again, and look the order up on TossPay's dashboard. The server goes on asking, and guesses nothing; after a day you can decide on the order's page.",
  "refund-failed":
    "The buyer may still wait for the money. Ask for the refund again, or give it back in another way and close this.",
  "refund-stuck":
    "Look the order up on TossPay's dashboard: the buyer may still wait for the money. The server goes on asking.",
  "certificate-expiring":
    "Make another certificate in the Apps in Toss console and put it where the old one is; no restart is needed.",
  "dead-letters": "See below what the tries failed with, mend the receiver, and have them delivered.",
  "subscription-paused": "Mend what it is paused for, then resume it below. Nothing is lost meanwhile.",
  "chain-broken":
    "Change nothing. Verify the log from its first event, keep the findings, and find out who had access.",
  "books-differ":
    "Look the order up on TossPay's dashboard, then compare that day again. What is meant to stay so can be closed.",
}
