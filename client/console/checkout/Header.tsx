import type { ReactNode } from "react"
import type { CheckoutRow } from "../api/types.ts"
import { won } from "../parts/format.ts"
import { Link } from "../parts/router.tsx"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"
import { queryOf } from "../search/filters.ts"

/** What a checkout is, as it stands now. */
export const Header = ({
  checkout,
  children,
}: {
  readonly checkout: CheckoutRow
  readonly children: ReactNode
}) => (
  <header className="checkout-head">
    <div>
      <h1>
        <span className="mono">{checkout.orderId}</span> <StateBadge at={checkout.at} />
      </h1>
      {checkout.broken !== null && (
        <p className="bad" role="alert">
          This history is broken at step {checkout.broken.version}: {checkout.broken.why}
        </p>
      )}
      {checkout.newer != null && (
        <p className="small">
          A newer release wrote step {checkout.newer.version} and what follows: a server of that release says
          more.
        </p>
      )}
      <dl className="facts">
        <Fact name="amount">{won(checkout.amount)}</Fact>
        <Fact name="for">
          {checkout.items.map(({ name, quantity }) => `${name} × ${quantity}`).join(", ") || "–"}
        </Fact>
        <Fact name="opened">
          <Time at={checkout.createdAt} />
        </Fact>
        <Fact name="payer">
          <Link to={`checkouts${queryOf({ q: checkout.payer })}`} className="mono" title="All of this payer">
            {checkout.payer.slice(0, 16)}
          </Link>
        </Fact>
        {checkout.reference !== undefined && <Fact name="reference">{checkout.reference}</Fact>}
        <Fact name="money">{checkout.mode ?? "–"}</Fact>
        {checkout.payToken !== null && (
          <Fact name="payToken">
            <span className="mono">{checkout.payToken}</span>
          </Fact>
        )}
      </dl>
    </div>
    <div className="actions">{children}</div>
  </header>
)

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
