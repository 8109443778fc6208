import { stateInfo, stateMeanings, stateName } from "../../../machines/index.ts"
import type { Summary } from "../api/types.ts"
import { count } from "../parts/format.ts"
import { Link } from "../parts/router.tsx"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"

const owners = { buyer: "the buyer", server: "the server", person: "a person", nobody: "nobody" } as const

/** What is under way at this moment, whenever it was opened: whose turn it is, and since when. */
export const Unfinished = ({ unfinished }: Pick<Summary, "unfinished">) => (
  <section className="panel card" aria-labelledby="unfinished">
    <h2 id="unfinished">Unfinished now</h2>
    {unfinished.length === 0 && <p className="muted">Everything is at its end.</p>}
    <ul className="plain-list">
      {unfinished.map(({ at, count: open, since }) => (
        <li key={at} title={stateMeanings[at]}>
          <Link to={`checkouts?state=${stateName(at)}`}>
            <StateBadge at={at} />
          </Link>
          <b>{count(open)}</b>
          <span className="muted small">
            turn of {owners[stateInfo(at).owner]}, oldest since <Time at={since} />
          </span>
        </li>
      ))}
    </ul>
  </section>
)
