/**
 * Writes everything that is derived from the code: docs/machine.md, docs/events.md and the migration with the legal moves.
 * `npm run docs` writes; `node docs/generate.ts --check` only tells whether something is stale.
 */

import { readFileSync, writeFileSync } from "node:fs"
import { machineVersion } from "../machines/index.ts"
import { eventsPage } from "./generate/eventsPage.ts"
import { legalMovesSql } from "./generate/legalMoves.ts"
import { machinePage } from "./generate/machinePage.ts"

/** Path from the project's root -> what it has to contain. */
export const generated: Readonly<Record<string, string>> = {
  "docs/machine.md": machinePage(),
  "docs/events.md": eventsPage(),
  [`server/database/migrations/0006_legal_moves_v${machineVersion}.sql`]: legalMovesSql(),
}

const fileOf = (path: string) => new URL(`../${path}`, import.meta.url)

/** The generated files that do not say what the machine says. */
export const staleFiles = (): ReadonlyArray<string> =>
  Object.keys(generated).filter((path) => {
    try {
      return readFileSync(fileOf(path), "utf8") !== generated[path]
    } catch {
      return true
    }
  })

if (import.meta.main) {
  const stale = staleFiles()
  if (process.argv.includes("--check")) {
    process.stdout.write(stale.map((path) => `${path} is stale: run npm run docs\n`).join(""))
    process.exitCode = stale.length === 0 ? 0 : 1
  } else {
    for (const path of stale) writeFileSync(fileOf(path), generated[path] ?? "")
    process.stdout.write(stale.map((path) => `wrote ${path}\n`).join("") || "nothing to write\n")
  }
}
