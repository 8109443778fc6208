/** One real PostgreSQL for the whole run, in a folder that goes with it; each test file makes its own database in it. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Redacted, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { embeddedPostgres } from "../../server/database/embedded.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly seed: number
    readonly postgresUrl: string
  }
}

export default async (project: TestProject) => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 0x7fff_ffff))
  process.stdout.write(`seed ${seed} (replay with SEED=${seed})\n`)
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-test-"))
  const scope = await Effect.runPromise(Scope.make())
  const url = await Effect.runPromise(embeddedPostgres(folder).pipe(Scope.provide(scope)))
  project.provide("seed", seed)
  project.provide("postgresUrl", Redacted.value(url))
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(folder, { recursive: true, force: true })
  }
}
