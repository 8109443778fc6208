import { type Edge, EdgeLabelRenderer, type EdgeProps } from "@xyflow/react"
import { type StatePath, stateName } from "../../../machines/index.ts"
import { ranges } from "../parts/format.ts"
import { curveOf } from "./graph.ts"

type Moved = Edge<{
  /** The steps that took it; none for a move that was only possible. */
  readonly versions: ReadonlyArray<number>
  readonly isLast: boolean
  /** It could be taken from where the checkout is now. */
  readonly isOpen: boolean
}>

/** A legal move: faint, unless it was taken or is open. What was taken carries the numbers of its steps. */
export const MoveEdge = ({ source, target, data }: EdgeProps<Moved>) => {
  if (data === undefined) return null
  const curve = curveOf({ from: source as StatePath, to: target as StatePath })
  const isTaken = data.versions.length > 0
  const kind = isTaken ? (data.isLast ? "taken last" : "taken") : data.isOpen ? "open" : "legal"
  return (
    <>
      <path d={curve.path} className={`move ${kind} ${stateName(target as StatePath)}`} />
      {isTaken && (
        <EdgeLabelRenderer>
          <div
            className={`move-steps ${stateName(target as StatePath)}`}
            style={{ transform: `translate(-50%, -50%) translate(${curve.x}px, ${curve.y}px)` }}
          >
            {ranges(data.versions)}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
}
