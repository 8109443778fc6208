/**
 * The machine written out as rows, one per way a fact can move a state. The legal moves of the database,
 * docs/machine.md and the tests are made from it, so that none of them can say something else.
 */

import { type Candidate, compiledStates, start } from "./compiled.ts"
import type { FactType } from "./facts.ts"
import type { StatePath } from "./states.ts"

interface TableRow extends Omit<Candidate, "to"> {
  /** `null` for the first fact of a checkout. */
  readonly from: StatePath | null
  readonly fact: FactType
  readonly to: StatePath
}

/** Every move of the machine, in the order of the states, and within one in the order in which they are tried. */
export const table: ReadonlyArray<TableRow> = [
  {
    from: null,
    fact: "CheckoutOpened",
    guard: null,
    to: start.state,
    changes: [],
    instructions: start.instructions,
  },
  ...compiledStates.flatMap(([from, facts]) =>
    [...facts].flatMap(([fact, candidates]) =>
      candidates.flatMap(({ to, ...candidate }) => (to === null ? [] : [{ from, fact, to, ...candidate }])),
    ),
  ),
]

/** The distinct moves, as the database knows them. */
export const legalMoves: ReadonlyArray<string> = [
  ...new Set(table.map((row) => moveName(row.from, row.fact, row.to))),
].sort()

/** One move as a word: `executing.unknown StatusReported settled.paid`. The first move starts from nothing. */
export function moveName(from: StatePath | null, fact: FactType, to: StatePath): string {
  return `${from ?? "-"} ${fact} ${to}`
}
