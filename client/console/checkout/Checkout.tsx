import { useMemo, useState } from "react"
import type { CheckoutRecord } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { Chart } from "../chart/Chart.tsx"
import { Nowhere } from "../parts/Nowhere.tsx"
import { Problem } from "../parts/Problem.tsx"
import { checkoutPlace, go, usePlace } from "../parts/router.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { Decide } from "./Decide.tsx"
import { Header } from "./Header.tsx"
import { isDecidable, isRefundable, standingAt } from "./history.ts"
import { inspect } from "./inspect.ts"
import { OrderThen } from "./OrderThen.tsx"
import { Refund } from "./Refund.tsx"
import { Slider } from "./Slider.tsx"
import { Timeline } from "./Timeline.tsx"
import "../css/checkout.css"

/** One checkout: its steps beside the chart of the machine, at any moment of its past. */
export default function Checkout({ orderId }: { readonly orderId: string }) {
  const { data, failure, reload } = useResource<CheckoutRecord>(`/checkouts/${encodeURIComponent(orderId)}`)
  const [said, setSaid] = useState("")
  const readAgain = (said = "") => {
    setSaid(said)
    reload()
  }
  useTitle(orderId)
  if (failure?.reason === "CHECKOUT_NOT_FOUND") {
    return <Nowhere what="order">Nothing is known by the name {orderId}.</Nowhere>
  }
  if (failure !== null) return <Problem failure={failure} onRetry={reload} />
  if (data === null) return <p className="muted">Reading its history…</p>
  return (
    <>
      <Header checkout={data.checkout}>
        {isDecidable(data.events) && <Decide orderId={orderId} onDone={readAgain} />}
        {isRefundable(data.events) && <Refund checkout={data.checkout} onDone={readAgain} />}
        <button type="button" onClick={() => readAgain()}>
          Read again
        </button>
        <button
          type="button"
          title="Opens stately.ai, so it needs the internet. User key, payToken and instrument are left out."
          onClick={() => inspect(orderId, data.events)}
        >
          Replay in the Stately inspector ↗
        </button>
      </Header>
      <p role="status" className="said">
        {said}
      </p>
      <History orderId={orderId} record={data} />
    </>
  )
}

const History = ({ orderId, record }: { readonly orderId: string; readonly record: CheckoutRecord }) => {
  const { events } = record
  const { query } = usePlace()
  const asked = Number(query.get("step"))
  const version = asked >= 1 && asked <= events.length ? Math.floor(asked) : events.length
  const standing = useMemo(() => standingAt(events, version), [events, version])
  // The step is in the address, so that it can be shared; moving along it is no step for Back.
  const visit = (step: number) =>
    go(`${checkoutPlace(orderId)}${step === events.length ? "" : `?step=${step}`}`, { replace: true })

  return (
    <div className="history">
      <Timeline events={events} version={version} onVisit={visit} />
      <div className="stage">
        <Slider events={events} version={version} onVisit={visit} />
        <Chart events={events} version={version} />
        {"why" in standing ? (
          // What a newer release wrote is said above, and is nothing to be alarmed at.
          record.checkout.newer == null && (
            <p className="problem bad" role="alert">
              The machine of this console cannot follow this history at step {standing.version}:{" "}
              {standing.why}.
            </p>
          )
        ) : (
          <OrderThen standing={standing} />
        )}
      </div>
    </div>
  )
}
