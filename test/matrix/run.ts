/** The whole crash matrix: `npm run matrix`. Prints every cell that broke a law and ends with 1 if there was one. */

import { Effect, References } from "effect"
import { nameOf, run } from "./cell.ts"
import { matrix } from "./matrix.ts"

const cells = matrix()
const startedAt = performance.now()
let broken = 0
for (const [index, cell] of cells.entries()) {
  const wrong = await Effect.runPromise(
    run(cell).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
  )
  for (const law of wrong) process.stdout.write(`${nameOf(cell)}: ${law}\n`)
  if (wrong.length > 0) broken += 1
  if ((index + 1) % 500 === 0) process.stderr.write(`${index + 1} of ${cells.length} cells\r`)
}
const seconds = Math.round((performance.now() - startedAt) / 1000)
process.stdout.write(`${cells.length} cells in ${seconds} s, ${broken} broke a law\n`)
process.exit(broken === 0 ? 0 : 1)
