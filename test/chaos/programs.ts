/** Programs of ours as processes of their own: started as a person starts them, and killed as a machine dies. */

import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { SeededRandom } from "../simulation/random.ts"
import { bareEnvironment } from "../support/environment.ts"

const cli = fileURLToPath(new URL("../../server/cli.ts", import.meta.url))

export interface Program {
  readonly child: ChildProcess
  /** Its base URL once it answers; `null` if it ended before that. */
  readonly ready: Promise<string | null>
  readonly ended: Promise<void>
}

/** What it complains about goes to `logFile`, after what was there. `program`: the file of another release. */
export const launch = (
  command: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  logFile: string,
  program = cli,
): Program => {
  const child = spawn(process.execPath, [program, ...command], {
    env: { ...bareEnvironment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  child.stderr.pipe(createWriteStream(logFile, { flags: "a" }))
  const ended = new Promise<void>((done) => {
    child.once("exit", () => done())
    child.once("error", () => done())
  })
  let out = ""
  const ready = new Promise<string | null>((done) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
      const url = /^ready .*(http:\S+)$/m.exec(out)?.[1]
      if (url !== undefined) done(url)
    })
    void ended.then(() => done(null))
  })
  return { child, ready, ended }
}

const killed = ({ child, ended }: Program) =>
  Effect.promise(() => {
    child.kill("SIGKILL")
    return ended
  })

/** A program that runs until the scope closes. Dies if it does not start. */
export const companion = (command: ReadonlyArray<string>, env: Record<string, string>, logFile: string) =>
  Effect.gen(function* () {
    const program = yield* Effect.acquireRelease(
      Effect.sync(() => launch(command, env, logFile)),
      killed,
    )
    const url = yield* Effect.promise(() => program.ready)
    return url ?? (yield* Effect.die(new Error(`${command[0]} does not start; see ${logFile}`)))
  })

/** Where buyers find somebody who answers. */
export interface Servers {
  /** Base URLs of the servers that answer now. */
  readonly live: () => ReadonlyArray<string>
  /** Comes back as soon as one answers. */
  readonly someLive: () => Promise<void>
}

export interface Fleet extends Servers {
  /** SIGKILL to one of them, whatever it is doing, its own start included. */
  readonly kill: (random: SeededRandom) => Promise<void>
  readonly tally: { kills: number; starts: number; fruitlessStarts: number }
}

/** Servers that do not come up at all are no chaos but a mistake. */
const longestStartMs = 60_000

interface Slot {
  program: Program | null
  url: string | null
}

/** So many `serve` processes, each replaced as soon as it has died, until the scope closes. */
export const fleet = (
  size: number,
  env: Readonly<Record<string, string>>,
  folder: string,
  programFile?: string,
) =>
  Effect.gen(function* () {
    const slots = Array.from({ length: size }, (): Slot => ({ program: null, url: null }))
    const tally = { kills: 0, starts: 0, fruitlessStarts: 0 }
    let waiting: Array<() => void> = []

    const serveOnce = (slot: Slot, index: number) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          slot.program = launch(["serve"], env, join(folder, `server-${index + 1}.log`), programFile)
          return slot.program
        }),
        (program) =>
          Effect.promise(async () => {
            slot.url = await program.ready
            if (slot.url === null) {
              tally.fruitlessStarts += 1
              return
            }
            tally.starts += 1
            for (const tell of waiting) tell()
            waiting = []
            await program.ended
            slot.url = null
          }),
        killed,
      )
    for (const [index, slot] of slots.entries()) {
      yield* Effect.forkScoped(Effect.forever(serveOnce(slot, index)))
    }

    const live = () => slots.flatMap(({ url }) => url ?? [])
    const someLive = () =>
      live().length > 0 ? Promise.resolve() : new Promise<void>((done) => waiting.push(done))
    const kill = async (random: SeededRandom): Promise<void> => {
      const target = random.pick(slots)
      // Between its death and its next start there is nothing to kill.
      if (target.program?.child.kill("SIGKILL") !== true) {
        await someLive()
        return kill(random)
      }
      tally.kills += 1
      target.url = null
      await target.program.ended
    }
    yield* Effect.promise(someLive).pipe(Effect.timeout(longestStartMs), Effect.orDie)
    return { live, someLive, kill, tally } satisfies Fleet
  })
