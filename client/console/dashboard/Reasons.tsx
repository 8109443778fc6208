import type { Summary } from "../api/types.ts"
import { count } from "../parts/format.ts"

const mostShown = 8

/** Why checkouts failed or mismatched, the most frequent reason first. */
export const Reasons = ({ reasons }: Pick<Summary, "reasons">) => {
  const most = Math.max(1, ...reasons.map((reason) => reason.count))
  const rest = reasons.slice(mostShown).reduce((sum, reason) => sum + reason.count, 0)
  return (
    <section className="panel card" aria-labelledby="reasons">
      <h2 id="reasons">Why not</h2>
      {reasons.length === 0 && <p className="muted">Nothing failed.</p>}
      <ol className="bars">
        {reasons.slice(0, mostShown).map((reason) => (
          <li key={`${reason.state} ${reason.reason}`} className={reason.state}>
            <span className="mono">{reason.reason}</span>
            <meter
              min={0}
              max={most}
              value={reason.count}
              aria-label={`${reason.reason}: ${reason.count} ${reason.state}`}
            />
            <b>{count(reason.count)}</b>
            <span className="muted">{reason.state}</span>
          </li>
        ))}
      </ol>
      {rest > 0 && <p className="small muted">and {count(rest)} for other reasons</p>}
    </section>
  )
}
