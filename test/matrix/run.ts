/** The whole crash matrix: `npm run matrix`. Prints every cell that broke a law and ends with 1 if there was one. */

import { Effect, References } from "effect"
import { readWords } from "../support/words.ts"
import { nameOf, run } from "./cell.ts"
import { matrix } from "./matrix.ts"

const usage = `usage: npm run matrix -- [--from N] [--cells N]

Every place where a process can die, with every status the bank can have by then and every answer it can give. Exit codes:
0 every law held, 1 one was broken, 2 wrong use.

  --from N   the first cell (0)
  --cells N  how many (all of them)
`

const { from, cells: most } = readWords(usage, {
  from: { initially: 0, from: 0, to: 1_000_000 },
  cells: { initially: 1_000_000, from: 1, to: 1_000_000 },
})
const cells = matrix().slice(from, from + most)
const startedAt = performance.now()
let broken = 0
for (const [index, cell] of cells.entries()) {
  const wrong = await Effect.runPromise(
    run(cell).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
  )
  for (const law of wrong) {
    process.stdout.write(`${nameOf(cell)}: ${law}\n  npm run matrix -- --from ${from + index} --cells 1\n`)
  }
  if (wrong.length > 0) broken += 1
  if ((index + 1) % 500 === 0) process.stderr.write(`${index + 1} of ${cells.length} cells\r`)
}
const seconds = Math.round((performance.now() - startedAt) / 1000)
process.stdout.write(`${cells.length} cells in ${seconds} s, ${broken} broke a law\n`)
process.exit(broken === 0 ? 0 : 1)
