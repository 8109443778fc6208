/** The chart as a graph: where everything stands, and by which way a move leads from one finer state to another. */

import layout from "virtual:chart-layout"
import { type StatePath, stateName, table } from "../../../machines/index.ts"
import type { Box } from "./layout.ts"

export interface Move {
  readonly from: StatePath
  readonly to: StatePath
}

export const moveId = ({ from, to }: Move): string => `${from} ${to}`

/** Every way in which the machine can leave a finer state for another, whatever the fact. */
export const legalMoves: ReadonlyArray<Move> = [
  ...new Map(
    table.flatMap(({ from, to }) =>
      from === null || from === to ? [] : [[moveId({ from, to }), { from, to }]],
    ),
  ).values(),
]

export const boxOf = (id: string): Box => layout[id] ?? { x: 0, y: 0, width: 0, height: 0 }

export const chartSize = {
  width:
    Math.max(...Object.entries(layout).map(([id, box]) => (id.includes(".") ? 0 : box.x + box.width))) + 40,
  height:
    Math.max(...Object.entries(layout).map(([id, box]) => (id.includes(".") ? 0 : box.y + box.height))) + 12,
}

const placeOf = (path: StatePath): Box => {
  const [state, finer] = [boxOf(stateName(path)), boxOf(path)]
  return { ...finer, x: state.x + finer.x, y: state.y + finer.y }
}

interface Curve {
  readonly path: string
  /** Its middle, where a label stands. */
  readonly x: number
  readonly y: number
}

/** A curve from one box to the other: round the side within a column, across otherwise, whichever way the ends lie. */
export const curveOf = ({ from, to }: Move): Curve => {
  const [a, b] = [placeOf(from), placeOf(to)]
  const [y1, y2] = [middle(a), middle(b)]
  if (a.x === b.x) return bezier([a.x + a.width, y1], 34, [b.x + b.width, y2], 34)
  const isForward = a.x < b.x
  const [x1, x2] = isForward ? [a.x + a.width, b.x] : [a.x, b.x + b.width]
  const bend = Math.max(40, Math.abs(x2 - x1) / 2) * (isForward ? 1 : -1)
  return bezier([x1, y1], bend, [x2, y2], -bend)
}

const middle = ({ y, height }: Box): number => y + height / 2

type Point = readonly [number, number]

/** A cubic curve that leaves and arrives level; its middle follows from de Casteljau at one half. */
const bezier = ([x1, y1]: Point, out: number, [x2, y2]: Point, into: number): Curve => ({
  path: `M${x1},${y1} C${x1 + out},${y1} ${x2 + into},${y2} ${x2},${y2}`,
  x: (x1 + 3 * (x1 + out) + 3 * (x2 + into) + x2) / 8,
  y: (y1 + y2) / 2,
})
