/** The parts that the log consists of: each is guarded as the whole is, also against who names it. */

import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type postgres from "postgres"
import { describe, expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { pem, verified, withKey } from "../integrity/sealedLog.ts"
import { freshDatabase } from "../support/database.ts"
import { programIn } from "../support/docs.ts"
import { lifeOf, writeCheckouts } from "../support/manyCheckouts.ts"

const log = Layer.orDie(Layer.provideMerge(postgresEventLog, freshDatabase))

const parts = 4

/** Enough that no part is empty. */
const checkouts = 40

const outcomeOf = (run: PromiseLike<unknown>) =>
  Promise.resolve(run).then(
    () => "it was accepted",
    (error: Error) => error.message,
  )

const partsOf = async (sql: postgres.Sql): Promise<ReadonlyArray<string>> =>
  (
    await sql`
      SELECT relid::regclass::text AS part FROM pg_partition_tree('checkout_event') WHERE level > 0 ORDER BY 1`
  ).map((row) => row["part"] as string)

/** Every guard of a table: what it fires on, what it does, and in which roles. */
const guardsOf = async (sql: postgres.Sql, table: string) =>
  (
    await sql`
      SELECT tgname, tgtype, tgenabled, tgfoid::regproc::text AS does, tgnewtable FROM pg_trigger
       WHERE tgrelid = ${table}::regclass ORDER BY 1`
  ).map((row) => ({ ...row }))

const columns =
  "checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash"

/** What somebody might do to one part of the log, and what the database says. */
const attempts = (part: string): ReadonlyArray<readonly [statement: string, refusal: string]> => [
  [`UPDATE ${part} SET type = 'PaymentExecuted'`, "append-only"],
  [`DELETE FROM ${part}`, "append-only"],
  [`TRUNCATE ${part}`, "append-only"],
  [
    `INSERT INTO ${part} (${columns})
     SELECT ${columns.replace("version", "version + 1")} FROM ${part} e
      WHERE version = (SELECT max(version) FROM ${part} WHERE checkout_id = e.checkout_id) LIMIT 1`,
    "does not",
  ],
]

const expectGuarded = async (sql: postgres.Sql) => {
  const rows = () => sql`SELECT * FROM checkout_event ORDER BY checkout_id, version`
  const before = await rows()
  const guards = await guardsOf(sql, "checkout_event")
  expect(guards.length).toBeGreaterThanOrEqual(3)
  for (const part of await partsOf(sql)) {
    expect(await guardsOf(sql, part), part).toEqual(guards)
    for (const [statement, refusal] of attempts(part)) {
      expect(await outcomeOf(sql.unsafe(statement)), statement).toContain(refusal)
      const asReplica = sql.begin((tx) => [
        tx`SET LOCAL session_replication_role = replica`,
        tx.unsafe(statement),
      ])
      expect(await outcomeOf(asReplica), `${statement}, as a replica`).toContain(refusal)
    }
  }
  expect(await rows()).toEqual(before)
}

describe("the parts of the log", () => {
  it.effect("are each guarded as the log is", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      yield* Effect.promise(async () => {
        await writeCheckouts(sql, { to: checkouts })
        for (const part of await partsOf(sql)) {
          expect(await sql.unsafe(`SELECT FROM ${part} LIMIT 1`), part).toHaveLength(1)
        }
        await expectGuarded(sql)
      })
    }).pipe(Effect.provide(log)),
  )

  it.live("can be divided by age, as docs/scale.md says, and are the same log as before", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      const log = yield* EventLog
      yield* Effect.promise(() => writeCheckouts(sql, { to: checkouts }))
      const whole = yield* log.feed(null, 1_000)
      const firstNew = lifeOf(checkouts)[0]?.recorded.checkout.checkoutId ?? ""
      yield* Effect.promise(async () => {
        for (let part = 0; part < parts; part += 1) {
          await sql.begin((tx) => tx.unsafe(divide(part, firstNew)).simple())
        }
        await writeCheckouts(sql, { from: checkouts, to: 2 * checkouts })
        const [old] =
          await sql`SELECT count(*)::integer AS events FROM checkout_event WHERE tableoid::regclass::text LIKE '%_old'`
        expect(old?.["events"]).toBe(whole.events.length)
        await expectGuarded(sql)
      })
      const all = yield* log.feed(null, 10_000)
      expect(all.events.slice(0, whole.events.length)).toEqual(whole.events)
      expect(yield* verified()).toMatchObject({ ok: true, events: all.events.length })
    }).pipe(Effect.provide(Layer.merge(log, withKey(pem)))),
  )
})

/** The page's own statements, for any part and any id. */
const divide = (part: number, firstNew: string): string =>
  programIn("scale.md", "sql")
    .replaceAll("checkout_event_0", `checkout_event_${part}`)
    .replace("REMAINDER 0", `REMAINDER ${part}`)
    .replaceAll("01a00000-0000-0000-0000-000000000000", firstNew)
