import { useEffect, useRef } from "react"
import { factMeanings, type StatePath } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"
import { duration } from "../parts/format.ts"
import { StateBadge } from "../parts/StateBadge.tsx"
import { Time } from "../parts/Time.tsx"
import { causeOf } from "./cause.ts"
import { Evidence } from "./Evidence.tsx"
import { saidBy, sinceBefore } from "./history.ts"

interface Props {
  readonly events: ReadonlyArray<EventRow>
  /** The step that is looked at. */
  readonly version: number
  readonly onVisit: (version: number) => void
}

/** Every step in order; the one that is looked at is open, with its evidence. */
export const Timeline = ({ events, version, onVisit }: Props) => (
  <ol className="timeline" aria-label="Steps">
    {events.map((event, index) => (
      <Step
        key={event.version}
        event={event}
        waitedMs={sinceBefore(events, index)}
        isCurrent={event.version === version}
        isAhead={event.version > version}
        onVisit={onVisit}
      />
    ))}
  </ol>
)

interface StepProps {
  readonly event: EventRow
  readonly waitedMs: number | null
  readonly isCurrent: boolean
  /** Not yet happened at the step that is looked at. */
  readonly isAhead: boolean
  readonly onVisit: (version: number) => void
}

const Step = ({ event, waitedMs, isCurrent, isAhead, onVisit }: StepProps) => {
  const ref = useScrolledTo(isCurrent)
  return (
    <li ref={ref} className={isAhead ? "step ahead" : "step"} aria-current={isCurrent ? "step" : undefined}>
      <button type="button" aria-expanded={isCurrent} onClick={() => onVisit(event.version)}>
        <span className="version">{event.version}</span>
        <span className="fact">{event.type}</span>
        <Move from={event.from} to={event.to} />
        <span className="when">
          <Time at={event.recordedAt} exact />
          {waitedMs !== null && <span className="muted"> +{duration(waitedMs)}</span>}
        </span>
        <span className="cause">{causeOf(event)}</span>
        {hasDifference(event) && <strong className="bad">differs from the order</strong>}
      </button>
      {isCurrent && (
        <div className="detail">
          <p className="muted">{factMeanings[event.type] ?? "This step is none that the machine knows."}</p>
          <Evidence event={event} />
        </div>
      )}
    </li>
  )
}

const Move = ({ from, to }: { readonly from: StatePath | null; readonly to: StatePath }) =>
  from === to ? <span className="muted small">stays</span> : <StateBadge at={to} />

const hasDifference = (event: EventRow): boolean => {
  const { checks } = saidBy(event)
  return Array.isArray(checks) && checks.some((check) => check?.agrees === false)
}

/** Keeps the current step in sight within the list, without moving the page. */
const useScrolledTo = (isCurrent: boolean) => {
  const ref = useRef<HTMLLIElement>(null)
  useEffect(() => {
    const [step, list] = [ref.current, ref.current?.parentElement ?? null]
    if (!isCurrent || step === null || list === null) return
    const over = step.offsetTop - list.offsetTop
    if (over < list.scrollTop || over + step.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = over - 12
    }
  }, [isCurrent])
  return ref
}
