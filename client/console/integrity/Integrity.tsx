import { useEffect, useRef } from "react"
import type { Verification } from "../api/types.ts"
import { count, duration } from "../parts/format.ts"
import { Link } from "../parts/router.tsx"
import { Time } from "../parts/Time.tsx"
import { useVerification, verify } from "./verification.ts"
import "../css/integrity.css"

/** The badge says whether the log is as it was written; opened, it says what was checked, and checks again. */
export const Integrity = () => {
  const { last, failure, isRunning } = useVerification()
  const ref = useRef<HTMLDetailsElement>(null)

  useEffect(() => {
    if (last === null) void verify("lately")
  }, [last])

  const close = ({ key }: { readonly key: string }) => {
    if (key !== "Escape" || ref.current === null) return
    ref.current.open = false
    ref.current.querySelector("summary")?.focus()
  }

  return (
    <details className="integrity" ref={ref} onKeyDown={close}>
      <summary className={toneOf(last)}>
        <span role="status">{isRunning ? "Verifying…" : wordsOf(last)}</span>
      </summary>
      <div className="panel">
        {failure !== null && <p className="bad">It could not be verified: {failure.message}</p>}
        {last !== null && <Report verification={last} />}
        <div className="actions">
          <button type="button" className="primary" disabled={isRunning} onClick={() => verify("now")}>
            Verify now
          </button>
          <button type="button" disabled={isRunning} onClick={() => verify("fromStart")}>
            From the first event
          </button>
        </div>
      </div>
    </details>
  )
}

const toneOf = (last: Verification | null): string => (last === null ? "" : last.ok ? "good" : "bad")

const wordsOf = (last: Verification | null): string =>
  last === null ? "Not verified" : last.ok ? "Log intact" : `${count(last.findingCount)} findings`

const mostShown = 20

const Report = ({ verification }: { readonly verification: Verification }) => {
  const { events, since, wholeAt, checkpoint, unsealed, unjudged, verifiedAt, durationMs, findings } =
    verification
  return (
    <>
      <p>
        {count(events)} events read in {duration(durationMs)}, <Time at={verifiedAt} />.{" "}
        {since !== null &&
          `Those before checkpoint ${since.checkpoint} were in order when they were read last.`}
        {since !== null && wholeAt !== null && (
          <>
            {" "}
            All of it was last read <Time at={wholeAt} />.
          </>
        )}
      </p>
      <p className="muted small">
        {checkpoint === null
          ? "No checkpoint has been signed yet."
          : `Signed up to checkpoint ${checkpoint.number}, ${count(checkpoint.count)} events; ${count(unsealed)} are newer.`}
      </p>
      {unjudged > 0 && (
        <p className="small">
          A newer release wrote {count(unjudged)} of the events read. They are whole and in their order; what
          they say only a server of that release can judge.
        </p>
      )}
      <ul>
        {findings.slice(0, mostShown).map(({ kind, checkoutId, version, words }) => (
          <li key={`${kind} ${checkoutId} ${version} ${words}`}>
            {checkoutId === null ? null : (
              <Link to={`checkouts?q=${checkoutId}`} className="mono">
                {checkoutId} {version}
              </Link>
            )}{" "}
            {words}
          </li>
        ))}
      </ul>
    </>
  )
}
