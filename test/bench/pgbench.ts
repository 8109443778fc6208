/** pgbench doing the bare SQL: as much as PostgreSQL itself can do of the same three commits, one after the other. */

import { execFile, execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type postgres from "postgres"
import type { Load, Measured } from "./closedLoop.ts"
import type { Contestant } from "./contestant.ts"

const script = fileURLToPath(new URL("pgbench.sql", import.meta.url))
const run = promisify(execFile)
const pgbench = process.env["PGBENCH"] ?? "pgbench"

/** `null` where it is installed; else how to get it. */
export const missingPgbench = (): string | null => {
  try {
    execFileSync(pgbench, ["--version"])
    return null
  } catch {
    return "pgbench is not on the PATH (Debian: apt-get install postgresql); set PGBENCH to its path"
  }
}

export const startPgbench = async (sql: postgres.Sql, url: string): Promise<Contestant> => {
  await sql.unsafe(`
    CREATE TABLE bench_checkout (checkout_id uuid PRIMARY KEY, order_id text NOT NULL UNIQUE, pay_token text UNIQUE,
      payer text NOT NULL, state text NOT NULL, version integer NOT NULL, amount integer NOT NULL, hash bytea NOT NULL,
      created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, due_at timestamptz) WITH (fillfactor = 80);
    CREATE TABLE bench_event (checkout_id uuid NOT NULL, version integer NOT NULL, type text NOT NULL, from_state text,
      to_state text NOT NULL, data jsonb NOT NULL, machine_version smallint NOT NULL, recorded_at timestamptz NOT NULL,
      prev_hash bytea, hash bytea NOT NULL, PRIMARY KEY (checkout_id, version));`)
  let runs = 0
  /** What it says of its last seconds; by then every connection has been made, and has planned what it prepared. */
  const one = async (clients: number, ms: number) => {
    runs += 1
    const seconds = Math.max(1, Math.round(ms / 1000))
    const beforeSeconds = Math.ceil(clients / 25)
    const { stdout, stderr } = await run(pgbench, [
      ...["-n", "-M", "prepared", "-c", `${clients}`, "-j", `${Math.min(clients, 2)}`],
      ...["-T", `${beforeSeconds + seconds}`, "-P", "1", "-D", "n=0", "-D", `run=${runs}`, "-f", script, url],
    ])
    const last = [...stderr.matchAll(/progress: .*?([\d.]+) tps, lat ([\d.]+) ms/g)].slice(-seconds)
    const mean = (group: number) =>
      last.reduce((sum, line) => sum + Number(line[group]), 0) / Math.max(last.length, 1)
    const all = Number(/actually processed: (\d+)/.exec(stdout)?.[1])
    return { tps: mean(1), meanMs: mean(2), all }
  }
  return {
    run: async ({ clients, warmupMs, runMs }: Load): Promise<Measured> => {
      if (warmupMs >= 500) await one(clients, warmupMs)
      const { tps, meanMs, all } = await one(clients, runMs)
      return {
        lifecyclesPerSecond: tps,
        lifecyclesInAll: all,
        p50Ms: meanMs,
        p99Ms: Number.NaN,
        cpuSeconds: Number.NaN,
        rssMb: Number.NaN,
      }
    },
    stop: async () => {},
  }
}
