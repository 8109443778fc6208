import type { Summary } from "../api/types.ts"
import { count } from "../parts/format.ts"
import { Link } from "../parts/router.tsx"

/** How far checkouts came; each bar is a part of all that were opened, and the step lost most is plain to see. */
export const Funnel = ({ funnel, states }: Pick<Summary, "funnel" | "states">) => {
  const all = Math.max(1, funnel[0]?.count ?? 1)
  const elsewhere = states.filter(({ at }) => !funnel.some(({ state }) => at.startsWith(`${state}.`)))
  return (
    <section className="panel card" aria-labelledby="funnel">
      <h2 id="funnel">How far they came</h2>
      <ol className="bars">
        {funnel.map(({ state, count: reached }) => (
          <li key={state} className={state}>
            <span>{state}</span>
            <meter min={0} max={all} value={reached} aria-label={`${state}: ${reached} of ${all}`} />
            <b>{count(reached)}</b>
            <span className="muted">{percent(reached, all)}</span>
          </li>
        ))}
      </ol>
      {elsewhere.length > 0 && (
        <p className="small ended">
          Ended elsewhere:{" "}
          {elsewhere.map(({ at, count: ended }) => (
            <Link key={at} to={`checkouts?state=${at.split(".")[0]}`}>
              {at.replace(".", " ")} {count(ended)}
            </Link>
          ))}
        </p>
      )}
    </section>
  )
}

const percent = (part: number, all: number): string =>
  `${((100 * part) / all).toFixed(part === all ? 0 : 1)}%`
