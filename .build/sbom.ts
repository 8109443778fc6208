/**
 * Prints the software bill of materials of what runs in production (CycloneDX, JSON), read from the lock file.
 * `npm sbom --omit=dev` alone would leave out peers that are tested with too, such as effect and xstate, which a server needs.
 */

import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

interface Locked {
  readonly dev?: true
  readonly devOptional?: true
  /** A folder of ours that stands in for a package. */
  readonly link?: true
  readonly devDependencies?: unknown
}

const read = (file: string) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"))

const { devDependencies: _, overrides: __, ...own } = read("package.json")
const lock = read("package-lock.json")
const [[, { devDependencies: ___, ...top }], ...packages] = Object.entries<Locked>(lock.packages) as [
  [string, Locked],
  ...Array<[string, Locked]>,
]
const running = packages.filter(([, { dev, devOptional, link }]) => !(dev || devOptional || link))

const above = mkdtempSync(join(tmpdir(), "sbom-"))
// npm names the whole after its folder.
const folder = join(above, own.name)
mkdirSync(folder)
const write = (file: string, value: unknown) => writeFileSync(join(folder, file), JSON.stringify(value))
write("package.json", own)
write("package-lock.json", { ...lock, packages: { "": top, ...Object.fromEntries(running) } })
const { status } = spawnSync(
  "npm",
  ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"],
  { cwd: folder, stdio: "inherit" },
)
rmSync(above, { recursive: true })
process.exitCode = status ?? 1
