/** A command of the program, as a process of its own. */

import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url))

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs it to its end, with these settings and no others. */
export const run = (
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [cli, ...words], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    })
    let [out, err] = ["", ""]
    child.stdout.on("data", (chunk) => {
      out += chunk
    })
    child.stderr.on("data", (chunk) => {
      err += chunk
    })
    const [code] = await once(child, "close")
    return { code, out, err }
  })
