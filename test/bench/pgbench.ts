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
  /** Its time runs while it still connects, which takes longer than a short run where there are many clients. */
  let connectMsEach = 15
  const one = async (clients: number, ms: number) => {
    runs += 1
    const seconds = Math.max(1, Math.round((ms + clients * connectMsEach) / 1000))
    const threads = Math.min(clients, 2)
    const { stdout } = await run(pgbench, [
      ...["-n", "-M", "prepared", "-c", `${clients}`, "-j", `${threads}`, "-T", `${seconds}`],
      ...["-D", "n=0", "-D", `run=${runs}`, "-f", script, url],
    ])
    const read = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1])
    connectMsEach = read(/initial connection time = ([\d.]+)/) / clients
    return { tps: read(/tps = ([\d.]+)/), meanMs: read(/latency average = ([\d.]+)/) }
  }
  return {
    run: async ({ clients, warmupMs, runMs }: Load): Promise<Measured> => {
      if (warmupMs >= 500) await one(clients, warmupMs)
      const { tps, meanMs } = await one(clients, runMs)
      return {
        lifecyclesPerSecond: tps,
        p50Ms: meanMs,
        p99Ms: Number.NaN,
        cpuSeconds: Number.NaN,
        rssMb: Number.NaN,
      }
    },
    stop: async () => {},
  }
}
