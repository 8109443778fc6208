import type { CheckoutPage } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { Problem } from "../parts/Problem.tsx"
import { go, Link, usePlace } from "../parts/router.tsx"
import { useTitle } from "../parts/useTitle.ts"
import { Export } from "./Export.tsx"
import { FilterForm } from "./FilterForm.tsx"
import { filtersOf, queryOf } from "./filters.ts"
import { Results } from "./Results.tsx"
import "../css/search.css"

const pageSize = 50

/** Finding checkouts, page by page as the server has them; newest first. */
export const Search = () => {
  const place = usePlace()
  const filters = filtersOf(place)
  const { q: find = "", ...rest } = filters
  const cursor = place.query.get("cursor")
  const { data, failure, isLoading, reload } = useResource<CheckoutPage>(
    `/checkouts${queryOf(rest, { cursor, limit: String(pageSize) })}`,
    find,
  )
  useTitle("Checkouts")

  return (
    <>
      <div className="search-head">
        <h1>Checkouts</h1>
        <Export filters={filters} />
      </div>
      <FilterForm filters={filters} />
      {failure !== null && <Problem failure={failure} onRetry={reload} />}
      <section className="panel flush" aria-busy={isLoading} aria-label="Found">
        {data !== null && data.checkouts.length > 0 && <Results checkouts={data.checkouts} />}
        {data?.checkouts.length === 0 && (
          <p className="empty">
            No checkout fits. A name has to be whole: an order id, payToken, reference, payer or toss user
            key.
          </p>
        )}
        {data === null && failure === null && <p className="empty muted">Searching…</p>}
      </section>
      <nav className="pages" aria-label="Pages of the search">
        {cursor !== null && (
          <PageLink to={`checkouts${queryOf(rest)}`} find={find}>
            Newest
          </PageLink>
        )}
        {data?.cursor != null && (
          <PageLink to={`checkouts${queryOf(rest, { cursor: data.cursor })}`} find={find}>
            Older
          </PageLink>
        )}
      </nav>
    </>
  )
}

/** What was typed to be found is in no address, so a page of it is nothing that could be opened elsewhere. */
const PageLink = ({
  to,
  find,
  children,
}: {
  readonly to: string
  readonly find: string
  readonly children: string
}) =>
  find === "" ? (
    <Link to={to}>{children}</Link>
  ) : (
    <button type="button" onClick={() => go(to, { find })}>
      {children}
    </button>
  )
