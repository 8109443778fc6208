/**
 * Writes everything that is derived from the code: docs/machine.md, docs/events.md and the migration with the legal moves.
 * `npm run docs` writes; `node docs/generate.ts --check` only tells whether something is stale.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { machineVersion } from "../machines/index.ts"
import { eventsPage } from "./generate/eventsPage.ts"
import { legalMovesSql } from "./generate/legalMoves.ts"
import { machinePage } from "./generate/machinePage.ts"

const migrations = "server/database/migrations"

/** The migration of this machine's moves: the one that there is, or the next one. */
const legalMovesFile = (): string => {
  const ending = `_legal_moves_v${machineVersion}.sql`
  const files = readdirSync(new URL(`../${migrations}`, import.meta.url)).toSorted()
  const next = String(Number(files.at(-1)?.slice(0, 4)) + 1).padStart(4, "0")
  return files.find((name) => name.endsWith(ending)) ?? `${next}${ending}`
}

/** Path from the project's root -> what it has to contain. */
export const generated: Readonly<Record<string, string>> = {
  "docs/machine.md": machinePage(),
  "docs/events.md": eventsPage(),
  [`${migrations}/${legalMovesFile()}`]: legalMovesSql(),
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
