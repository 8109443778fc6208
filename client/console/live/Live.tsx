import { stateName, stateNames } from "../../../machines/index.ts"
import type { FeedEvent } from "../api/types.ts"
import { causeOf } from "../checkout/cause.ts"
import { checkoutPlace, go, Link, usePlace } from "../parts/router.tsx"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { queryOf } from "../search/filters.ts"
import { useFeed } from "./useFeed.ts"
import "../css/live.css"

const words = {
  connecting: "Connecting…",
  connected: "Listening",
  lost: "The connection is lost; trying again",
} as const

/** Every event of every checkout, as it happens. */
export const Live = () => {
  const { events, connection, waiting, isPaused, setPaused } = useFeed()
  const { query, find: text } = usePlace()
  const state = query.get("state") ?? ""
  const shown = events.filter((event) => fits(event, state, text))
  const filter = (change: { readonly state?: string; readonly text?: string }) => {
    const wanted = { state, text, ...change }
    go(`live${queryOf({}, { state: wanted.state })}`, { replace: true, find: wanted.text })
  }
  useTitle("Live")

  return (
    <>
      <div className="live-head">
        <h1>Live</h1>
        <p role="status" className={`connection ${connection}`}>
          {words[connection]}
        </p>
        <div className="field">
          <label htmlFor="live-text">Fact or order</label>
          <input
            id="live-text"
            type="search"
            value={text}
            onChange={({ currentTarget }) => filter({ text: currentTarget.value })}
          />
        </div>
        <div className="field">
          <label htmlFor="live-state">Into state</label>
          <select
            id="live-state"
            value={state}
            onChange={({ currentTarget }) => filter({ state: currentTarget.value })}
          >
            <option value="">any</option>
            {stateNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <button
          type="button"
          className="primary"
          aria-pressed={isPaused}
          onClick={() => setPaused(!isPaused)}
        >
          {isPaused ? `Go on${waiting > 0 ? ` (${waiting} new)` : ""}` : "Pause"}
        </button>
      </div>
      <section className="panel flush" aria-label="Events, newest first">
        {shown.length === 0 ? (
          <p className="empty muted">
            {events.length === 0 ? "Nothing has happened since this page was opened." : "Nothing fits."}
          </p>
        ) : (
          <ol className="feed" aria-live="off">
            {shown.map((event) => (
              <Line key={event.cursor} event={event} />
            ))}
          </ol>
        )}
      </section>
    </>
  )
}

const Line = ({ event }: { readonly event: FeedEvent }) => (
  <li>
    <Time at={event.recordedAt} exact />
    <b>{event.type}</b>
    <StateBadge at={event.to} />
    <span className="muted small">{causeOf(event)}</span>
    <Link to={`${checkoutPlace(event.orderId)}?step=${event.version}`} className="mono">
      {event.orderId}
    </Link>
  </li>
)

const fits = ({ type, orderId, to }: FeedEvent, state: string, text: string): boolean =>
  ["", stateName(to)].includes(state) &&
  (text === "" || `${type} ${orderId}`.toLowerCase().includes(text.toLowerCase()))
