/** Where the states stand in the picture of the machine. Which there are comes from the machine. */

import { type StateName, type StatePath, stateName, statePaths } from "../../../machines/index.ts"

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const chipSize = { width: 94, height: 22 }
const gap = 6
const heading = 22
const rowGap = 26

/** From left to right, from top to bottom: how many finer states stand side by side in each. */
const rows: ReadonlyArray<ReadonlyArray<readonly [StateName, number]>> = [
  [
    ["minted", 1],
    ["authenticating", 1],
    ["authenticated", 1],
  ],
  [["executing", 5]],
  [
    ["settled", 1],
    ["mismatched", 2],
    ["failed", 1],
  ],
]

const chipsOf = (name: StateName): ReadonlyArray<StatePath> =>
  statePaths.filter((path) => path.startsWith(`${name}.`))

/** The longest name of a state, with room on both of its sides. */
const narrowest = 122

const sizeOf = (name: StateName, columns: number) => ({
  width: Math.max(columns * (chipSize.width + gap) + gap, narrowest),
  height: heading + Math.ceil(chipsOf(name).length / columns) * (chipSize.height + gap),
})

const rowHeights = rows.map((row) => Math.max(...row.map(([name, columns]) => sizeOf(name, columns).height)))

const rowTop = (row: number) => rowHeights.slice(0, row).reduce((top, height) => top + height + rowGap, 0)

export const chartSize = {
  width: Math.max(...rows.map((row) => row.reduce((sum, box) => sum + sizeOf(...box).width, 0))),
  height: rowTop(rows.length) - rowGap,
}

const placed = rows.flatMap((row, index) => {
  const sizes = row.map((box) => sizeOf(...box))
  const free = chartSize.width - sizes.reduce((sum, { width }) => sum + width, 0)
  return row.map(([name, columns], column) => ({
    name,
    columns,
    box: {
      // Boxes of one row share the free room between them; one alone stands in the middle.
      x:
        sizes.slice(0, column).reduce((sum, { width }) => sum + width, 0) +
        (row.length === 1 ? free / 2 : (free / (row.length - 1)) * column),
      y: rowTop(index),
      width: sizes[column]?.width ?? 0,
      height: rowHeights[index] ?? 0,
    },
  }))
})

/** The seven states. */
export const boxes = Object.fromEntries(placed.map(({ name, box }) => [name, box])) as Record<StateName, Box>

/** Their finer states. */
export const chips = Object.fromEntries(
  placed.flatMap(({ name, columns, box }) =>
    chipsOf(name).map((path, index): [StatePath, Box] => {
      const column = (box.width - gap) / columns
      return [
        path,
        {
          x: box.x + gap + (index % columns) * column,
          y: box.y + heading + Math.floor(index / columns) * (chipSize.height + gap),
          width: column - gap,
          height: chipSize.height,
        },
      ]
    }),
  ),
) as Record<StatePath, Box>

/** A line from one chip to another, leaving and arriving at the sides that face each other. */
export const arrow = (from: StatePath, to: StatePath): string => {
  const [a, b] = [chips[from], chips[to]]
  const [start, end] = [middle(a), middle(b)]
  if (a.y === b.y || (boxOf(from).y === boxOf(to).y && a.x !== b.x)) {
    const way = Math.sign(end.x - start.x)
    return curve(start.x + (way * a.width) / 2, start.y, end.x - (way * b.width) / 2, end.y, "x")
  }
  if (end.y < start.y) return curve(start.x, a.y, end.x, b.y + b.height, "y")
  // Beside the name of the box that it enters, and around the chips beneath the one that it leaves.
  const x = b.x + b.width * 0.85
  if (boxOf(from).height > 2 * (heading + chipSize.height))
    return `M${a.x} ${start.y}C${a.x - 2 * rowGap} ${b.y - rowGap} ${x} ${b.y - 2 * rowGap} ${x} ${b.y}`
  return curve(start.x, a.y + a.height, x, b.y, "y")
}

const boxOf = (path: StatePath) => boxes[stateName(path)]

const middle = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 })

const curve = (x1: number, y1: number, x2: number, y2: number, along: "x" | "y") => {
  const [dx, dy] = along === "x" ? [(x2 - x1) / 2, 0] : [0, (y2 - y1) / 2]
  return `M${x1} ${y1}C${x1 + dx} ${y1 + dy} ${x2 - dx} ${y2 - dy} ${x2} ${y2}`
}
