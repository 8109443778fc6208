import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type postgres from "postgres"
import { expect } from "vitest"
import { open, plan } from "../../machines/index.ts"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { appendOf, EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { anOrder, payToken, startOfTime } from "../support/checkouts.ts"
import { freshDatabase } from "../support/database.ts"
import { eventLogLaws } from "./eventLogLaws.ts"
import { feedLaws } from "./feedLaws.ts"

const log = Layer.provideMerge(postgresEventLog, freshDatabase)

eventLogLaws("PostgreSQL", Layer.orDie(log))
feedLaws("PostgreSQL", Layer.orDie(log))

const aCheckout = Effect.gen(function* () {
  const log = yield* EventLog
  const id = "019b0000-0000-7000-8000-00000000abcd"
  const opening = appendOf(null, open(id, anOrder({ orderId: `test-${id}` }), startOfTime), null)
  const found = yield* log.find({ by: "checkoutId", value: id })
  if (found !== null) return found
  yield* log.append(opening)
  const minted = plan(opening.recorded.checkout, { type: "TokenMinted", at: startOfTime, payToken })
  assert(minted._tag === "Plan")
  const entry = appendOf(opening.recorded, minted, null)
  yield* log.append(entry)
  return entry.recorded
})

const refusal = (run: (sql: postgres.Sql, recorded: Recorded) => PromiseLike<unknown>) =>
  Effect.gen(function* () {
    const sql = yield* Database
    const recorded = yield* aCheckout
    const before = yield* Effect.promise(
      () => sql`SELECT * FROM checkout_event ORDER BY checkout_id, version`,
    )
    const message = yield* Effect.promise(() =>
      Promise.resolve(run(sql, recorded)).then(
        () => "it was accepted",
        (error: Error) => error.message,
      ),
    )
    const afterwards = yield* Effect.promise(
      () => sql`SELECT * FROM checkout_event ORDER BY checkout_id, version`,
    )
    expect(afterwards).toEqual(before)
    return message
  })

/** A copy of the checkout's last row with other values, as somebody with access to the database might insert it. */
const forge =
  (over: Record<string, string>) =>
  (sql: postgres.Sql, { checkout }: Recorded) => {
    const columns = [
      "checkout_id",
      "version",
      "type",
      "from_state",
      "to_state",
      "data",
      "machine_version",
      "recorded_at",
      "prev_hash",
      "hash",
    ]
    const values = columns.map((column) => over[column] ?? column).join(", ")
    return sql.unsafe(
      `INSERT INTO checkout_event (${columns.join(", ")})
     SELECT ${values} FROM checkout_event WHERE checkout_id = '${checkout.checkoutId}' AND version = ${checkout.version}`,
    )
  }

describe("the database itself", () => {
  it.layer(Layer.orDie(log))((it) => {
    it.effect.each([
      ["an UPDATE", (sql: postgres.Sql) => sql`UPDATE checkout_event SET type = 'PaymentExecuted'`],
      ["a DELETE", (sql: postgres.Sql) => sql`DELETE FROM checkout_event`],
      ["a TRUNCATE", (sql: postgres.Sql) => sql`TRUNCATE checkout_event`],
      ["a TRUNCATE that cascades", (sql: postgres.Sql) => sql`TRUNCATE checkout, checkout_event CASCADE`],
      [
        "an UPDATE in the replica role",
        (sql: postgres.Sql) =>
          sql.begin((tx) => [
            tx`SET LOCAL session_replication_role = replica`,
            tx`UPDATE checkout_event SET type = 'PaymentExecuted'`,
          ]),
      ],
      ["a DELETE of checkouts", (sql: postgres.Sql) => sql`DELETE FROM checkout`],
      ["a TRUNCATE of checkouts", (sql: postgres.Sql) => sql`TRUNCATE checkout`],
      ["a change of what was legal", (sql: postgres.Sql) => sql`DELETE FROM legal_move`],
    ] as const)("refuses %s of history", ([, run]) =>
      Effect.map(refusal(run), (message) => expect(message).toContain("append-only")),
    )

    it.effect.each([
      ["the last row again", { version: "version + 1" }, "does not continue"],
      [
        "a move that the machine does not allow",
        { version: "version + 1", from_state: "to_state", to_state: "'settled.paid'", prev_hash: "hash" },
        "does not allow",
      ],
      [
        "a state that does not exist",
        { version: "version + 1", from_state: "to_state", to_state: "'paid'", prev_hash: "hash" },
        "does not allow",
      ],
      [
        "a gap",
        {
          version: "version + 2",
          type: "'TokenExpired'",
          from_state: "to_state",
          to_state: "'minted.lapsing'",
          prev_hash: "hash",
        },
        "does not continue",
      ],
      [
        "a wrong chain",
        {
          version: "version + 1",
          type: "'TokenExpired'",
          from_state: "to_state",
          to_state: "'minted.lapsing'",
        },
        "does not continue",
      ],
      [
        "an unknown machine version",
        {
          version: "version + 1",
          type: "'TokenExpired'",
          from_state: "to_state",
          to_state: "'minted.lapsing'",
          prev_hash: "hash",
          machine_version: "99",
        },
        "does not allow",
      ],
      [
        "an older machine after a newer one",
        {
          version: "version + 1",
          type: "'TokenExpired'",
          from_state: "to_state",
          to_state: "'minted.lapsing'",
          prev_hash: "hash",
          machine_version: "1",
        },
        "does not continue",
      ],
    ] as const)("refuses %s", ([, over, words]) =>
      Effect.map(refusal(forge(over)), (message) => expect(message).toContain(words)),
    )

    it.effect("accepts a row that continues history by a legal move", () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const recorded = yield* aCheckout
        const over = {
          version: "version + 1",
          type: "'TokenExpired'",
          from_state: "to_state",
          to_state: "'minted.lapsing'",
          prev_hash: "hash",
        }
        yield* Effect.promise(() =>
          sql
            .begin(async (tx) => {
              await forge(over)(tx as unknown as postgres.Sql, recorded)
              throw new Error("undone")
            })
            .catch((error: Error) => expect(error.message).toBe("undone")),
        )
      }),
    )
  })
})

describe("migrations", () => {
  it.effect("several processes that start at once agree, and the second run changes nothing", () =>
    Effect.gen(function* () {
      const runs = yield* Effect.all([migrate, migrate, migrate], { concurrency: "unbounded" })
      expect(runs.flat()).toEqual([])
    }).pipe(Effect.provide(freshDatabase)),
  )
})
