import { stateMeanings } from "../../../machines/index.ts"
import { duration, won } from "../parts/format.ts"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"
import type { Standing } from "./history.ts"

/** The order as it was told to the buyer at a step, and what would have happened next by itself. */
export const OrderThen = ({ standing }: { readonly standing: Standing }) => {
  const { view, timer } = standing
  const { payment, attempts } = standing.checkout.context
  return (
    <section className="panel then" aria-label="The order at this step" aria-live="polite">
      <h2>
        The order at this step <StateBadge at={view.at} />
      </h2>
      <p className="muted">{stateMeanings[view.at]}</p>
      <dl>
        <Row name="buyer may">{view.actions.length === 0 ? "nothing more" : view.actions.join(", ")}</Row>
        <Row name="pay anew">
          {view.safeToRetry ? "safe, cannot charge twice" : "not yet, might charge twice"}
        </Row>
        {view.reason !== undefined && (
          <Row name="reason">
            {view.reason} {view.detail}
          </Row>
        )}
        {payment !== null && <Row name="TossPay took">{won(payment.amount)}</Row>}
        {view.approvedAt !== undefined && (
          <Row name="paid at">
            <Time at={view.approvedAt} />
          </Row>
        )}
        {view.refund !== null && (
          <Row name="refund">
            {won(view.refund.amount)}, {view.refund.state}
          </Row>
        )}
        {attempts > 0 && <Row name="executions">{attempts}</Row>}
        {view.expiresAt !== undefined && (
          <Row name="token until">
            <Time at={view.expiresAt} />
          </Row>
        )}
        <Row name="by itself">
          {timer === null ? "nothing, it is an end" : `${timer.fact} after ${duration(timer.afterMs)}`}
        </Row>
      </dl>
    </section>
  )
}

const Row = ({ name, children }: { readonly name: string; readonly children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
