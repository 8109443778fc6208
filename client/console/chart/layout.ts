/**
 * Where the states of the chart stand. The machine is known when the console is built, so ELK works then, and no browser
 * ever loads it: the places come as the module `virtual:chart-layout`.
 */

import ELK, { type ElkNode } from "elkjs"
import type { Plugin } from "vite"
import { stateName, stateNames, statePaths, statesOf, table } from "../../../machines/index.ts"

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Each state by its name, and each finer state by its path, relative to its state. */
export type ChartLayout = Readonly<Record<string, Box>>

const moduleId = "virtual:chart-layout"

export const chartLayout = (): Plugin => ({
  name: "chart-layout",
  resolveId: (id) => (id === moduleId ? `\0${moduleId}` : null),
  load: async (id) => (id === `\0${moduleId}` ? `export default ${JSON.stringify(await layOut())}` : null),
})

const leaf = { width: 122, height: 30 }

/** The happy path runs from left to right, with the ends under one another; the finer states of each in a column. */
const layOut = async (): Promise<ChartLayout> => {
  const { children = [] } = await new ELK().layout({
    id: "checkout",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.spacing.nodeNodeBetweenLayers": "44",
      "elk.spacing.nodeNode": "18",
      "elk.spacing.edgeNode": "4",
      "elk.spacing.edgeEdge": "2",
    },
    children: stateNames.map((name) => ({
      id: name,
      layoutOptions: {
        "elk.algorithm": "rectpacking",
        "elk.rectpacking.widthApproximation.strategy": "TARGET_WIDTH",
        "elk.rectpacking.widthApproximation.targetWidth": String(leaf.width),
        "elk.padding": "[top=34,left=10,bottom=10,right=10]",
        "elk.spacing.nodeNode": "8",
      },
      children: statePaths.filter((path) => path.startsWith(`${name}.`)).map((id) => ({ id, ...leaf })),
    })),
    edges: movesBetweenStates().map(([from, to]) => ({
      id: `${from} ${to}`,
      sources: [from],
      targets: [to],
    })),
  })
  return Object.fromEntries(children.flatMap((state) => [state, ...(state.children ?? [])]).map(boxOf))
}

const boxOf = ({ id, x = 0, y = 0, width = 0, height = 0 }: ElkNode): [string, Box] => [
  id,
  { x, y, width, height },
]

/** Those in which a checkout can end. */
const ends = new Set(statesOf("nobody").map(stateName))

/** Which state leads to which other one, however that happens. From an end the reader need not be led on. */
const movesBetweenStates = (): ReadonlyArray<[string, string]> => {
  const pairs = new Map<string, [string, string]>()
  for (const { from, to } of table) {
    if (from === null || ends.has(stateName(from))) continue
    const [a, b] = [stateName(from), stateName(to)]
    if (a !== b) pairs.set(`${a} ${b}`, [a, b])
  }
  return [...pairs.values()]
}
