/**
 * Histories that a machine version wrote, and what it made of them. `v1`, `v2`, …: one through each of its moves, in which an
 * execution is tried twice at most. `v1-again`: long lives, made at random by that version, in which it is tried up to eleven times.
 */

import { readFileSync } from "node:fs"
import {
  type Checkout,
  decide,
  executeAnswer,
  type Fact,
  machineVersion,
  type Order,
  orderView,
  timerOf,
  upcast,
} from "../../machines/index.ts"

export interface Outcome {
  readonly state: string
  readonly context: unknown
  readonly view: unknown
  readonly answer: unknown
  readonly timer: unknown
  /** Where each fact of the corpus leads from here; a dot where it is refused. */
  readonly next: string
}

export interface Corpus {
  readonly machineVersion: number
  readonly order: Order
  readonly openedAt: string
  readonly facts: ReadonlyArray<Fact>
  readonly histories: ReadonlyArray<
    Outcome & { readonly name: string; readonly facts: ReadonlyArray<number> }
  >
}

/** Its moves, one history each. */
export const corpusOf = (version: number): string => `v${version}`

export const corpora: ReadonlyArray<string> = [
  ...Array.from({ length: machineVersion }, (_, index) => corpusOf(index + 1)),
  "v1-again",
]

export const corpusFile = (name: string): URL => new URL(`./${name}.json`, import.meta.url)

/** The corpus as this version of the machine reads it. */
export const readCorpus = (name: string): Corpus => {
  const corpus: Corpus = JSON.parse(readFileSync(corpusFile(name), "utf8"))
  return { ...corpus, facts: corpus.facts.map((fact) => upcast({ ...fact }, corpus.machineVersion)) }
}

/** What this machine makes of a history. Throws if it refuses a fact of it. */
export const outcomeOf = (
  opened: Checkout,
  history: ReadonlyArray<number>,
  facts: ReadonlyArray<Fact>,
): Outcome => {
  const checkout = history.reduce((before, index) => {
    const decision = decide(before, facts[index] as Fact)
    if (decision._tag === "Refused") throw new Error(`${decision.fact} is refused in ${before.state}`)
    return decision.checkout
  }, opened)
  const { order: _, ...context } = checkout.context
  return {
    state: checkout.state,
    context,
    view: orderView(checkout),
    answer: executeAnswer(checkout),
    timer: timerOf(checkout),
    next: facts.map((fact) => leadsTo(checkout, fact)).join(" "),
  }
}

const leadsTo = (checkout: Checkout, fact: Fact): string => {
  const decision = decide(checkout, fact)
  if (decision._tag === "Refused") return "."
  const { instructions } = decision
  return [decision.checkout.state, ...instructions].join("+")
}
