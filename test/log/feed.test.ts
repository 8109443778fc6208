import { readdir, readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import type postgres from "postgres"
import { expect, inject } from "vitest"
import { migrate } from "../../server/database/migrate.ts"
import { Database } from "../../server/database/postgres.ts"
import { sendAppends } from "../../server/log/appendStatement.ts"
import { type Append, EventLog } from "../../server/log/eventLog.ts"
import { type FeedEvent, feedIsAhead } from "../../server/log/feed.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { emptyDatabase, freshDatabase } from "../support/database.ts"
import { expectOrdered, minting, nameOf, opening, readAll, readOn } from "./feedLaws.ts"

const log = Layer.orDie(Layer.provideMerge(postgresEventLog, freshDatabase))

interface Held {
  /** Ends the transaction: its rows are there, or never were. */
  readonly end: (how: "commit" | "rollback") => Promise<void>
}

/** Writes appends in a transaction that stays open. */
const holdOpen = (sql: postgres.Sql, ...appends: ReadonlyArray<Append>): Promise<Held> =>
  new Promise((held, failed) => {
    const ended = sql.begin(async (tx) => {
      for (const append of appends) {
        const [failure] = await sendAppends(tx as unknown as postgres.Sql, [append])
        if (failure !== null) throw failure
      }
      const how = await new Promise<string>((decided) => {
        held({
          end: async (how) => {
            decided(how)
            await ended.catch(() => {})
          },
        })
      })
      if (how === "rollback") throw new Error("rolled back")
    })
    ended.catch(failed)
  })

const run = (appends: ReadonlyArray<Append>) =>
  Effect.flatMap(EventLog, (log) => Effect.forEach(appends, log.append))

describe("the feed under concurrency", () => {
  it.effect(
    "an event waits for a transaction that began before it, and says so; then both come, in order",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const log = yield* EventLog
        const [early, late] = [opening(), opening()]
        const open = yield* Effect.promise(() => holdOpen(sql, early))
        yield* log.append(late)
        expect(yield* log.feed(null, 10)).toEqual({ events: [], isHeldBack: true })
        const nothing = { moves: [], reach: null, isFull: false }
        expect(yield* log.movesAbout(["minted.requesting"], null, 10)).toEqual(nothing)
        // Who read by position alone would give out the late one now, and never the early one.
        const naive = yield* Effect.promise(() => sql`SELECT checkout_id FROM checkout_event`)
        expect(naive.map((row) => row["checkout_id"])).toEqual([late.recorded.checkout.checkoutId])
        yield* Effect.promise(() => open.end("commit"))
        expect((yield* readAll(10)).map(nameOf)).toEqual(
          [early, late].flatMap(({ rows }) => rows.map(nameOf)),
        )
      }).pipe(Effect.provide(log)),
  )

  it.effect(
    "is known to be held back since its oldest event, and no longer once the transaction has ended",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const log = yield* EventLog
        expect(yield* log.heldBackSince).toBeNull()
        const open = yield* Effect.promise(() => holdOpen(sql, opening()))
        const waiting = opening()
        yield* log.append(waiting)
        yield* log.append(opening())
        expect(yield* log.heldBackSince).toBe(waiting.rows[0]?.recordedAt)
        yield* Effect.promise(() => open.end("rollback"))
        expect(yield* log.heldBackSince).toBeNull()
      }).pipe(Effect.provide(log)),
  )

  it.effect("a transaction that only reads holds nothing back", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      const log = yield* EventLog
      yield* Effect.promise(() =>
        sql.begin("isolation level repeatable read", async (tx) => {
          await tx`SELECT count(*) FROM checkout_event`
          await Effect.runPromise(log.append(opening()))
          const all = await Effect.runPromise(Effect.provideService(readAll(10), EventLog, log))
          expect(all).toHaveLength(1)
        }),
      )
    }).pipe(Effect.provide(log)),
  )

  it.effect(
    "a reader that polls while writers commit out of order sees every event once, in the one order of all readers",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const runtime = Effect.runPromiseWith(yield* Effect.context<EventLog>())
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(
              fc.array(
                fc.record({ size: fc.integer({ min: 1, max: 4 }), order: fc.double(), fails: fc.nat(5) }),
                {
                  minLength: 2,
                  maxLength: 8,
                },
              ),
              fc.integer({ min: 1, max: 5 }),
              async (writers, pageSize) => {
                const start = (await runtime(readAll(1_000))).at(-1) ?? null
                const seen: Array<FeedEvent> = []
                const look = async () => {
                  seen.push(...(await runtime(readOn(pageSize, seen.at(-1) ?? start))).all)
                }
                const written: Array<string> = []
                const held: Array<{
                  open: Held
                  order: number
                  how: "commit" | "rollback"
                  appends: Array<Append>
                }> = []
                for (const { size, order, fails } of writers) {
                  const appends = Array.from({ length: size }, opening)
                  held.push({
                    open: await holdOpen(sql, ...appends),
                    order,
                    how: fails === 0 ? "rollback" : "commit",
                    appends,
                  })
                  await look()
                }
                for (const { open, how, appends } of held.sort((a, b) => a.order - b.order)) {
                  await open.end(how)
                  await look()
                  if (how === "rollback") continue
                  // What was committed goes on at once, while older transactions are still open.
                  const next = appends.map(minting)
                  await runtime(run(next))
                  written.push(...[...appends, ...next].flatMap(({ rows }) => rows.map(nameOf)))
                  await look()
                }
                seen.push(...(await runtime(readAll(pageSize, seen.at(-1) ?? start))))
                expectOrdered(seen)
                expect(seen.map(nameOf).sort()).toEqual(written.sort())
                expect(await runtime(readAll(1_000, start))).toEqual(seen)
              },
            ),
            { numRuns: 25, seed: inject("seed") },
          ),
        )
      }).pipe(Effect.provide(log)),
  )

  it.live("readers that run freely beside many writers agree on everything", () =>
    Effect.gen(function* () {
      const first = Array.from({ length: 150 }, opening)
      const second = first.map(minting)
      const total = first.length + second.length
      const reader = (pageSize: number) =>
        Effect.gen(function* () {
          const seen: Array<FeedEvent> = []
          while (seen.length < total) {
            seen.push(...(yield* readOn(pageSize, seen.at(-1) ?? null)).all)
            yield* Effect.yieldNow
          }
          return seen
        })
      const log = yield* EventLog
      const writers = first.map((entry, index) =>
        Effect.andThen(log.append(entry), log.append(second[index] ?? entry)),
      )
      const [readers] = yield* Effect.all(
        [
          Effect.all([1, 7, 100].map(reader), { concurrency: "unbounded" }),
          Effect.all(writers, { concurrency: 40 }),
        ],
        { concurrency: "unbounded" },
      )
      for (const seen of readers) {
        expectOrdered(seen)
        expect(seen).toEqual(readers[0])
      }
      expect(new Set(readers[0]?.map(nameOf)).size).toBe(total)
    }).pipe(Effect.provide(log)),
  )

  it.effect(
    "a writer that began to write before it looked cannot put a version before the one it follows",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const log = yield* EventLog
        const entry = opening()
        const outcome = yield* Effect.promise(() =>
          sql
            .begin(async (tx) => {
              await tx`SELECT pg_current_xact_id()`
              await Effect.runPromise(log.append(entry))
              await sendAppends(tx as unknown as postgres.Sql, [minting(entry)])
            })
            .then(() => "it was accepted", String),
        )
        expect(outcome).toContain("does not continue its history")
        expect((yield* readAll(10)).map(nameOf)).toEqual(entry.rows.map(nameOf))
      }).pipe(Effect.provide(log)),
  )
})

