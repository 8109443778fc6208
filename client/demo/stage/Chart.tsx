import { type StatePath, stateNames, table } from "../../../machines/index.ts"
import { arrow, boxes, chartSize, chips } from "./layout.ts"
import type { Step } from "./path.ts"

interface Props {
  readonly steps: ReadonlyArray<Step>
  readonly at: StatePath | null
  readonly label: string
}

/** A picture of the machine with the way that was taken. */
export const Chart = ({ steps, at, label }: Props) => {
  const visited = new Set(steps.map((step) => step.at))
  const next = new Set(table.filter((row) => row.from === at).map((row) => row.to))
  const look = (path: StatePath) =>
    path === at ? "chip current" : visited.has(path) ? "chip visited" : next.has(path) ? "chip next" : "chip"
  return (
    <svg
      className="chart"
      viewBox={`-2 -2 ${chartSize.width + 4} ${chartSize.height + 4}`}
      role="img"
      aria-label={label}
    >
      <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0L8 4L0 8z" />
      </marker>
      {stateNames.map((name) => (
        <rect
          key={name}
          className={at?.startsWith(`${name}.`) ? "state current" : "state"}
          {...boxes[name]}
          rx="12"
        />
      ))}
      {(Object.keys(chips) as ReadonlyArray<StatePath>).map((path) => (
        <g key={path} className={look(path)}>
          <rect {...chips[path]} rx="8" />
          <text x={chips[path].x + chips[path].width / 2} y={chips[path].y + 15} textAnchor="middle">
            {path.split(".")[1]}
          </text>
        </g>
      ))}
      {steps.slice(1).map(({ at: to }, index) => {
        const from = steps[index]?.at ?? to
        return from === to ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
          <path key={index} className="arrow" d={arrow(from, to)} markerEnd="url(#head)" />
        )
      })}
      {stateNames.map((name) => (
        <text key={name} className="name" x={boxes[name].x + 10} y={boxes[name].y + 15}>
          {name}
        </text>
      ))}
    </svg>
  )
}
