/** A contestant is a process of its own that waits for loads, runs them, and sends back what it measured. */

import { type ChildProcess, fork, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { closedLoop, type Load, lifecyclesIn, type Measured } from "./closedLoop.ts"

/** In the contestant: `lifecycle` is one order from its first commit to its last. */
export const contend = (lifecycle: (client: number) => Promise<void>, close: () => Promise<void>): void => {
  process.on("message", async (load: Load) => {
    const before = process.cpuUsage()
    const measured = await closedLoop(load, lifecycle)
    const { user, system } = process.cpuUsage(before)
    const cpuSeconds = (((user + system) / 1e6) * 1000) / lifecyclesIn(load, measured)
    process.send?.({ ...measured, cpuSeconds, rssMb: process.memoryUsage().rss / 2 ** 20 })
  })
  process.on("disconnect", () => void close().then(() => process.exit(0)))
  process.send?.("ready")
}

export interface Child<In, Out> {
  readonly run: (load: In) => Promise<Out>
  readonly stop: () => Promise<void>
}

export type Contestant = Child<Load, Measured>

/**
 * Serves 64 clients until three runs in a row were no faster than the best before. A lonely client gives a compiler too little to
 * do, and more code takes it longer: without this, whoever is measured first, or has more code, is measured cold.
 */
export const warmUp = async (contestant: Contestant, seconds: number, mostRuns: number): Promise<void> => {
  let best = 0
  for (let run = 1, noFaster = 0; run <= mostRuns && noFaster < 3; run += 1) {
    const { lifecyclesPerSecond } = await contestant.run({ clients: 64, warmupMs: 0, runMs: seconds * 1000 })
    noFaster = lifecyclesPerSecond < best * 1.03 ? noFaster + 1 : 0
    best = Math.max(best, lifecyclesPerSecond)
  }
}

/** Starts a contestant, a file of this folder; its settings are its environment. */
export const startContestant = (file: string, env: Record<string, string>): Promise<Contestant> =>
  startChild(file, env)

/** Starts a file of this folder that says it is ready, and then answers each message with one. */
export const startChild = async <In extends object, Out>(
  file: string,
  env: Record<string, string>,
): Promise<Child<In, Out>> => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execPath: process.execPath,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  await reply(child)
  return {
    run: async (load) => {
      child.send(load)
      return (await reply(child)) as Out
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve())
        child.disconnect()
      }),
  }
}

const reply = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`a contestant ended with ${code}`))
    child.once("exit", died)
    child.once("message", (message) => {
      child.off("exit", died)
      resolve(message)
    })
  })

export interface Server {
  readonly url: string
  readonly cpuSeconds: () => number
  readonly rssMb: () => number
  readonly stop: () => Promise<void>
}

/** Starts a program that prints a line with `ready on <its address>`. */
export const startServer = async (
  args: ReadonlyArray<string>,
  env: Record<string, string>,
): Promise<Server> => {
  const profileDir = process.env["BENCH_PROFILE"]
  const profiling = profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`]
  const child = spawn(process.execPath, [...profiling, ...args], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  // A benchmark that fails half way leaves no server behind.
  const killed = () => child.kill("SIGKILL")
  process.once("exit", killed)
  child.once("exit", () => process.off("exit", killed))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ""
    child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)))
    child.stdout.on("data", (chunk) => {
      text += chunk
      const found = /^ready .*?(http:\S+)$/m.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return {
    url,
    cpuSeconds: () => ticksOf(child.pid ?? 0) / ticksPerSecond,
    rssMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve())
        child.kill("SIGTERM")
      }),
  }
}

/** User and system time, as Linux counts them. */
const ticksOf = (pid: number): number => {
  const fields = fieldsOf(pid)
  return Number(fields[11]) + Number(fields[12])
}
export const ticksPerSecond = 100

/** What Linux says of a process, from its state on. */
export const fieldsOf = (pid: number): ReadonlyArray<string> =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
