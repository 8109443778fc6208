/** What the database itself spends on a contestant: CPU of all its processes, and what it writes ahead. */

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type postgres from "postgres"
import type { Measured } from "./closedLoop.ts"
import { fieldsOf, ticksPerSecond } from "./contestant.ts"

export interface DatabaseCost {
  /** Per 1,000 lifecycles. */
  readonly databaseCpuSeconds: number
  /** Write-ahead log per lifecycle, full pages included. */
  readonly walKb: number
}

/** Meters the PostgreSQL whose data is in `dataDir`. Nobody else may use it meanwhile. */
export const databaseMeter = (admin: postgres.Sql, dataDir: string) => {
  const [postmaster] = readFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n")
  const read = async () => {
    const [row] = await admin<[{ bytes: number }]>`SELECT pg_current_wal_lsn() - '0/0' AS bytes`
    return { bytes: Number(row.bytes), ticks: ticksOfAll(Number(postmaster)) }
  }
  return async <A extends Pick<Measured, "lifecyclesPerSecond" | "lifecyclesInAll">>(
    seconds: number,
    run: () => Promise<A>,
  ): Promise<A & DatabaseCost> => {
    const before = await read()
    const measured = await run()
    const after = await read()
    const lifecycles = measured.lifecyclesInAll ?? measured.lifecyclesPerSecond * seconds
    return {
      ...measured,
      databaseCpuSeconds: ((after.ticks - before.ticks) / ticksPerSecond / lifecycles) * 1000,
      walKb: (after.bytes - before.bytes) / 1024 / lifecycles,
    }
  }
}

/** Of the processes that live, and, as their parent has summed it up, of those that have ended. */
const ticksOfAll = (postmaster: number): number => {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => fieldsOrNone(Number(name)))
    .filter((fields) => Number(fields[1]) === postmaster)
  return [...children.map((fields) => fields.slice(11, 13)), fieldsOrNone(postmaster).slice(11, 15)]
    .flat()
    .reduce((sum, ticks) => sum + Number(ticks), 0)
}

/** A process may end while it is looked at. */
const fieldsOrNone = (pid: number): ReadonlyArray<string> => {
  try {
    return fieldsOf(pid)
  } catch {
    return []
  }
}
