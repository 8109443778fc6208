import type { Summary } from "../api/types.ts"
import { won } from "../parts/format.ts"
import { checkoutPlace, Link } from "../parts/router.tsx"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"

const mostShown = 8

/** The newest mismatches, whenever they were opened, and whether their money is back. */
export const Mismatches = ({ mismatches }: Pick<Summary, "mismatches">) => (
  <section className="panel card wide" aria-labelledby="mismatches">
    <h2 id="mismatches">Mismatches and their refunds</h2>
    {mismatches.length === 0 && <p className="muted">Every answer of TossPay agreed with its order.</p>}
    <ul className="plain-list">
      {mismatches.slice(0, mostShown).map(({ orderId, at, amount, reason, refund, updatedAt }) => (
        <li key={orderId}>
          <Link to={checkoutPlace(orderId)} className="mono">
            {orderId}
          </Link>
          <StateBadge at={at} />
          <b>{won(amount)}</b>
          <span className="small">{reason}</span>
          <span className="small">
            {refund === null ? "no refund" : `${won(refund.amount)} ${refund.state}`}
          </span>
          <span className="muted small">
            <Time at={updatedAt} />
          </span>
        </li>
      ))}
    </ul>
    {mismatches.length > mostShown && <Link to="checkouts?state=mismatched">All mismatches</Link>}
  </section>
)
