import { statSync } from "node:fs"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { logBeside } from "../../app.ts"
import { exportFeed, exportFormats } from "../../audit/export.ts"
import { feedCursorOf, readFeedCursor } from "../../log/feed.ts"
import { databaseIsAway } from "../complaints.ts"
import { jsonFlag } from "../flags.ts"
import { progressBar } from "../progress.ts"
import { wrongUse } from "./inputs.ts"

/** Every event in the order of the feed; docs/events.md says what is in it. */
export const exportCommand = Command.make(
  "export",
  {
    format: Flag.Literals("format", exportFormats).pipe(
      Flag.withDescription("csv, jsonl (one JSON object a line) or parquet"),
      Flag.withDefault("jsonl"),
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("The file to write; without it, standard output (not for parquet)"),
      Flag.optional,
    ),
    after: Flag.String("after").pipe(
      Flag.withDescription("Go on after this cursor, the end of an earlier export"),
      Flag.optional,
    ),
    json: jsonFlag,
  },
  ({ format, out, after, json }) =>
    Effect.gen(function* () {
      const file = Option.getOrNull(out)
      if (file === null && format === "parquet") return yield* wrongUse("parquet needs --out FILE")
      if (file === null && json) return yield* wrongUse("--json tells of the export, so it needs --out FILE")
      const place = Option.isNone(after) ? null : readFeedCursor(after.value)
      if (Option.isSome(after) && place === null) {
        return yield* wrongUse("--after must be a cursor that an earlier export or the feed gave out")
      }
      if (file !== null && isFolder(file)) return yield* wrongUse(`--out must be a file: ${file} is a folder`)
      const bar = progressBar("events")
      const { events, end, isHeldBack } = yield* exportFeed({
        format,
        file,
        after: place,
        progress: bar.show,
      }).pipe(
        Effect.ensuring(Effect.sync(bar.clear)),
        Effect.catchTags({
          Unavailable: databaseIsAway,
          CannotWrite: ({ cause, isEnough }) =>
            isEnough
              ? Effect.interrupt
              : wrongUse(
                  `${file === null ? "standard output" : `--out ${file}`} cannot be written: ${cause}`,
                ),
        }),
      )
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

/** Found out before everything was read in vain. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
