import type { Summary } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { count } from "../parts/format.ts"
import { Problem } from "../parts/Problem.tsx"
import { go, usePlace } from "../parts/router.tsx"
import { Time } from "../parts/Time.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { Funnel } from "./Funnel.tsx"
import { Mismatches } from "./Mismatches.tsx"
import { OverTime } from "./OverTime.tsx"
import { Reasons } from "./Reasons.tsx"
import { TimeToSettle } from "./TimeToSettle.tsx"
import { Unfinished } from "./Unfinished.tsx"
import "../css/dashboard.css"

const hourMs = 3_600_000
const periods = [
  ["1h", "Last hour", hourMs],
  ["24h", "24 hours", 24 * hourMs],
  ["7d", "7 days", 7 * 24 * hourMs],
  ["30d", "30 days", 30 * 24 * hourMs],
] as const

/** What the checkouts of a time have in common, and what needs somebody's eye now. */
export default function Dashboard() {
  const { query } = usePlace()
  const [key, , spanMs] = periods.find(([name]) => name === query.get("period")) ?? periods[1]
  // The period ends now; to the minute, so that drawing again is no new question.
  const to = Math.ceil(Date.now() / 60_000) * 60_000
  const { data, failure, isLoading, reload } = useResource<Summary>(
    `/summary?from=${new Date(to - spanMs).toISOString()}&to=${new Date(to).toISOString()}`,
  )
  useTitle("Dashboard")

  return (
    <>
      <div className="dash-head">
        <h1>Dashboard</h1>
        <fieldset className="periods">
          <legend className="hidden">Opened in the</legend>
          {periods.map(([name, words]) => (
            <label key={name}>
              <input
                type="radio"
                name="period"
                checked={name === key}
                onChange={() => go(name === "24h" ? "" : `?period=${name}`)}
              />
              {words}
            </label>
          ))}
        </fieldset>
        <button type="button" onClick={reload} disabled={isLoading}>
          Refresh
        </button>
      </div>
      {failure !== null && <Problem failure={failure} onRetry={reload} />}
      {data === null ? (
        failure === null && <p className="muted">Counting…</p>
      ) : (
        <Figures summary={data} isLoading={isLoading} />
      )}
    </>
  )
}

const Figures = ({ summary, isLoading }: { readonly summary: Summary; readonly isLoading: boolean }) => (
  <div aria-busy={isLoading}>
    <p className="muted considered">
      {count(summary.considered)} checkouts, opened from <Time at={summary.from} />
      {!summary.isWhole && "; there were more, these are the newest of them"}
    </p>
    <div className="cards">
      <Funnel funnel={summary.funnel} states={summary.states} />
      <OverTime summary={summary} />
      <TimeToSettle times={summary.timeToSettleMs} />
      <Reasons reasons={summary.reasons} />
      <Unfinished unfinished={summary.unfinished} />
      <Mismatches mismatches={summary.mismatches} />
    </div>
  </div>
)
