/** A log with a long past: written by COPY, but by the machine and through the triggers that every row passes. */

import { once } from "node:events"
import { join } from "node:path"
import { Effect, Layer, Redacted } from "effect"
import postgres from "postgres"
import { progressBar } from "../../server/commands/progress.ts"
import { Database } from "../../server/database/postgres.ts"
import { CheckpointKeys } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import type { Append } from "../../server/log/eventLog.ts"
import { lifeOf } from "../support/manyCheckouts.ts"

/** A transaction each, about as large as the batches of a busy server. */
const perCopy = 50
/** Enough that the database is busy while each waits for its answer. */
const writers = 16

/** Writes whole lives until there are so many events, and seals them. The schema has to be there. */
export const fill = async (url: string, events: number): Promise<void> => {
  // Nobody waits for a disk here; everything is on it before the first measurement.
  const connection = { synchronous_commit: "off" } as const
  const sql = postgres(url, { max: writers, onnotice: () => {}, connection })
  const progress = progressBar("events")
  let next = 0
  let written = 0
  const writer = async () => {
    while (written < events) {
      const first = next
      next += perCopy
      const more = await writeLives(sql, first)
      written += more
      progress.show(written, events)
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  progress.clear()
  await haveBeenTold(sql)
  await sql`VACUUM ANALYZE`
  await haveSealed(url)
  await sql`CHECKPOINT`
  await sql.end()
}

/** How many events they have. */
const writeLives = async (sql: postgres.Sql, first: number): Promise<number> => {
  const lives = Array.from({ length: perCopy }, (_, index) => lifeOf(first + index))
  const rows = lives.flatMap((life) => life.flatMap((append) => append.rows))
  await copy(
    sql,
    `checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash)`,
    rows.map((row) => [
      ...[row.checkoutId, row.version, row.type, row.from, row.to, JSON.stringify(row.data)],
      ...[row.machineVersion, row.recordedAt, bytes(row.prevHash), bytes(row.hash)],
    ]),
  )
  await copy(
    sql,
    `checkout (checkout_id, order_id, pay_token, payer, state, substate, version, moved_from, amount, hash, created_at, updated_at)`,
    lives.map((life) => checkoutRow(life.at(-1) as Append)),
  )
  await copy(
    sql,
    "checkout_pay_token (pay_token, checkout_id)",
    lives
      .flat()
      .flatMap(({ newPayToken, recorded }) =>
        newPayToken === null ? [] : [[newPayToken, recorded.checkout.checkoutId]],
      ),
  )
  return rows.length
}

/** Whoever is on call has been told of all that, as in a shop that has run for years. */
const haveBeenTold = async (sql: postgres.Sql) => {
  await sql`INSERT INTO subscription (name) VALUES ('alerts')`
  await sql`
    INSERT INTO subscription_place (subscription, source, position, topic, version)
    SELECT 'alerts', 'checkouts', feed_position, checkout_id, version FROM checkout_event
     ORDER BY feed_position DESC, checkout_id DESC, version DESC LIMIT 1`
}

const haveSealed = async (url: string) => {
  const keyFile = join(process.env["BENCH_DATA"] ?? "", "checkpoint.key")
  const services = Layer.mergeAll(Database.layer(Redacted.make(url)), CheckpointKeys.signing(keyFile, true))
  await Effect.runPromise(
    Effect.flatMap(makeSealer, (seal) => seal(0)).pipe(Effect.provide(services), Effect.scoped),
  )
}

type Cell = string | number | null

const checkoutRow = ({ recorded: { checkout, hash } }: Append): ReadonlyArray<Cell> => {
  const { order, payToken, openedAt, updatedAt } = checkout.context
  const [state = "", substate = ""] = checkout.state.split(".")
  return [
    ...[checkout.checkoutId, order.orderId, payToken, order.payer, state, substate],
    ...[checkout.version, checkout.version - 1, order.amount, bytes(hash), openedAt, updatedAt],
  ]
}

const bytes = (hex: string | null): string | null => (hex === null ? null : `\\x${hex}`)

/** Tab-separated text, as COPY reads it. */
const copy = async (sql: postgres.Sql, into: string, rows: ReadonlyArray<ReadonlyArray<Cell>>) => {
  const stream = await sql.unsafe(`COPY ${into} FROM STDIN`).writable()
  const escaped = (cell: Cell) =>
    cell === null ? "\\N" : String(cell).replaceAll(/[\\\t\n\r]/g, (char) => `\\${char}`)
  stream.end(rows.map((row) => `${row.map(escaped).join("\t")}\n`).join(""))
  await once(stream, "finish")
}
