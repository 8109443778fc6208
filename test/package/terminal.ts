/** What a page of the docs says at a terminal, typed there: in the folder of an app, as whoever follows the page does it. */

import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { run } from "./newApp.ts"

const quiet = { npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false" }

/** Types a line and waits for its end. What it installs of ours is what was packed, and not what a registry has. */
export const typed = (app: string, line: string, tarball: string) =>
  run("sh", ["-c", line.replace(/(?<=^npm install )tosspay-checkout/, tarball)], {
    cwd: app,
    env: { ...process.env, ...quiet },
  })

/** Types a line that starts a server, with these settings beside it, and reads until the server is ready. */
export const started = async (app: string, line: string, env: Readonly<Record<string, string>>) => {
  const child = spawn("sh", ["-c", line], {
    cwd: app,
    env: { ...process.env, ...env },
    // A group of its own, as a terminal gives to what is typed.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(child, "close")
  const said: Array<string> = []
  for await (const words of createInterface({ input: child.stdout })) {
    said.push(words)
    if (words.startsWith("ready")) break
  }
  const addressOf = (name: string) =>
    new RegExp(`${name}.* (http:\\S+)$`, "m").exec(said.join("\n"))?.[1] ?? ""
  return {
    said,
    url: addressOf("^ready"),
    simulator: addressOf("simulator").replace(/\/$/, ""),
    /** Ctrl-C. */
    stop: async () => {
      child.stdout.resume()
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), "SIGINT")
      await ended
    },
  }
}
