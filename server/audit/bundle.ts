/** A folder about one checkout for somebody who trusts neither us nor our database: what happened, and how to check it alone. */

import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { factMeanings, stateMeanings } from "../../machines/index.ts"
import { Database, query } from "../database/postgres.ts"
import { proofOf } from "../integrity/proof.ts"
import type { EventRow } from "../log/chain.ts"
import { bundleReadme } from "./bundleReadme.ts"
import { wayAsMermaid } from "./chart.ts"
import type { AuditRecord } from "./read.ts"
import { timelineText } from "./timeline.ts"

/** The checkers are plain JavaScript, to be read and run by anybody. */
const checker = (name: string) =>
  Effect.promise(() => readFile(new URL(`./bundle/${name}`, import.meta.url), "utf8"))

/** The folder must not exist yet. Gives the names of the files in it. */
export const writeBundle = Effect.fn("writeBundle")(function* (record: AuditRecord, folder: string) {
  const machine = yield* machineOf(record.events)
  const seal = yield* sealOf(record)
  const files: Readonly<Record<string, string>> = {
    "README.md": bundleReadme(record, seal),
    "timeline.txt": `${timelineText(record)}\n`,
    "checkout.json": pretty(record.checkout),
    "events.jsonl": record.events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    "evidence.json": pretty(record.events.flatMap(evidenceOf)),
    "machine.json": pretty(machine),
    "path.mmd": wayAsMermaid(record.events),
    "proof.json": pretty({ ...endOf(record), seal }),
    "verify.mjs": yield* checker("verify.mjs"),
    ...(seal === null ? {} : { "verify-seal.mjs": yield* checker("verify-seal.mjs") }),
  }
  yield* Effect.tryPromise(async () => {
    await mkdir(folder)
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  })
  return Object.keys(files)
})

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** TossPay's own words, with both sides of every comparison. */
const evidenceOf = ({ version, type, recordedAt, data }: EventRow) => {
  const { answer, checks } = data as { readonly answer?: unknown; readonly checks?: unknown }
  return answer === undefined ? [] : [{ version, type, recordedAt, answer, checks }]
}

/** What the machine allowed in the versions that wrote this history, as the database was told when they came into use. */
const machineOf = Effect.fnUntraced(function* (events: ReadonlyArray<EventRow>) {
  const sql = yield* Database
  const versions = [...new Set(events.map(({ machineVersion }) => machineVersion))]
  const moves = yield* query(
    () => sql<Array<{ version: number; from: string; type: string; to: string }>>`
      SELECT machine_version AS version, from_state AS from, type, to_state AS to
        FROM legal_move WHERE machine_version IN ${sql(versions)} ORDER BY 1, 2, 3, 4`,
  )
  return { versions, states: stateMeanings, facts: factMeanings, moves }
})

const endOf = ({ checkout, events }: AuditRecord) => ({
  checkoutId: checkout.checkoutId,
  orderId: checkout.orderId,
  events: events.length,
  lastHash: events.at(-1)?.hash ?? null,
})

/** The proof that a signed checkpoint holds the last event that is sealed already. Its hash covers those before it. */
const sealOf = Effect.fnUntraced(function* ({ checkout, events }: AuditRecord) {
  for (const { version } of events.toReversed()) {
    const proof = yield* proofOf(checkout.checkoutId, version)
    if (proof !== null) return proof
  }
  return null
})
