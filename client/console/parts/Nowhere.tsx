import type { ReactNode } from "react"
import { Link } from "./router.tsx"

/** Instead of what the address names and nobody has: what that is, and a way on. */
export const Nowhere = ({ what, children }: { readonly what: string; readonly children?: ReactNode }) => (
  <>
    <h1>There is no such {what}</h1>
    <p>
      {children} <Link to="checkouts">Look for a checkout</Link>
    </p>
  </>
)
