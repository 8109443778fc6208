/** The states of a checkout drawn as text: for a terminal, and for whoever reads Mermaid. */

import { type StateName, stateName } from "../../machines/index.ts"
import type { EventRow } from "../log/chain.ts"

type Way = ReadonlyArray<Pick<EventRow, "version" | "type" | "from" | "to">>

/** How a payment goes when all is well, and where it may end instead. */
const main: ReadonlyArray<StateName> = ["minted", "authenticating", "authenticated", "executing", "settled"]
const instead: ReadonlyArray<StateName> = ["mismatched", "failed"]

/** Where it stands is ◉, where it was is ●, and where it never was is ○. */
export const drawState = (way: Way): ReadonlyArray<string> => {
  const visited = new Set(way.map(({ to }) => stateName(to)))
  const last = way.at(-1)
  const now = last === undefined ? null : stateName(last.to)
  const mark = (state: StateName) => `${state === now ? "◉" : visited.has(state) ? "●" : "○"} ${state}`
  const line = main.map(mark).join(" ── ")
  const branch = line.indexOf(mark("executing")) + mark("executing").length + 2
  return [
    line,
    ...instead.map((state, index) => `${" ".repeat(branch)}${index === 0 ? "├" : "└"}─ ${mark(state)}`),
  ]
}

/** The way it took through the finer states, each move with its version and its fact. */
export const wayAsMermaid = (way: Way): string =>
  [
    "stateDiagram-v2",
    ...way.map(
      ({ version, type, from, to }) =>
        `  ${from === null ? "[*]" : idOf(from)} --> ${idOf(to)}: ${version} ${type}`,
    ),
    ...[...new Set(way.map(({ to }) => to))].map((path) => `  ${idOf(path)}: ${path}`),
    "  classDef now stroke-width:4px",
    ...way.slice(-1).map(({ to }) => `  class ${idOf(to)} now`),
    "",
  ].join("\n")

const idOf = (path: string): string => path.replaceAll(".", "_")
