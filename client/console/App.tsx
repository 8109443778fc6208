import { lazy, Suspense, useEffect } from "react"
import { findSession } from "./api/session.ts"
import { Deliveries } from "./deliveries/Deliveries.tsx"
import { Frame } from "./Frame.tsx"
import { Live } from "./live/Live.tsx"
import { Nowhere } from "./parts/Nowhere.tsx"
import { usePlace } from "./parts/router.tsx"
import { useTitle } from "./parts/useTitle.ts"
import { Search } from "./search/Search.tsx"
import { SignIn } from "./session/SignIn.tsx"
import { useSession } from "./session/session.ts"

// What draws graphs is loaded with the pages that have one.
const Dashboard = lazy(() => import("./dashboard/Dashboard.tsx"))
const Checkout = lazy(() => import("./checkout/Checkout.tsx"))

export const App = () => {
  const session = useSession()
  useEffect(() => {
    if (session === undefined) void findSession()
  }, [session])
  if (session === undefined) return <Opening />
  return session === null ? <SignIn /> : <Pages />
}

/** What index.html shows until then. */
const Opening = () => (
  <main className="sign-in">
    <p className="muted">Opening the audit console…</p>
  </main>
)

const Pages = () => {
  const { path } = usePlace()
  return (
    <Frame path={path}>
      <Suspense fallback={<p className="muted">Loading…</p>}>{pageAt(path)}</Suspense>
    </Frame>
  )
}

const pageAt = (path: string) => {
  const [, orderId] = /^checkouts\/(.+)$/.exec(path) ?? []
  if (orderId !== undefined) return <Checkout key={orderId} orderId={orderId} />
  if (path === "live") return <Live />
  if (path === "deliveries") return <Deliveries />
  if (path === "checkouts") return <Search />
  return path === "" ? <Dashboard /> : <NoPage />
}

const NoPage = () => {
  useTitle("No such page")
  return <Nowhere what="page" />
}
