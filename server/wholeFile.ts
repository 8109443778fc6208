/** A file that is there whole or not at all: it is written beside its place, and put there at the end. */

import { statSync } from "node:fs"
import { open, rename, rm } from "node:fs/promises"
import { Effect } from "effect"

const partOf = (file: string): string => `${file}.part`

/** `write` is told where. What it leaves unfinished is taken away. */
export const writeWhole = <E>(
  file: string,
  write: (part: string) => Promise<void>,
  failureOf: (cause: unknown) => E,
): Effect.Effect<void, E> => {
  const part = partOf(file)
  return Effect.tryPromise({
    try: async () => {
      await write(part)
      await rename(part, file)
    },
    catch: failureOf,
  }).pipe(Effect.onError(() => Effect.ignore(Effect.tryPromise(() => rm(part, { force: true })))))
}

/** Throws why it cannot be written, before there is anything to write. */
export const expectWritable = async (file: string): Promise<void> => {
  const other = otherThanFile(file)
  if (other !== null) throw new Error(`it is ${other}`)
  await (await open(partOf(file), "w")).close()
  await rm(partOf(file))
}

/** What is there instead of a file; `null` if nothing is. A whole file is put in its place, which a device would not survive. */
export const otherThanFile = (path: string): string | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isFile()) return null
  return found.isDirectory() ? "a folder" : "a device or the like"
}
