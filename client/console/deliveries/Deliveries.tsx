import { useRef, useState } from "react"
import { isFailure, read } from "../api/request.ts"
import type { AlertsPage, DeliveriesPage, Delivery } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { count } from "../parts/format.ts"
import { Problem } from "../parts/Problem.tsx"
import { Time } from "../parts/Time.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { useSession } from "../session/session.ts"
import { Alerts } from "./Alerts.tsx"
import { Letters } from "./Letters.tsx"
import { Subscriptions } from "./Subscriptions.tsx"
import "../css/deliveries.css"

const mostShown = 100

/** Who is told of what happened, what did not reach them, and what a person should know of. */
export const Deliveries = () => {
  useTitle("Deliveries")
  const dead = useResource<DeliveriesPage>(`/deliveries?state=dead&limit=${mostShown}`)
  const failing = useResource<DeliveriesPage>(`/deliveries?failing=true&limit=${mostShown}`)
  const alerts = useResource<AlertsPage>("/alerts?open=true")
  const mayOrder = useSession()?.role === "all"
  const said = useRef<HTMLParagraphElement>(null)
  const [news, setNews] = useState("")
  const [isRunning, setIsRunning] = useState(false)

  const reload = () => {
    for (const resource of [dead, failing, alerts]) resource.reload()
  }

  const tell = (news: string) => {
    setNews(news)
    // The button is about to go, and the keyboard's place with it.
    said.current?.focus()
    reload()
  }

  const order = async <A,>(path: string, inWords: (answer: A) => string, body?: unknown) => {
    setIsRunning(true)
    const answer = await read<A>(path, { method: "POST", body })
    setIsRunning(false)
    tell(isFailure(answer) ? answer.message : inWords(answer))
  }
  const retry = ({ id, kind, subject }: Delivery) =>
    order(`/deliveries/${encodeURIComponent(id)}/retry`, () => `${kind} ${subject} is delivered now.`)
  const orders = {
    isRunning,
    onRetryDead: (subscription: string) =>
      order<{ readonly retried: number }>(
        `/subscriptions/${subscription}/retry`,
        ({ retried }) => `${count(retried)} dead letters are delivered to ${subscription} now.`,
        { state: "dead" },
      ),
    onResume: (subscription: string) =>
      order(`/subscriptions/${subscription}/resume`, () => `${subscription} takes messages again.`),
  }

  const failure = dead.failure ?? failing.failure ?? alerts.failure
  const isThere = dead.data !== null && failing.data !== null && alerts.data !== null
  const subscriptions = dead.data?.subscriptions ?? []
  const onRetry = mayOrder ? retry : null
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
      {failure !== null && <Problem failure={failure} onRetry={reload} />}
      {failure === null && !isThere && <p className="muted">Loading…</p>}
      {isThere && (
        <>
          <Alerts
            alerts={alerts.data.alerts}
            onClosed={
              mayOrder
                ? (subject, isClosed) =>
                    tell(
                      isClosed
                        ? `The alert about ${subject} is closed.`
                        : `There was no open alert about ${subject} any more.`,
                    )
                : null
            }
          />
          <Subscriptions subscriptions={subscriptions} orders={mayOrder ? orders : null} />
          <Letters
            id="failing"
            title="Failed so far"
            none="No message waits because a try of it has failed."
            letters={failing.data.deliveries}
            inAll={subscriptions.reduce((sum, { failing }) => sum + failing, 0)}
            how={triedSoFar}
            {...{ isRunning, onRetry }}
          />
          <Letters
            id="dead-letters"
            title="Dead letters"
            none="No message was given up."
            letters={dead.data.deliveries}
            inAll={subscriptions.reduce((sum, { dead }) => sum + dead, 0)}
            how={({ tries, changedAt }) => (
              <>
                {times(tries)}, given up <Time at={changedAt} />
              </>
            )}
            {...{ isRunning, onRetry }}
          />
        </>
      )}
    </>
  )
}

const times = (tries: number): string => (tries === 1 ? "tried once" : `tried ${count(tries)} times`)

const triedSoFar = ({ tries, dueAt }: Delivery) => (
  <>
    {times(tries)}
    {dueAt !== null && (
      <>
        , next <Time at={dueAt} />
      </>
    )}
  </>
)
