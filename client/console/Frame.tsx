import type { ReactNode } from "react"
import { Integrity } from "./integrity/Integrity.tsx"
import { Mark } from "./parts/Mark.tsx"
import { Link } from "./parts/router.tsx"
import { SignOut } from "./session/SignOut.tsx"

const pages = [
  ["", "Dashboard"],
  ["checkouts", "Checkouts"],
  ["live", "Live"],
  ["deliveries", "Deliveries"],
] as const

/** What is around every page: the way to the others, and out. */
export const Frame = ({ path, children }: { readonly path: string; readonly children: ReactNode }) => (
  <>
    <a className="skip" href="#content">
      Skip to the content
    </a>
    <header className="bar">
      <Link to="" className="home">
        <Mark />
        <span>Audit</span>
      </Link>
      <nav aria-label="Pages">
        {pages.map(([to, name]) => (
          <Link key={to} to={to} aria-current={isUnder(path, to) ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <Integrity />
      <SignOut />
    </header>
    <main id="content" tabIndex={-1}>
      {children}
    </main>
  </>
)

const isUnder = (path: string, page: string): boolean =>
  page === "" ? path === "" : path === page || path.startsWith(`${page}/`)
