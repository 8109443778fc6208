/**
 * The next release of this program, made from its source: a machine that allows one move more, the migration that tells the
 * database, and numbers of its own. It runs by itself, as the release that it would be.
 */

import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { machineVersion } from "../../machines/index.ts"
import { version } from "../../server/version.ts"
import type { judge } from "../chaos/laws.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const nextVersion = machineVersion + 1

/** Who has authenticated may look at the sheet again; this release takes no notice of that. */
export const newMove = "authenticated.claimed AuthenticationStarted authenticating.sheet"

const changes: ReadonlyArray<readonly [file: string, was: string, is: string]> = [
  ["machines/decide.ts", `machineVersion = ${machineVersion}`, `machineVersion = ${nextVersion}`],
  [
    "machines/checkout.ts",
    "ExecutionStarted: toExecuting,",
    "ExecutionStarted: toExecuting, AuthenticationStarted: hints.AuthenticationStarted,",
  ],
  ["server/version.ts", `"${version}"`, '"9.0.0"'],
  ["package.json", `"version": "${version}"`, '"version": "9.0.0"'],
]

const neededFiles = [
  "package.json",
  "machines",
  "server",
  "docs/generate/legalMoves.ts",
  "test/chaos/laws.ts",
]

const printLegalMoves = `
  import { legalMovesSql } from "./docs/generate/legalMoves.ts"
  process.stdout.write(legalMovesSql())`

export interface NextRelease {
  /** The file to start. */
  readonly program: string
  /** The judge of the chaos, who knows this release's machine too. */
  readonly judge: typeof judge
  readonly remove: () => void
}

export const makeNextRelease = async (): Promise<NextRelease> => {
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-next-"))
  for (const file of neededFiles) cpSync(join(root, file), join(folder, file), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  for (const [file, was, is] of changes) {
    const parts = readFileSync(join(folder, file), "utf8").split(was)
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times ${was}`)
    writeFileSync(join(folder, file), parts.join(is))
  }
  const moves = execFileSync(process.execPath, ["--input-type=module", "--eval", printLegalMoves], {
    cwd: folder,
  })
  writeFileSync(join(folder, `server/database/migrations/9000_legal_moves_v${nextVersion}.sql`), moves)
  const laws = await import(pathToFileURL(join(folder, "test/chaos/laws.ts")).href)
  return {
    program: join(folder, "server/cli.ts"),
    judge: laws.judge,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