describe("a place in the feed", () => {
  it.effect.each(["0", "feed_position + 1"])("cannot be chosen by whoever inserts (%s)", (place) =>
    Effect.gen(function* () {
      const sql = yield* Database
      const outcome = yield* Effect.promise(() =>
        sql
          .begin(async (tx) => {
            await sendAppends(tx as unknown as postgres.Sql, [opening()])
            await tx.unsafe(`
              INSERT INTO checkout_event (checkout_id, version, type, to_state, data, machine_version, recorded_at, hash,
                                          feed_position)
              SELECT gen_random_uuid(), 1, type, to_state, data, machine_version, recorded_at, hash, ${place}
                FROM checkout_event LIMIT 1`)
          })
          .then(() => "it was accepted", String),
      )
      expect(outcome).toContain("does not continue its history")
    }).pipe(Effect.provide(log)),
  )

  it.effect("is given to the rows of an older schema too: all of them come before what is new", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      const [first, second, third] = [1, 2, 3].map(() => Array.from({ length: 4 }, opening))
      assert(first !== undefined && second !== undefined && third !== undefined)
      yield* Effect.promise(async () => {
        await sql`CREATE TABLE schema_migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`
        const folder = new URL("../../server/database/migrations/", import.meta.url)
        const isOld = (name: string) => name < "0004" || /legal_moves|names_of_a_checkout/.test(name)
        for (const name of (await readdir(folder)).filter(isOld).sort()) {
          await sql.unsafe(await readFile(new URL(name, folder), "utf8")).simple()
          await sql`INSERT INTO schema_migration (name) VALUES (${name})`
        }
        await sendAppends(sql, [...first, ...second])
        await sendAppends(sql, second.map(minting))
      })
      yield* migrate
      const old = yield* readAll(5)
      expect(old).toHaveLength(12)
      expect(new Set(old.map(({ position }) => position))).toEqual(new Set([0]))
      yield* run([...first.map(minting), ...third])
      const all = yield* readAll(5)
      expect(all.slice(0, 12)).toEqual(old)
      expect(all).toHaveLength(20)
      expectOrdered(all)
    }).pipe(Effect.provide(Layer.orDie(Layer.provideMerge(postgresEventLog, emptyDatabase)))),
  )
})

