/** `reconcile --from`: our books held against TossPay's, from the command line. */

import { createWriteStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { Console, Effect, Stream } from "effect"
import { paceBy } from "../checkout/recover.ts"
import { CurrentSettings } from "../config.ts"
import { isEnough } from "../enough.ts"
import { AnswerIsNo, CannotStart } from "../errors.ts"
import { reconcileBooks } from "../reconciliation/reconcileBooks.ts"
import { isInOrder, type ReportFormat, report, tally } from "../reconciliation/report.ts"
import { beginRun, findRun, type Run } from "../reconciliation/runs.ts"
import { expectWritable, writeWhole } from "../wholeFile.ts"
import { whatIsAway, wrongUse } from "./complaints.ts"
import { progressBar } from "./progress.ts"

export interface PeriodOptions {
  /** A new run over a period (`to` is `null`: until now), or one that was begun before. */
  readonly which: { readonly from: string; readonly to: string | null } | { readonly resume: number }
  readonly format: ReportFormat
  /** `null`: standard output. */
  readonly file: string | null
}

export const reconcilePeriod = Effect.fn("reconcilePeriod")(function* ({
  which,
  format,
  file,
}: PeriodOptions) {
  // A report that has nowhere to go is better known before hours of asking.
  if (file !== null) {
    if (file === "") return yield* wrongUse("--out must name a file")
    yield* Effect.tryPromise({ try: () => expectWritable(file), catch: unwritable(file) })
  }
  const { perMinute } = paceBy(yield* CurrentSettings)
  const begun = yield* theRun(which)
  const goOn = `go on with: reconcile --resume ${begun.run}`
  const bar = progressBar("checkouts", begun.asked)
  yield* Console.error(
    `run ${begun.run}: ${begun.total - begun.asked} of ${begun.total} checkouts to ask about`,
  )
  const ended = yield* reconcileBooks(begun, perMinute, bar.show).pipe(
    Effect.ensuring(Effect.sync(bar.clear)),
    Effect.onInterrupt(() => Console.error(`interrupted; ${goOn}`)),
    Effect.catchTag(
      "Unavailable",
      (error) => new CannotStart({ exitCode: 3, reason: `${whatIsAway(error)}; ${goOn}` }),
    ),
  )
  const counts = yield* tally(ended)
  yield* write(yield* Stream.toAsyncIterableEffect(report(ended, counts, format)), file)
  if (!isInOrder(counts)) return yield* new AnswerIsNo()
})

const theRun = Effect.fnUntraced(function* (which: PeriodOptions["which"]) {
  if ("from" in which) return yield* beginRun(which.from, which.to)
  const found: Run | null = yield* findRun(which.resume)
  return found ?? (yield* wrongUse(`--resume: there is no run ${which.resume}`))
})

const unwritable = (file: string | null) => (cause: unknown) =>
  wrongUse(
    `the report cannot be written${file === null ? "" : ` to ${file}`}: ${cause instanceof Error ? cause.message : cause}`,
  )

const print = (text: AsyncIterable<string>) =>
  pipeline(text, process.stdout, { end: false }).catch((cause: unknown) => {
    if (!isEnough(cause)) throw cause
  })

const write = (text: AsyncIterable<string>, file: string | null) =>
  file === null
    ? Effect.tryPromise({ try: () => print(text), catch: unwritable(file) })
    : writeWhole(file, (part) => pipeline(text, createWriteStream(part)), unwritable(file))
