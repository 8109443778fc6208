/** A command of the program, as a process of its own. */

import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"
import { Effect } from "effect"
import { inject } from "vitest"
import { bareEnvironment } from "./environment.ts"

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const options = (env: Readonly<Record<string, string>>) => ({ env: { ...bareEnvironment, ...env } })

const start = (
  env: Readonly<Record<string, string>>,
  words: ReadonlyArray<string>,
  program = inject("program"),
) =>
  spawn(process.execPath, [program, ...words], {
    ...options(env),
    stdio: ["ignore", "pipe", "pipe"],
  })

const ended = async (child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> => {
  let [out, err] = ["", ""]
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    err += chunk
  })
  const [code] = await once(child, "close")
  return { code, out, err }
}

/** Runs it to its end, with these settings and no others. */
export const run = (
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> => Effect.promise(() => ended(start(env, words)))

/** The same of the program in another file. */
export const runOf = (
  program: string,
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> => Effect.promise(() => ended(start(env, words, program)))

/** Interrupts it, as a person does with Ctrl-C, at this moment. */
export const interruptedAt = (
  moment: Promise<unknown>,
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.promise(() => {
    const child = start(env, words)
    void moment.then(() => child.kill("SIGINT"))
    return ended(child)
  })

/** The same once it has said something. */
export const interrupted = (
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.promise(() => {
    const child = start(env, words)
    for (const said of [child.stdout, child.stderr]) said.once("data", () => child.kill("SIGINT"))
    return ended(child)
  })

/** Presses Enter so often, each time when the one before was answered by a line, and then interrupts it. */
export const enteredAndInterrupted = (
  enters: number,
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.promise(() => {
    const child = spawn(process.execPath, [inject("program"), ...words], { ...options(env), stdio: "pipe" })
    let answered = 0
    child.stdin.write("\n")
    child.stdout.on("data", (chunk: Buffer) => {
      answered += chunk.toString().split("\n").length - 1
      if (answered < enters) child.stdin.write("\n")
      else child.kill("SIGINT")
    })
    return ended(child)
  })

/** Runs it while nobody reads what it prints, as when `head` has had enough. */
export const unread = (
  env: Readonly<Record<string, string>>,
  ...words: ReadonlyArray<string>
): Effect.Effect<Ended> =>
  Effect.promise(() => {
    const child = start(env, words)
    child.stdout.destroy()
    return ended(child)
  })
