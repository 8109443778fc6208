/** What PostgreSQL has to do itself: takers on several connections, at the moments at which they could get in each other's way. */

import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import type postgres from "postgres"
import { expect, vi } from "vitest"
import { Database, query } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { freshDatabase } from "../support/database.ts"
import { opened } from "./eventLogLaws.ts"

const log = Layer.orDie(Layer.provideMerge(postgresEventLog, freshDatabase))

const fast = { holdMs: 60_000, perMinute: 60_000 }

/** Somebody else's transaction, which holds what it locked until it is told to end. */
const locked = (lock: (sql: postgres.TransactionSql) => PromiseLike<unknown>) =>
  Effect.gen(function* () {
    const sql = yield* Database
    return yield* Effect.promise(
      () =>
        new Promise<{ readonly end: Effect.Effect<void> }>((held) => {
          const ended = sql.begin(async (tx) => {
            await lock(tx)
            await new Promise<void>((letGo) => {
              const end = async () => {
                letGo()
                await ended
              }
              held({ end: Effect.promise(end) })
            })
          })
        }),
    )
  })

const thePace = (tx: postgres.TransactionSql) => tx`SELECT FROM recovery_pace FOR UPDATE`

/** Lets all of them come as far as a lock lets them, and only then gives the lock free. */
const atOnce = <A, E>(takers: ReadonlyArray<Effect.Effect<A, E, EventLog>>) =>
  Effect.gen(function* () {
    const sql = yield* Database
    const holder = yield* locked(thePace)
    const taking = yield* Effect.forkChild(Effect.all(takers, { concurrency: "unbounded" }))
    let waiting = 0
    while (waiting < takers.length && taking.pollUnsafe() === undefined) {
      const [found] = yield* query(
        () => sql<Array<{ waiting: number }>>`
          SELECT count(*)::integer AS waiting FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      waiting = found?.waiting ?? 0
    }
    yield* holder.end
    return yield* Fiber.join(taking)
  })

describe("takers on several connections", () => {
  it.effect("keep the pace together, although each has seen room for itself", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const due = yield* Effect.all(Array.from({ length: 12 }, () => opened({}, 0)))
      const slow = { ...fast, perMinute: 20 }
      const worker = log.takeDue({ ...slow, limit: 5 })
      const readers = due
        .slice(0, 4)
        .map(({ checkout }) =>
          Effect.map(log.takeIfDue(checkout.checkoutId, slow), (one) => (one === null ? [] : [one])),
        )
      const taken = yield* atOnce([worker, worker, ...readers])
      expect(taken.flat()).toHaveLength(4)
    }).pipe(Effect.provide(log)),
  )

  it.layer(log)((it) => {
    it.effect("get a checkout one at a time, although each has seen that it is due", () =>
      Effect.gen(function* () {
        const { checkoutId } = (yield* opened({}, 0)).checkout
        const take = Effect.flatMap(EventLog, (log) => log.takeIfDue(checkoutId, fast))
        const taken = yield* atOnce([take, take, take, take])
        expect(taken.filter((one) => one !== null)).toEqual([{ checkoutId, version: 1 }])
      }),
    )

    it.effect("pass over a checkout that somebody is writing to, and wait for nobody", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [busy, free] = [yield* opened({}, 0), yield* opened({}, 0)]
        const take = Effect.map(log.takeDue({ ...fast, limit: 5 }), (due) => due.map((one) => one.checkoutId))
        const writer = yield* locked(
          (tx) => tx`SELECT FROM checkout WHERE checkout_id = ${busy.checkout.checkoutId} FOR UPDATE`,
        )
        expect(yield* take).toEqual([free.checkout.checkoutId])
        yield* writer.end
        expect(yield* take).toEqual([busy.checkout.checkoutId])
      }),
    )

    it.effect.each([
      ["a day behind", -86_400_000],
      ["a day ahead", 86_400_000],
    ] as const)("go by the database's clock, when that of the server that wrote is %s", ([, offMs]) =>
      Effect.gen(function* () {
        const now = Date.now() + offMs
        const written = yield* Effect.acquireUseRelease(
          Effect.sync(() => vi.useFakeTimers({ toFake: ["Date"], now })),
          () => Effect.all({ due: opened({}, 0), later: opened({}, 3_600_000) }),
          () => Effect.sync(() => vi.useRealTimers()),
        )
        const taken = yield* (yield* EventLog).takeDue({ ...fast, limit: 5 })
        expect(taken.map((one) => one.checkoutId)).toEqual([written.due.checkout.checkoutId])
      }),
    )
  })
})
