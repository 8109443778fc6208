import { useRef, useState } from "react"
import { isFailure, read } from "../api/request.ts"
import type { AlertsPage, DeliveriesPage, Delivery, Subscription } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { count } from "../parts/format.ts"
import { Problem } from "../parts/Problem.tsx"
import { Time } from "../parts/Time.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { useSession } from "../session/session.ts"
import { Alerts } from "./Alerts.tsx"
import { DeadLetters } from "./DeadLetters.tsx"
import "../css/deliveries.css"

const mostShown = 100

/** Who is told of what happened, what did not reach them, and what a person should know of. */
export const Deliveries = () => {
  useTitle("Deliveries")
  const dead = useResource<DeliveriesPage>(`/deliveries?state=dead&limit=${mostShown}`)
  const alerts = useResource<AlertsPage>("/alerts?open=true")
  const mayRetry = useSession()?.role === "all"
  const said = useRef<HTMLParagraphElement>(null)
  const [news, setNews] = useState("")
  const [isRunning, setIsRunning] = useState(false)

  const reload = () => {
    dead.reload()
    alerts.reload()
  }

  const deliverAgain = async (letters: ReadonlyArray<Delivery>) => {
    setIsRunning(true)
    let [ordered, problem] = [0, ""]
    for (const { id } of letters) {
      const answer = await read<Delivery>(`/deliveries/${encodeURIComponent(id)}/retry`, { method: "POST" })
      if (isFailure(answer)) problem = ` ${answer.message}`
      else ordered += 1
    }
    setIsRunning(false)
    setNews(`${count(ordered)} of ${count(letters.length)} will be delivered again at once.${problem}`)
    // The button is about to go, and the keyboard's place with it.
    said.current?.focus()
    reload()
  }

  const failure = dead.failure ?? alerts.failure
  if (failure !== null) return <Problem failure={failure} onRetry={reload} />
  if (dead.data === null || alerts.data === null) return <p className="muted">Loading…</p>
  return (
    <>
      <div className="deliveries-head">
        <h1>Deliveries</h1>
        <p role="status" ref={said} tabIndex={-1}>
          {news}
        </p>
        <button type="button" onClick={reload}>
          Read again
        </button>
      </div>
      <Alerts alerts={alerts.data.alerts} />
      <Subscriptions subscriptions={dead.data.subscriptions} />
      <DeadLetters
        letters={dead.data.deliveries}
        deadInAll={dead.data.subscriptions.reduce((sum, { dead }) => sum + dead, 0)}
        mayRetry={mayRetry}
        isRunning={isRunning}
        onRetry={deliverAgain}
      />
    </>
  )
}

const Subscriptions = ({ subscriptions }: { readonly subscriptions: ReadonlyArray<Subscription> }) => (
  <section className="panel" aria-labelledby="subscriptions">
    <h2 id="subscriptions">Subscriptions</h2>
    <ul className="letters">
      {subscriptions.map(({ subscription, waiting, waitingSince, dead, pausedAt, pausedWhy }) => (
        <li key={subscription}>
          <b>{subscription}</b>
          <span>{count(waiting)} waiting</span>
          {waitingSince !== null && (
            <span className="muted small">
              since <Time at={waitingSince} />
            </span>
          )}
          <span className={dead > 0 ? "bad" : undefined}>{count(dead)} dead</span>
          {pausedAt !== null && (
            <span className="bad">
              paused since <Time at={pausedAt} />: {pausedWhy}
            </span>
          )}
        </li>
      ))}
    </ul>
  </section>
)
