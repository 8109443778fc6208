/**
 * The machine, read out once into a table: for each state and fact, what it tries and in which order. Deciding by this
 * table and asking XState come to the same (a law says so, test/machine/compiled.test.ts), but it costs a twentieth.
 */

import { checkoutChart, type Instruction } from "./checkout.ts"
import { changes } from "./context.ts"
import type { FactType } from "./facts.ts"
import type { guards } from "./guards.ts"
import { isStatePath } from "./screen.ts"
import type { StatePath } from "./states.ts"

/** One way in which a state may take a fact. */
export interface Candidate {
  readonly guard: keyof typeof guards | null
  /** `null`: the fact is refused, and no later candidate is asked. */
  readonly to: StatePath | null
  /** How the fact is remembered, in order. */
  readonly changes: ReadonlyArray<keyof typeof changes>
  readonly instructions: ReadonlyArray<Instruction>
}

type Node = (typeof checkoutChart)["root"]

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

const isChange = (name: string): name is keyof typeof changes => Object.hasOwn(changes, name)

const split = (actions: ReadonlyArray<unknown>) => {
  const names = actions.map(nameOf)
  return {
    changes: names.filter(isChange),
    instructions: names.filter(
      (name) => !isChange(name),
    ) as ReadonlyArray<string> as ReadonlyArray<Instruction>,
  }
}

type Candidates = ReadonlyMap<FactType, ReadonlyArray<Candidate>>

/** A state's own candidates first, then its parents'; an unguarded one decides, and nothing after it is reached. */
const candidatesOfLeaf = (leaf: Node): Candidates => {
  const found = new Map<FactType, Array<Candidate>>()
  for (const node of withParents(leaf)) {
    for (const [event, transitions] of node.transitions) {
      const candidates = found.get(event as FactType) ?? []
      found.set(event as FactType, candidates)
      for (const transition of transitions) {
        if (candidates.at(-1)?.guard === null) break
        const target = transition.target?.[0] as Node | undefined
        const isRefusal = target === undefined && transition.actions.length === 0
        candidates.push({
          guard: transition.guard === undefined ? null : (nameOf(transition.guard) as keyof typeof guards),
          to: isRefusal ? null : pathOf(target ?? leaf),
          ...split(transition.actions),
        })
      }
    }
  }
  return found
}

const compiled: ReadonlyMap<StatePath, Candidates> = new Map(
  leaves(checkoutChart.root).map((leaf) => [pathOf(leaf), candidatesOfLeaf(leaf)]),
)

const none: ReadonlyArray<Candidate> = []

/** What a state does with a fact, in the order in which it is tried. */
export const candidatesOf = (state: StatePath, fact: FactType): ReadonlyArray<Candidate> =>
  compiled.get(state)?.get(fact) ?? none

/** Every state with everything that it takes, in the order of the machine. */
export const compiledStates: ReadonlyArray<readonly [StatePath, Candidates]> = [...compiled]

const firstLeaf = (node: Node): Node => {
  const [inner] = (node.initial?.target ?? []) as ReadonlyArray<Node>
  return inner === undefined ? node : firstLeaf(inner)
}

/** Where a checkout starts, and what is asked for then. */
export const start = {
  state: pathOf(firstLeaf(checkoutChart.root)),
  instructions: split(checkoutChart.root.entry).instructions,
}
