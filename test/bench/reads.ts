/** What servers read of the log all day: one order, a page of orders, the next events of the feed. */

import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import postgres from "postgres"
import { Database } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import type { FeedPlace } from "../../server/log/feed.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { contend } from "./contestant.ts"

const url = process.env["BENCH_URL"] ?? ""
const runtime = ManagedRuntime.make(Layer.provideMerge(postgresEventLog, Database.layer(Redacted.make(url))))

const sql = postgres(url, { max: 1 })
const orders = await sql<Array<{ orderId: string; payer: string }>>`
  SELECT order_id AS "orderId", payer FROM checkout ORDER BY random() LIMIT 1000`
const places = await sql<Array<FeedPlace>>`
  SELECT feed_position::float8 AS position, checkout_id AS "checkoutId", version FROM checkout_event
   ORDER BY feed_position DESC OFFSET 1000 LIMIT 1000`
await sql.end()

const anyOf = <A>(values: ReadonlyArray<A>): A => values[Math.floor(Math.random() * values.length)] as A

/** Each fails on nothing found: an empty answer is quickly given. */
const reads: Readonly<Record<string, (log: EventLog["Service"]) => Effect.Effect<unknown, unknown>>> = {
  order: (log) => found(log.find({ by: "orderId", value: anyOf(orders).orderId }), (order) => order !== null),
  page: (log) => found(log.ofPayer(anyOf(orders).payer, 20, null), (page) => page.length === 20),
  feed: (log) => found(log.feed(anyOf(places), 100), (page) => page.events.length === 100),
}

const found = <A, E>(read: Effect.Effect<A, E>, isThere: (value: A) => boolean) =>
  Effect.filterOrFail(read, isThere, () => new Error("nothing was found"))

const read = reads[process.env["BENCH_READ"] ?? ""]
if (read === undefined) throw new Error("BENCH_READ is order, page or feed")

contend(
  () => runtime.runPromise(Effect.asVoid(Effect.flatMap(EventLog, read))),
  () => runtime.dispose(),
)
