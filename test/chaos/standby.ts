/**
 * Two PostgreSQL servers, the second a synchronous standby of the first: a commit is answered once both have it on disk.
 * Built from the same binaries as the embedded server, without any tool of PostgreSQL's that they lack.
 */

import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Redacted } from "effect"
import postgres from "postgres"
import { type ChaoticDatabase, embeddedPostgres } from "./database.ts"
import { pause } from "./shop.ts"

/** Until the scope closes. Its URL names both, and who follows it finds the primary, whichever it is. */
export const primaryWithStandby = (folder: string) =>
  Effect.gen(function* () {
    const [firstDir, secondDir] = [join(folder, "first"), join(folder, "second")]
    const firstUrl = Redacted.value(yield* Effect.orDie(embeddedPostgres(firstDir)))
    yield* Effect.promise(() => copyWhileItRuns(firstUrl, firstDir, secondDir))
    const secondUrl = Redacted.value(yield* Effect.orDie(embeddedPostgres(secondDir)))
    yield* Effect.promise(() => waitForStandby(firstUrl))
    return {
      url: bothOf(firstUrl, secondUrl),
      strike: async () => {
        killPrimary(firstDir)
        await promote(secondUrl)
      },
    } satisfies ChaoticDatabase
  })

const bothOf = (first: string, second: string): string => {
  const [one, two] = [new URL(first), new URL(second)]
  return `${first.replace(one.host, `${one.host},${two.host}`)}?target_session_attrs=primary`
}

/** PostgreSQL's own base backup, step by step (manual, 26.3.3): the standby goes on from where the copy began. */
const copyWhileItRuns = async (url: string, fromDir: string, toDir: string): Promise<void> => {
  const data = (dir: string, ...path: ReadonlyArray<string>) => join(dir, "postgres", "data", ...path)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql`SELECT pg_backup_start('standby', true)`
    mkdirSync(join(toDir, "postgres"), { recursive: true, mode: 0o700 })
    cpSync(join(fromDir, "postgres", "password"), join(toDir, "postgres", "password"))
    cpSync(data(fromDir), data(toDir), {
      recursive: true,
      filter: (path) => !/postmaster\.(pid|opts)$/.test(path),
    })
    chmodSync(data(toDir), 0o700)
    const [stopped] = await sql<[{ labelfile: string }]>`SELECT labelfile FROM pg_backup_stop(false)`
    const { hostname, port, username, password } = new URL(url)
    const primary = `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`
    writeFileSync(data(toDir, "backup_label"), stopped.labelfile)
    writeFileSync(data(toDir, "postgresql.auto.conf"), `primary_conninfo = '${primary}'\n`)
    writeFileSync(data(toDir, "standby.signal"), "")
    await sql.unsafe("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    await sql`SELECT pg_reload_conf()`
  } finally {
    await sql.end()
  }
}

/** Before this a commit would be answered by the first alone, or wait for a second that is not there. */
const waitForStandby = async (url: string): Promise<void> => {
  const sql = postgres(url, { max: 1 })
  try {
    while ((await sql`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`).length === 0)
      await pause(50)
  } finally {
    await sql.end()
  }
}

/** As if its machine had lost its power. */
const killPrimary = (dataDir: string): void => {
  const [pid] = readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n")
  process.kill(Number(pid), "SIGKILL")
}

/** What Patroni does when the primary has lost its lock. */
const promote = async (url: string): Promise<void> => {
  const sql = postgres(url, { max: 1 })
  try {
    await sql`SELECT pg_promote()`
  } finally {
    await sql.end()
  }
}
