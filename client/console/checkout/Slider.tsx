import type { EventRow } from "../api/types.ts"
import { clock } from "../parts/format.ts"

interface Props {
  readonly events: ReadonlyArray<EventRow>
  readonly version: number
  readonly onVisit: (version: number) => void
}

/** Travels through the history of a checkout; arrow keys, Home and End work as on any slider. */
export const Slider = ({ events, version, onVisit }: Props) => {
  const event = events[version - 1]
  const last = events.length
  return (
    <div className="slider">
      <button
        type="button"
        disabled={version <= 1}
        onClick={() => onVisit(version - 1)}
        aria-label="Step back"
      >
        ‹
      </button>
      <input
        type="range"
        min={1}
        max={last}
        value={version}
        aria-label="Step"
        aria-valuetext={
          event === undefined
            ? undefined
            : `step ${version} of ${last}: ${event.type}, then ${event.to}, at ${clock(event.recordedAt)}`
        }
        onChange={({ currentTarget }) => onVisit(currentTarget.valueAsNumber)}
      />
      <button
        type="button"
        disabled={version >= last}
        onClick={() => onVisit(version + 1)}
        aria-label="Step on"
      >
        ›
      </button>
      <output>
        step <b>{version}</b> of {last}
      </output>
    </div>
  )
}
