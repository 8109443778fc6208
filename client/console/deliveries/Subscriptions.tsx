import { useRef } from "react"
import type { Subscription } from "../api/types.ts"
import { count } from "../parts/format.ts"
import { Time } from "../parts/Time.tsx"

interface Orders {
  readonly isRunning: boolean
  readonly onRetryDead: (subscription: string) => void
  readonly onResume: (subscription: string) => void
}

/** How far each subscription is. `orders` are those of who may give them. */
export const Subscriptions = ({
  subscriptions,
  orders,
}: {
  readonly subscriptions: ReadonlyArray<Subscription>
  readonly orders: Orders | null
}) => (
  <section className="panel" aria-labelledby="subscriptions">
    <h2 id="subscriptions">Subscriptions</h2>
    <ul className="letters">
      {subscriptions.map(({ subscription, waiting, waitingSince, failing, dead, pausedAt, pausedWhy }) => (
        <li key={subscription}>
          <b>{subscription}</b>
          <span>{count(waiting)} waiting</span>
          {waitingSince !== null && (
            <span className="muted small">
              since <Time at={waitingSince} />
            </span>
          )}
          {failing > 0 && <span className="bad">{count(failing)} failed so far</span>}
          <span className={dead > 0 ? "bad" : undefined}>{count(dead)} dead</span>
          {pausedAt !== null && (
            <span className="bad">
              paused since <Time at={pausedAt} />: {pausedWhy}
            </span>
          )}
          {orders !== null && pausedAt !== null && (
            <button
              type="button"
              disabled={orders.isRunning}
              aria-label={`Resume ${subscription}`}
              onClick={() => orders.onResume(subscription)}
            >
              Resume
            </button>
          )}
          {orders !== null && dead > 0 && <RetryDead {...{ subscription, dead, orders }} />}
        </li>
      ))}
    </ul>
  </section>
)

/** A receiver that was mended a minute ago gets all of them at once: worth a question. */
const RetryDead = ({
  subscription,
  dead,
  orders,
}: Pick<Subscription, "subscription" | "dead"> & { readonly orders: Orders }) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = `retry-${subscription}`
  return (
    <>
      <button
        type="button"
        disabled={orders.isRunning}
        aria-label={`Deliver ${count(dead)} dead… to ${subscription}`}
        onClick={() => dialog.current?.showModal()}
      >
        Deliver {count(dead)} dead…
      </button>
      <dialog ref={dialog} className="panel" aria-labelledby={title}>
        <h2 id={title}>
          Deliver {count(dead)} dead letters to {subscription}?
        </h2>
        <p>Each is tried at once, and then as often as at first.</p>
        <div className="actions">
          <button
            type="button"
            className="primary"
            onClick={() => {
              dialog.current?.close()
              orders.onRetryDead(subscription)
            }}
          >
            Deliver them
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </dialog>
    </>
  )
}