describe("a log that is moved", () => {
  it.effect("goes on in a cluster that counts from the beginning, after the places it gave out", () =>
    Effect.gen(function* () {
      const old = yield* Layer.build(Layer.fresh(log))
      const moved = yield* Layer.build(Layer.fresh(log))
      const there = Effect.provideContext(
        Effect.gen(function* () {
          const sql = yield* Database
          // As old as a cluster gets in ten thousand years of this test.
          yield* Effect.promise(() =>
            sql`CREATE OR REPLACE FUNCTION feed_position(transaction xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
                RETURN transaction::text::bigint + 1000000000000`.simple(),
          )
          const first = Array.from({ length: 3 }, opening)
          yield* run(first)
          return {
            first,
            place: (yield* readAll(10)).at(-1) ?? null,
            rows: yield* Effect.promise(() => sql`SELECT * FROM checkout_event`),
            checkouts: yield* Effect.promise(() => sql`SELECT * FROM checkout`),
          }
        }),
        old,
      )
      const { first, place, rows, checkouts } = yield* there
      yield* Effect.provideContext(
        Effect.gen(function* () {
          const sql = yield* Database
          const log = yield* EventLog
          // As a dump is read in: the rows first, then the triggers.
          yield* Effect.promise(() =>
            sql.begin(async (tx) => {
              await tx`ALTER TABLE checkout_event DISABLE TRIGGER USER`
              await tx`INSERT INTO checkout ${tx(checkouts as never)}`
              await tx`INSERT INTO checkout_event ${tx(rows as never)}`
              await tx`ALTER TABLE checkout_event ENABLE ALWAYS TRIGGER checkout_event_continues`
            }),
          )
          expect(yield* Effect.flip(log.feed(null, 10))).toEqual(feedIsAhead())
          yield* migrate
          expect(yield* readAll(10, place)).toEqual([])
          const second = first.map(minting)
          yield* run(second)
          yield* migrate
          const third = Array.from({ length: 3 }, opening)
          yield* run(third)
          expect((yield* readAll(2, place)).map(nameOf)).toEqual(
            [...second, ...third].flatMap(({ rows }) => rows.map(nameOf)),
          )
        }),
        moved,
      )
    }).pipe(Effect.scoped),
  )
})
