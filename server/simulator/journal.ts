/**
 * Keeps the bank's events in a file, one decision a line, so that a restarted simulator remembers every payment.
 * A line is handed to the operating system before its call is answered and never synced to disk: it survives the
 * death of the process, not that of the machine.
 */

import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Result, Schema, type Scope } from "effect"
import { CannotStart } from "../errors.ts"
import { BankEvent } from "./payment.ts"

export type Events = ReadonlyArray<BankEvent>

interface Journal {
  /** Every decision on file, oldest first. */
  readonly decisions: ReadonlyArray<Events>
  /** Writes one decision whole. */
  readonly append: (events: Events) => void
}

const decodeLine = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(BankEvent)))

export const openJournal = Effect.fnUntraced(function* (
  path: string,
): Effect.fn.Return<Journal, CannotStart, Scope.Scope> {
  const text = yield* attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    return readFileSync(path, { encoding: "utf8", flag: "a+" })
  })
  const complete = text.slice(0, text.lastIndexOf("\n") + 1)
  // A process that died while writing leaves half a line. Its call was never answered, so it may go.
  if (complete.length < text.length)
    yield* attempt(path, () => truncateSync(path, Buffer.byteLength(complete)))
  const decisions: Array<Events> = []
  for (const [index, line] of complete.split("\n").slice(0, -1).entries()) {
    const read = decodeLine(line)
    if (Result.isFailure(read)) {
      return yield* new CannotStart({
        exitCode: 3,
        reason: `line ${index + 1} of ${path} is not a line of a bank's journal`,
      })
    }
    decisions.push(read.success)
  }
  const file = yield* Effect.acquireRelease(
    attempt(path, () => openSync(path, "a")),
    (file) => Effect.sync(() => closeSync(file)),
  )
  return { decisions, append: (events) => void writeSync(file, `${JSON.stringify(events)}\n`) }
})

/** Remembers nothing. */
export const noJournal: Journal = { decisions: [], append: () => {} }

const attempt = <A>(path: string, open: () => A) =>
  Effect.try({
    try: open,
    catch: (cause) =>
      new CannotStart({
        exitCode: 3,
        reason: `the journal ${path} cannot be used (${(cause as NodeJS.ErrnoException).code})`,
      }),
  })
