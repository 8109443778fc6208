import type { CheckoutRow } from "../api/types.ts"
import { short, won } from "../parts/format.ts"
import { checkoutPlace, Link } from "../parts/router.tsx"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"

/** Checkouts as a table that becomes a list of cards where there is no room for one. */
export const Results = ({ checkouts }: { readonly checkouts: ReadonlyArray<CheckoutRow> }) => (
  <table className="results">
    <thead>
      <tr>
        <th scope="col">Opened</th>
        <th scope="col">Order</th>
        <th scope="col">State</th>
        <th scope="col" className="number">
          Amount
        </th>
        <th scope="col">Reason</th>
        <th scope="col">Payer</th>
      </tr>
    </thead>
    <tbody>
      {checkouts.map((checkout) => (
        <tr key={checkout.checkoutId}>
          <td>
            <Time at={checkout.createdAt} />
          </td>
          <td className="order">
            <Link to={checkoutPlace(checkout.orderId)} className="mono">
              {checkout.orderId}
            </Link>
            {checkout.reference !== undefined && <span className="muted"> {checkout.reference}</span>}
          </td>
          <td>
            <StateBadge at={checkout.at} />
          </td>
          <td className="number">{won(checkout.amount)}</td>
          <td className="small">
            {checkout.broken === null ? checkout.reason : <Broken {...checkout.broken} />}
            {checkout.newer != null && "a newer release wrote to it"}
          </td>
          <td className="mono muted" title={checkout.payer}>
            {short(checkout.payer)}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const Broken = ({ version, why }: { readonly version: number; readonly why: string }) => (
  <strong className="bad">
    history broken at step {version}: {why}
  </strong>
)
