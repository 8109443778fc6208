/** Builds what is published: plain ES modules with their types, and what lies beside them. `npm pack` runs it. */

import { spawnSync } from "node:child_process"
import { cpSync, readdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

for (const folder of ["machines", "server", "client"])
  rmSync(at(`dist/${folder}`), { recursive: true, force: true })
for (const part of ["server", "client"]) {
  const { status } = spawnSync(
    process.execPath,
    [at("node_modules/typescript/bin/tsc"), "-p", at(`.build/${part}.json`)],
    {
      stdio: "inherit",
    },
  )
  if (status !== 0) process.exit(status ?? 1)
}
for (const file of readdirSync(at("server/database/migrations"))) {
  cpSync(at(`server/database/migrations/${file}`), at(`dist/server/database/migrations/${file}`))
}
cpSync(at("server/audit/bundle"), at("dist/server/audit/bundle"), { recursive: true })
