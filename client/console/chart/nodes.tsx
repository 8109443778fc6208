import { Handle, type Node, type NodeProps, Position } from "@xyflow/react"
import { type StateName, type StatePath, stateMeanings } from "../../../machines/index.ts"
import { ranges } from "../parts/format.ts"

type State = Node<{ readonly name: StateName; readonly isSeen: boolean }>
type Finer = Node<{
  readonly path: StatePath
  readonly isSeen: boolean
  readonly isHere: boolean
  /** The steps that ended where they began, which no edge shows. */
  readonly stayed: ReadonlyArray<number>
}>

/** One of the seven states, around its finer ones. */
export const StateNode = ({ data: { name, isSeen } }: NodeProps<State>) => (
  <div className={`state-node ${name}${isSeen ? " seen" : ""}`}>{name}</div>
)

/** A finer state. The handles are where the library looks for the ends of an edge; nobody sees or drags them. */
export const FinerNode = ({ data: { path, isSeen, isHere, stayed } }: NodeProps<Finer>) => {
  const [state, finer] = path.split(".")
  return (
    <div
      className={`finer-node ${state}${isSeen ? " seen" : ""}${isHere ? " here" : ""}`}
      title={stateMeanings[path]}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} />
      {finer}
      {stayed.length > 0 && <span className="stayed">{ranges(stayed)}</span>}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
}
