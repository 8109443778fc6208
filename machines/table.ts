/**
 * The machine written out as rows, one per way a fact can move a state. The legal moves of the database,
 * docs/machine.md and the tests are made from it, so that none of them can say something else.
 */

import { checkoutMachine } from "./checkout.ts"
import type { FactType } from "./facts.ts"
import { isStatePath, type StatePath, states } from "./states.ts"

export interface TableRow {
  /** `null` for the first fact of a checkout. */
  readonly from: StatePath | null
  readonly fact: FactType
  /** The condition, in the order in which the machine tries them; `null` when there is none. */
  readonly guard: string | null
  readonly to: StatePath
  /** What the machine remembers and what it asks the shell to do. */
  readonly actions: ReadonlyArray<string>
}

type Node = (typeof checkoutMachine)["root"]

const leaves = (node: Node): ReadonlyArray<Node> => {
  const children = Object.values(node.states) as ReadonlyArray<Node>
  return children.length === 0 ? [node] : children.flatMap(leaves)
}

const pathOf = (node: Node): StatePath => {
  const path = node.path.join(".")
  if (!isStatePath(path)) throw new Error(`the machine has a state without a meaning: ${path}`)
  return path
}

const withParents = (node: Node): ReadonlyArray<Node> =>
  node.parent === undefined ? [node] : [node, ...withParents(node.parent as Node)]

const nameOf = (value: unknown): string =>
  typeof value === "string" ? value : String((value as { type: string }).type)

const rowsOf = (leaf: Node): ReadonlyArray<TableRow> => {
  const rows: Array<TableRow> = []
  const decided = new Set<string>()
  for (const node of withParents(leaf)) {
    for (const [fact, candidates] of node.transitions) {
      if (decided.has(fact)) continue
      for (const candidate of candidates) {
        const target = candidate.target?.[0] as Node | undefined
        const isRefusal = target === undefined && candidate.actions.length === 0
        if (!isRefusal) {
          rows.push({
            from: pathOf(leaf),
            fact: fact as FactType,
            guard: candidate.guard === undefined ? null : nameOf(candidate.guard),
            to: pathOf(target ?? leaf),
            actions: candidate.actions.map(nameOf),
          })
        }
        // An unguarded candidate decides; what the parents say of this fact is never reached.
        if (candidate.guard === undefined) decided.add(fact)
      }
    }
  }
  return rows
}

/** Every move of the machine, in the order of the states. */
export const table: ReadonlyArray<TableRow> = [
  { from: null, fact: "CheckoutOpened", guard: null, to: "minted.requesting", actions: ["requestToken"] },
  ...leaves(checkoutMachine.root).flatMap(rowsOf),
]

/** The distinct moves, as the database knows them. */
export const legalMoves: ReadonlyArray<string> = [
  ...new Set(table.map((row) => moveName(row.from, row.fact, row.to))),
].sort()

/** One move as a word: `executing.unknown StatusReported settled.paid`. The first move starts from nothing. */
export function moveName(from: StatePath | null, fact: FactType, to: StatePath): string {
  return `${from ?? "-"} ${fact} ${to}`
}

export const statePaths = Object.keys(states) as ReadonlyArray<StatePath>
