import { type Edge, type Node, ReactFlow, useReactFlow, useStore } from "@xyflow/react"
import { type RefObject, useEffect, useMemo, useRef } from "react"
import { type StatePath, stateName, stateNames, statePaths } from "../../../machines/index.ts"
import type { EventRow } from "../api/types.ts"
import { boxOf, chartSize, legalMoves, moveId } from "./graph.ts"
import { MoveEdge } from "./MoveEdge.tsx"
import { FinerNode, StateNode } from "./nodes.tsx"
import "@xyflow/react/dist/base.css"
import "../css/chart.css"

const nodeTypes = { state: StateNode, finer: FinerNode }
const edgeTypes = { move: MoveEdge }

/** Room on the right for the curves that go round a column. */
const fitting = { padding: { top: "10px", right: "36px", bottom: "10px", left: "10px" } } as const

interface Props {
  readonly events: ReadonlyArray<EventRow>
  /** The step that is looked at: the path is drawn up to it. */
  readonly version: number
}

/** The machine with the way that one checkout took through it. */
export const Chart = ({ events, version }: Props) => {
  const path = useMemo(() => events.slice(0, version), [events, version])
  const at = path.at(-1)?.to ?? null
  const nodes = useMemo(() => nodesFor(path), [path])
  const edges = useMemo(() => edgesFor(path), [path])
  const ref = useInSight(at)
  return (
    <section
      ref={ref}
      className="chart panel flush"
      aria-label={`The machine, at ${at ?? "its beginning"}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a chart wider than the screen is scrolled with the keyboard
      tabIndex={0}
    >
      <div className="canvas">
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          fitView
          fitViewOptions={fitting}
          attributionPosition="bottom-left"
          minZoom={0.2}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          panOnDrag={false}
          zoomOnScroll={false}
          zoomOnPinch={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
        >
          <Fitted />
        </ReactFlow>
      </div>
    </section>
  )
}

/** Where the chart is wider than the screen, it is scrolled to where the checkout stood. */
const useInSight = (at: StatePath | null): RefObject<HTMLElement | null> => {
  const ref = useRef<HTMLElement>(null)
  useEffect(() => {
    const chart = ref.current
    if (chart === null || at === null) return
    const { x, width } = boxOf(stateName(at))
    const middle = ((x + width / 2) / chartSize.width) * chart.scrollWidth
    chart.scrollTo({ left: middle - chart.clientWidth / 2 })
  }, [at])
  return ref
}

/** The library fits the chart once; this does it again whenever its room changes. */
const Fitted = () => {
  const { fitView } = useReactFlow()
  const width = useStore((store) => store.width)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another width is the reason
  useEffect(() => void fitView(fitting), [fitView, width])
  return null
}

const nodesFor = (steps: ReadonlyArray<EventRow>): Array<Node> => {
  const seen = new Set(steps.map(({ to }) => to))
  const seenNames = new Set([...seen].map(stateName))
  const at = steps.at(-1)?.to
  const stayedIn = (path: StatePath) =>
    steps.filter(({ from, to }) => to === path && (from ?? path) === path).map(({ version }) => version)
  return [
    ...stateNames.map((name) => ({
      id: name,
      type: "state",
      position: boxOf(name),
      width: boxOf(name).width,
      height: boxOf(name).height,
      data: { name, isSeen: seenNames.has(name) },
    })),
    ...statePaths.map((path) => ({
      id: path,
      type: "finer",
      parentId: stateName(path),
      position: boxOf(path),
      width: boxOf(path).width,
      height: boxOf(path).height,
      data: { path, isSeen: seen.has(path), isHere: path === at, stayed: stayedIn(path) },
    })),
  ]
}

/** The faint ones first, so that the way taken lies above them. */
const edgesFor = (path: ReadonlyArray<EventRow>): Array<Edge> => {
  const steps = new Map<string, Array<number>>()
  for (const { from, to, version } of path) {
    if (from === null || from === to) continue
    const id = moveId({ from, to })
    steps.set(id, [...(steps.get(id) ?? []), version])
  }
  const at = path.at(-1)?.to
  const taken = [...steps].map(([id, versions]) => {
    const [from, to] = id.split(" ") as [StatePath, StatePath]
    return edgeFor(from, to, { versions, isLast: versions.includes(path.length), isOpen: false })
  })
  const others = legalMoves
    .filter((move) => !steps.has(moveId(move)))
    .map(({ from, to }) => edgeFor(from, to, { versions: [], isLast: false, isOpen: from === at }))
  return [...others, ...taken]
}

const edgeFor = (source: StatePath, target: StatePath, data: Edge["data"]): Edge => ({
  id: moveId({ from: source, to: target }),
  type: "move",
  source,
  target,
  ...(data !== undefined && { data }),
})

/** Its proportions are known before it is drawn, so nothing moves when it is. */
document.documentElement.style.setProperty("--chart-ratio", `${chartSize.width} / ${chartSize.height}`)
