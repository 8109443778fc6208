/**
 * Many lives, one seed after the other: `npm run simulate -- --seed 1 --runs 10000`. Prints every seed that broke a law
 * (the same seed breaks it again) and ends with 1 if there was one.
 */

import { parseArgs } from "node:util"
import { Effect, References } from "effect"
import { live } from "./life.ts"

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, runs: { type: "string", default: "1000" } },
})
const first = Number(values.seed)
const runs = Number(values.runs)
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(runs) || runs < 1) {
  process.stderr.write("usage: npm run simulate -- --seed N --runs N, both whole numbers\n")
  process.exit(2)
}

const startedAt = performance.now()
let checkouts = 0
let deaths = 0
let broken = 0
for (let seed = first; seed < first + runs; seed += 1) {
  const life = await Effect.runPromise(
    live(seed).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
  )
  checkouts += life.checkouts
  deaths += life.deaths
  for (const law of life.wrong) process.stdout.write(`seed ${seed}: ${law}\n`)
  if (life.wrong.length > 0) broken += 1
  if ((seed - first + 1) % 1000 === 0) process.stderr.write(`${seed - first + 1} of ${runs} lives\r`)
}
const seconds = (performance.now() - startedAt) / 1000
process.stdout.write(
  `seeds ${first} to ${first + runs - 1}: ${checkouts} checkouts, ${deaths} processes died, ${broken} lives broke a law; ` +
    `${Math.round(checkouts / seconds)} checkouts a second\n`,
)
process.exit(broken === 0 ? 0 : 1)
