/** Who is measured: each starts in a database of its own, in the same PostgreSQL. */

import postgres from "postgres"
import { lifecyclesIn } from "./closedLoop.ts"
import { type Contestant, startContestant, startServer } from "./contestant.ts"
import { startPgbench } from "./pgbench.ts"

export interface Entry {
  readonly name: string
  readonly what: string
  /** Entries that name the same database share it; absent: one of its own, which is empty. */
  readonly database?: string
  readonly start: (databaseUrl: string) => Promise<Contestant>
}

/** Who runs, and whose rate is divided by whose. */
export interface Contest {
  readonly entries: ReadonlyArray<Entry>
  readonly compared: ReadonlyArray<readonly [ours: string, theirs: string]>
}

/** The same buyers for every server; CPU and memory are the server's. */
const overHttp = async (args: ReadonlyArray<string>, env: Record<string, string>): Promise<Contestant> => {
  const bank = await startServer(["test/bench/bank.ts"], {})
  const server = await startServer(args, { ...env, TOSSPAY_BASE_URL: bank.url })
  const buyers = await startContestant("buyers.ts", { BENCH_URL: server.url })
  return {
    run: async (load) => {
      const before = server.cpuSeconds()
      const measured = await buyers.run(load)
      const cpuSeconds = ((server.cpuSeconds() - before) * 1000) / lifecyclesIn(load, measured)
      return { ...measured, cpuSeconds, rssMb: server.rssMb() }
    },
    stop: async () => {
      await buyers.stop()
      await Promise.all([server.stop(), bank.stop()])
    },
  }
}

export const serverSettings = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  DATA_DIR: `${process.env["BENCH_DATA"]}`,
  CHECKPOINT_KEY_FILE: `${process.env["BENCH_DATA"]}/checkpoint.key`,
  PORT: "0",
  LOG_LEVEL: "Warning",
})

/** It lets in as many as there are clients; what it does when there are more is what `--overload` shows. */
export const ourServer = (databaseUrl: string): Promise<Contestant> =>
  overHttp(["server/cli.ts", "serve"], { ...serverSettings(databaseUrl), REQUESTS_AT_ONCE: "1000" })

/** With a connection of its own. */
export const withSql = async <A>(url: string, use: (sql: postgres.Sql) => Promise<A>): Promise<A> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return use(sql).finally(() => sql.end())
}

const entries: ReadonlyArray<Entry> = [
  {
    name: "pgbench",
    what: "bare SQL, one prepared statement per commit",
    start: (url) => withSql(url, (sql) => startPgbench(sql, url)),
  },
  {
    name: "append",
    what: "this project's event log alone: decide, hash, three durable commits",
    start: async (url) => {
      await migrated(url)
      return startContestant("appends.ts", { BENCH_URL: url })
    },
  },
  {
    name: "emmett",
    what: "emmett-postgresql, three appendToStream with an expected version",
    start: (url) => startContestant("peers/emmett.ts", { BENCH_URL: url }),
  },
  {
    name: "dbos",
    what: "DBOS, a workflow of three steps",
    start: (url) => startContestant("peers/dbos.ts", { BENCH_URL: url }),
  },
  {
    name: "restate",
    what: "Restate, a workflow of three steps on a server and a disk log of its own",
    start: () => startContestant("peers/restate.ts", {}),
  },
  {
    name: "http",
    what: "this project over HTTP: create and execute, four durable commits, two calls to the bank",
    start: ourServer,
  },
  {
    name: "express",
    what: "the guide's handlers on Express 5 and pg: two durable commits, two calls to the bank, no log, no recovery",
    start: (url) => overHttp(["test/bench/peers/express.ts"], { BENCH_URL: url, NODE_ENV: "production" }),
  },
]

export const besidePeers: Contest = {
  entries,
  compared: [
    ["append", "pgbench"],
    ["http", "pgbench"],
    ["http", "express"],
    ["append", "emmett"],
    ["append", "dbos"],
    ["append", "restate"],
  ],
}

/** The schema, as `migrate` makes it. */
export const migrated = async (url: string) => {
  const { execFile } = await import("node:child_process")
  const { promisify } = await import("node:util")
  await promisify(execFile)(process.execPath, ["server/cli.ts", "migrate"], {
    env: { ...process.env, DATABASE_URL: url },
  })
}
