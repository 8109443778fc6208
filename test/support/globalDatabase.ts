/**
 * Real PostgreSQL for the whole run, in a folder that goes with it: one server for each worker, because a transaction that
 * a test holds open holds back what all databases of its server may show. Each test file makes a database of its own.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Redacted, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { embeddedPostgres } from "../../server/database/embedded.ts"
import { administer, makeTemplate } from "./templateDatabase.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly seed: number
    /** One for each worker. */
    readonly postgresUrls: ReadonlyArray<string>
  }
}

export default async (project: TestProject) => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 0x7fff_ffff))
  process.stdout.write(`seed ${seed} (replay with SEED=${seed})\n`)
  const folder = mkdtempSync(join(tmpdir(), "tosspay-checkout-test-"))
  const scope = await Effect.runPromise(Scope.make())
  const urls = await Promise.all(
    Array.from({ length: project.vitest.config.maxWorkers }, (_, worker) =>
      Effect.runPromise(embeddedPostgres(join(folder, String(worker))).pipe(Scope.provide(scope))),
    ),
  )
  const servers = urls.map(Redacted.value)
  for (const server of servers) {
    // Nobody pulls a plug here, and what a killed process wrote is there all the same.
    await administer(server, "ALTER SYSTEM SET fsync = off")
    await administer(server, "SELECT pg_reload_conf()")
    await Effect.runPromise(makeTemplate(server))
  }
  project.provide("seed", seed)
  project.provide("postgresUrls", servers)
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(folder, { recursive: true, force: true })
  }
}
