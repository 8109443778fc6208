/** The folder in which everything that has to survive a restart is kept, when there is no database of one's own. */

import { randomBytes } from "node:crypto"
import {
  accessSync,
  appendFileSync,
  constants,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect, Redacted, type Scope } from "effect"
import { CannotStart } from "./errors.ts"

export const defaultDataDir = ".data"

/** Makes the folder if need be. Fails if it cannot be made or written to. */
export const usableDataDir = (dataDir: string): Effect.Effect<string, CannotStart> =>
  Effect.try({
    try: () => {
      make(resolve(dataDir))
      accessSync(dataDir, constants.W_OK)
      return dataDir
    },
    catch: () =>
      new CannotStart({
        exitCode: 3,
        reason: `DATA_DIR must be a folder that can be written to: ${dataDir}`,
      }),
  })

/**
 * Takes the folder for this process until the scope closes, so that two servers never run on one embedded database.
 * Fails if another process that is alive has it.
 */
export const lockDataDir = (dataDir: string): Effect.Effect<void, CannotStart, Scope.Scope> =>
  Effect.gen(function* () {
    const file = lockIn(yield* usableDataDir(dataDir))
    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        const owner = takeLock(file)
        return owner === process.pid
          ? Effect.void
          : Effect.fail(
              new CannotStart({
                exitCode: 3,
                reason: `DATA_DIR ${dataDir} is in use by process ${owner}; stop it, or choose another folder`,
              }),
            )
      }),
      () => Effect.sync(() => rmSync(file, { force: true })),
    )
  })

/** Tells commands beside this process, which has the folder, where the simulator is that it brings along. It goes with the lock. */
export const noteSimulator = (dataDir: string, url: string): Effect.Effect<void> =>
  Effect.sync(() => appendFileSync(lockIn(dataDir), `\n${url}`))

/** Where the simulator is that the owner of the folder brings along; `null` if it brings none, or is gone. */
export const notedSimulator = (dataDir: string): string | null => {
  try {
    const { owner, simulatorUrl } = readLock(lockIn(dataDir))
    return isAlive(owner) ? simulatorUrl : null
  } catch {
    return null
  }
}

/** 32 random bytes, made when they are first asked for and the same ever after. Only for development: production is given its secrets. */
export const keptSecret = (dataDir: string, name: string) =>
  Effect.map(usableDataDir(dataDir), (folder) => {
    const file = join(folder, name)
    try {
      writeFileSync(file, randomBytes(32).toString("base64url"), { flag: "wx", mode: 0o600 })
    } catch {
      // It is there already, from an earlier start or from a process that started at the same moment.
    }
    return Redacted.make(Buffer.from(readFileSync(file, "utf8"), "base64"))
  })

/** One folder after the other: asked for all of them at once, Node never comes back from some file systems. */
const make = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  make(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process that starts at the same moment may have been faster.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

const lockIn = (dataDir: string): string => join(dataDir, "lock")

const readLock = (file: string) => {
  const [pid, simulatorUrl = null] = readFileSync(file, "utf8").split("\n")
  return { owner: Number(pid), simulatorUrl }
}

/** The process that has the lock now: this one, if it was free or its owner is gone. */
const takeLock = (file: string): number => {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" })
    return process.pid
  } catch {
    const { owner } = readLock(file)
    if (isAlive(owner)) return owner
    rmSync(file, { force: true })
    return takeLock(file)
  }
}

const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
