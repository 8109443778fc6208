/** The database, and how it is taken away and given back while everybody uses it. */

import { join, resolve } from "node:path"
import { Effect, Redacted } from "effect"
import { binaries, embeddedPostgres, run } from "../../server/database/embedded.ts"

export { embeddedPostgres }

export interface ChaoticDatabase {
  readonly url: string
  /** Takes it away for the nth time, from 0; comes back when it takes connections again. */
  readonly strike: (nth: number) => Promise<void>
}

/** One PostgreSQL that is restarted, until the scope closes. */
export const restartedDatabase = (dataDir: string) =>
  Effect.map(
    Effect.orDie(embeddedPostgres(dataDir)),
    (url): ChaoticDatabase => ({
      url: Redacted.value(url),
      strike: (nth) => restart(dataDir, nth % 2 === 0 ? "immediate" : "fast"),
    }),
  )

/** On the same port. `immediate` is a crash: nothing is written out, and the start recovers from the log. `fast` ends every session. */
const restart = async (dataDir: string, mode: "immediate" | "fast"): Promise<void> => {
  const { pg_ctl: pgCtl } = await binaries()
  const folder = resolve(dataDir, "postgres")
  const data = join(folder, "data")
  await run(pgCtl, ["restart", "-w", "-t", "60", "-m", mode, "-D", data, "-l", join(folder, "log")])
}
