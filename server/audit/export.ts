/** The feed as a file: CSV, JSON Lines or Parquet. A page at a time, so memory does not grow with the log. */

import { createWriteStream } from "node:fs"
import { Readable, type Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { stringify } from "csv-stringify"
import { Data, Effect } from "effect"
import { fileWriter, parquetWriteRows } from "hyparquet-writer"
import { Database, query } from "../database/postgres.ts"
import { isEnough } from "../enough.ts"
import { Unavailable } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { type EventJson, eventJson, type FeedPlace } from "../log/feed.ts"
import { onOneLine } from "../text.ts"
import { writeWhole } from "../wholeFile.ts"

export const exportFormats = ["csv", "jsonl", "parquet"] as const

export type ExportFormat = (typeof exportFormats)[number]

interface Exported {
  readonly events: number
  /** The place after the last event: where the next export goes on. `null` if there was none at all. */
  readonly end: FeedPlace | null
  /** There are events that the feed cannot give out yet. */
  readonly isHeldBack: boolean
}

interface ExportOptions {
  readonly format: ExportFormat
  readonly after: FeedPlace | null
  /** Absent: standard output, which Parquet is not made for. */
  readonly file: string | null
  readonly progress: (done: number, total: number) => void
}

const pageSize = 1_000

/** Rows in memory at once; a row group of Parquet. */
const rowGroupSize = 10_000

export const exportFeed = Effect.fn("exportFeed")(function* (options: ExportOptions) {
  const log = yield* EventLog
  const sql = yield* Database
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const [{ total }] = yield* query(
    () => sql<[{ total: number }]>`SELECT count(*)::integer AS total FROM checkout_event`,
  )
  const result = { events: 0, end: options.after, isHeldBack: false }

  async function* events(): AsyncGenerator<EventJson> {
    while (true) {
      const page = await run(log.feed(result.end, pageSize))
      for (const event of page.events) yield eventJson(event)
      result.events += page.events.length
      result.end = page.events.at(-1) ?? result.end
      result.isHeldBack = page.isHeldBack
      options.progress(result.events, total)
      if (page.events.length < pageSize) return
    }
  }

  const { format, file } = options
  yield* file === null
    ? Effect.tryPromise({ try: () => write(format, events(), null), catch: failureOf })
    : writeWhole(file, (part) => write(format, events(), part), failureOf)
  return result satisfies Exported
})

/** The file or whoever reads standard output would not take it. */
export class CannotWrite extends Data.TaggedError("CannotWrite")<{
  readonly cause: string
  /** Whoever read it has gone, because it was enough. */
  readonly isEnough: boolean
}> {}

const failureOf = (cause: unknown): CannotWrite | Unavailable => {
  if (cause instanceof Unavailable) return cause
  return new CannotWrite({
    cause: cause instanceof Error ? cause.message : String(cause),
    isEnough: isEnough(cause),
  })
}

/** `null`: standard output. */
const write = (
  format: ExportFormat,
  events: AsyncGenerator<EventJson>,
  file: string | null,
): Promise<void> =>
  format === "parquet"
    ? writeParquet(file ?? "", events)
    : writeText(format, events, file === null ? process.stdout : createWriteStream(file))

const writeText = async (format: "csv" | "jsonl", events: AsyncGenerator<EventJson>, sink: Writable) => {
  // Standard output stays open, as it is not ours.
  const end = { end: sink !== process.stdout }
  if (format === "jsonl") {
    await pipeline(Readable.from(events).map(asLine), sink, end)
  } else {
    const table = stringify({ header: true, columns: [...columnNames], escape_formulas: true })
    await pipeline(Readable.from(events).map(flat), table, sink, end)
  }
}

const asLine = (event: EventJson): string => `${JSON.stringify(event)}\n`

const writeParquet = async (file: string, events: AsyncGenerator<EventJson>) => {
  await parquetWriteRows({
    writer: fileWriter(file),
    rows: parquetRows(events),
    columns: [...parquetColumns],
    rowGroupSize,
  })
}

async function* parquetRows(events: AsyncGenerator<EventJson>) {
  for await (const event of events) yield { ...event, recordedAt: new Date(event.recordedAt) }
}

/** In the order of the feed's JSON, and under the same names. */
const parquetColumns = [
  { name: "cursor", type: "STRING", nullable: false },
  { name: "orderId", type: "STRING", nullable: false },
  { name: "checkoutId", type: "STRING", nullable: false },
  { name: "version", type: "INT32", nullable: false },
  { name: "type", type: "STRING", nullable: false },
  { name: "from", type: "STRING", nullable: true },
  { name: "to", type: "STRING", nullable: false },
  { name: "data", type: "JSON", nullable: false },
  { name: "machineVersion", type: "INT32", nullable: false },
  { name: "recordedAt", type: "TIMESTAMP", nullable: false },
  { name: "prevHash", type: "STRING", nullable: true },
  { name: "hash", type: "STRING", nullable: false },
] as const

const columnNames = parquetColumns.map(({ name }) => name)

const flat = (event: EventJson) => ({ ...event, data: onOneLine(JSON.stringify(event.data)) })
