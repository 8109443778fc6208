/**
 * Keeps what the machine makes of histories, so that a later one can be held to it: `node test/corpus/keep.ts` writes the
 * corpus of the current machine version. A kept corpus is never written again.
 */

import { existsSync, writeFileSync } from "node:fs"
import { machineVersion, open } from "../../machines/index.ts"
import { deaths, order } from "../matrix/deaths.ts"
import { startOfTime } from "../support/checkouts.ts"
import { everyFact } from "../support/everyFact.ts"
import { type Corpus, corpusFile, corpusOf, outcomeOf } from "./corpus.ts"

/** Each in a minute of its own, so that times are told apart; of the day that it is of. */
const inTime = everyFact.map((fact, index) => ({
  ...fact,
  at: new Date(Date.parse(fact.at) + (index + 1) * 60_000).toISOString(),
}))

const corpus: Corpus = {
  machineVersion,
  order,
  openedAt: startOfTime,
  facts: inTime,
  histories: deaths().map(({ name, moves }) => {
    const facts = moves.slice(1).map(({ fact }) => everyFact.indexOf(fact))
    return { name, facts, ...outcomeOf(open("", order, startOfTime).checkout, facts, inTime) }
  }),
}

const file = corpusFile(corpusOf(machineVersion))
if (existsSync(file) && !process.argv.includes("--again")) {
  process.stderr.write(
    `${file.pathname} is kept already: raise machineVersion, or say --again before a release\n`,
  )
  process.exit(1)
}
const lines = corpus.histories.map((history) => `    ${JSON.stringify(history)}`).join(",\n")
const { histories: _, ...head } = corpus
writeFileSync(file, `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "histories": [\n${lines}\n  ]\n}\n`)
process.stdout.write(`${corpus.histories.length} histories kept in ${file.pathname}\n`)
