import type { Summary } from "../api/types.ts"
import { duration } from "../parts/format.ts"

/** From the opening to the money, for those that settled. */
export const TimeToSettle = ({ times }: { readonly times: Summary["timeToSettleMs"] }) => (
  <section className="panel card" aria-labelledby="settle">
    <h2 id="settle">Time to settle</h2>
    {times === null ? (
      <p className="muted">Nothing was settled.</p>
    ) : (
      <dl className="quantiles">
        <Quantile name="half within" ms={times.median} />
        <Quantile name="90% within" ms={times.p90} />
        <Quantile name="99% within" ms={times.p99} />
        <Quantile name="the longest" ms={times.most} />
      </dl>
    )}
  </section>
)

const Quantile = ({ name, ms }: { readonly name: string; readonly ms: number }) => (
  <div>
    <dt>{name}</dt>
    <dd>{duration(ms)}</dd>
  </div>
)
