/**
 * Many lives, one seed after the other: `npm run simulate -- --seed 1 --runs 10000`. Prints every seed that broke a law
 * (the same seed breaks it again) and ends with 1 if there was one.
 */

import { readWords } from "../support/words.ts"
import { live, usualShares } from "./life.ts"

const usage = `usage: npm run simulate -- [--seed N] [--runs N] [--lasting N] [--standing N]

Lives whole lives on virtual time, one from each seed, and judges how they ended. Exit codes: 0 every law held, 1 one was
broken, 2 wrong use.

  --seed N      the first seed, a whole number up to 4294967295 (1)
  --runs N      how many lives (1000)
  --lasting N   in how many of a hundred lives faults last for days (1)
  --standing N  in how many of a hundred lives workers stand still again and again (5)
`

const {
  seed: first,
  runs,
  lasting,
  standing,
} = readWords(usage, {
  seed: { initially: 1, from: 0, to: 0xffff_ffff },
  runs: { initially: 1_000, from: 1, to: 1_000_000_000 },
  lasting: { initially: 1, from: 0, to: 100 },
  standing: { initially: 5, from: 0, to: 100 },
})

const startedAt = performance.now()
let checkouts = 0
let deaths = 0
let broken = 0
for (let seed = first; seed < first + runs; seed += 1) {
  const life = live(seed, {}, { ...usualShares, lasting: lasting / 100, standing: standing / 100 })
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
