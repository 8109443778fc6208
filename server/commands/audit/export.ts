import { existsSync } from "node:fs"
import { extname } from "node:path"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { logBeside } from "../../app.ts"
import { type ExportFormat, exportFeed, exportFormats } from "../../audit/export.ts"
import { CannotStart } from "../../errors.ts"
import { feedCursorOf, readFeedCursor } from "../../log/feed.ts"
import { otherThanFile } from "../../wholeFile.ts"
import { wrongUse } from "../complaints.ts"
import { jsonFlag } from "../flags.ts"
import { progressBar } from "../progress.ts"

/** Every event in the order of the feed; docs/events.md says what is in it. */
export const exportCommand = Command.make(
  "export",
  {
    format: Flag.Literals("format", exportFormats).pipe(
      Flag.withDescription(
        "csv, jsonl (one JSON object a line) or parquet; without it, by the ending of --out",
      ),
      Flag.optional,
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("The file to write; without it, standard output (not for parquet)"),
      Flag.optional,
    ),
    after: Flag.String("after").pipe(
      Flag.withDescription("Go on after this cursor, the end of an earlier export"),
      Flag.optional,
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Write over a file that is there already"),
      Flag.withDefault(false),
    ),
    json: jsonFlag,
  },
  ({ format: wanted, out, after, force, json }) =>
    Effect.gen(function* () {
      const file = Option.getOrNull(out)
      // Found out before everything was read in vain.
      const other = file === null ? null : otherThanFile(file)
      if (other !== null) return yield* wrongUse(`--out must be a file: ${file} is ${other}`)
      const format = yield* formatOf(Option.getOrNull(wanted), file)
      if (file === null && format === "parquet") return yield* wrongUse("parquet needs --out FILE")
      if (file === null && json) return yield* wrongUse("--json tells of the export, so it needs --out FILE")
      const place = Option.isNone(after) ? null : readFeedCursor(after.value)
      if (Option.isSome(after) && place === null) {
        return yield* wrongUse("--after must be a cursor that an earlier export or the feed gave out")
      }
      if (file !== null && !force && existsSync(file)) {
        return yield* wrongUse(`--out ${file} is there already; --force writes over it`)
      }
      const bar = progressBar("events")
      const exported = yield* exportFeed({
        format,
        file,
        after: place,
        progress: bar.show,
      }).pipe(
        Effect.ensuring(Effect.sync(bar.clear)),
        Effect.catchTag("CannotWrite", ({ cause, isEnough }) =>
          isEnough
            ? Effect.succeed(null)
            : file === null
              ? new CannotStart({ exitCode: 3, reason: `standard output cannot be written: ${cause}` })
              : wrongUse(`--out ${file} cannot be written: ${cause}`),
        ),
      )
      // Whoever read it has had enough, as `head` has: there is nothing more to say.
      if (exported === null) return
      const { events, end, isHeldBack } = exported
      const cursor = end === null ? null : feedCursorOf(end)
      if (json) yield* Console.log(JSON.stringify({ events, cursor, isHeldBack, format, file }))
      else
        yield* Console.error(
          `${events} events${file === null ? "" : ` in ${file}`}${cursor === null ? "" : `; go on with --after ${cursor}`}`,
        )
      if (isHeldBack && !json) {
        yield* Console.error("more events wait for a transaction that is still open; export again later")
      }
    }).pipe(Effect.provide(logBeside)),
).pipe(Command.withDescription("Write every event to a file: CSV, JSON Lines or Parquet"))

const formatsByEnding: Readonly<Record<string, ExportFormat>> = {
  ".csv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
}

/** What was asked for, unless the name of the file promises something else; without a word, what the name says. */
const formatOf = (wanted: ExportFormat | null, file: string | null) => {
  if (file === null) return Effect.succeed(wanted ?? "jsonl")
  const named = formatsByEnding[extname(file).toLowerCase()]
  if (wanted !== null && named !== undefined && named !== wanted) {
    return wrongUse(`--format ${wanted} contradicts the name of the file, which says ${named}: ${file}`)
  }
  const format = wanted ?? named
  return format === undefined
    ? wrongUse(`--out needs a name that ends with ${Object.keys(formatsByEnding).join(", ")}, or --format`)
    : Effect.succeed(format)
}
