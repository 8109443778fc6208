/** Histories of a released machine version, and what it made of them. */

import { readFileSync } from "node:fs"
import {
  type Checkout,
  decide,
  executeAnswer,
  type Fact,
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

export const corpusFile = (version: number): URL => new URL(`./v${version}.json`, import.meta.url)

/** The corpus as this version of the machine reads it. */
export const readCorpus = (version: number): Corpus => {
  const corpus: Corpus = JSON.parse(readFileSync(corpusFile(version), "utf8"))
  return { ...corpus, facts: corpus.facts.map((fact) => upcast({ ...fact }, version)) }
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
