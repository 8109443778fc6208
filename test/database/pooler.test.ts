/** Behind PgBouncer in transaction mode every transaction may run on another connection, and no setting gets through. */

import { describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { expect } from "vitest"
import { meetDatabase } from "../../server/database/meet.ts"
import { migrate } from "../../server/database/migrate.ts"
import { Database, query } from "../../server/database/postgres.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { eventLogLaws } from "../log/eventLogLaws.ts"
import { feedLaws } from "../log/feedLaws.ts"
import { run } from "../support/cli.ts"
import { freshDatabaseUrl } from "../support/database.ts"
import { noPgbouncer, pgbouncer } from "../support/pgbouncer.ts"
import { Shop, shop } from "../support/server.ts"

const pooledUrl = Effect.gen(function* () {
  const behind = yield* pgbouncer
  return behind(yield* freshDatabaseUrl)
})

const pooledDatabase = Layer.unwrap(
  Effect.gen(function* () {
    const url = Redacted.make(yield* pooledUrl)
    return Database.layer(url, yield* meetDatabase(url, 0))
  }),
)

const pooledLog = postgresEventLog.pipe(
  Layer.provideMerge(Layer.effectDiscard(migrate)),
  Layer.provideMerge(pooledDatabase),
  Layer.orDie,
)

describe.skipIf(noPgbouncer !== null)(
  `behind PgBouncer${noPgbouncer === null ? "" : ` (${noPgbouncer})`}`,
  () => {
    eventLogLaws("PostgreSQL behind PgBouncer", pooledLog)
    feedLaws("PostgreSQL behind PgBouncer", pooledLog)

    it.effect("the pooler is noticed, and so is that there is none", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabaseUrl
        const behind = yield* pgbouncer
        expect(yield* meetDatabase(Redacted.make(behind(direct)), 0)).toEqual({ isPooled: true })
        expect(yield* meetDatabase(Redacted.make(direct), 0)).toEqual({ isPooled: false })
      }).pipe(Effect.scoped),
    )

    it.effect("a role that does not wait for the disk is refused, because nobody could overrule it", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabaseUrl
        const url = (yield* pgbouncer)(direct)
        yield* Effect.gen(function* () {
          const sql = yield* Database
          const name = new URL(direct).pathname.slice(1)
          yield* query(() => sql.unsafe(`ALTER DATABASE ${name} SET synchronous_commit = off`))
        }).pipe(Effect.provide(Database.layer(Redacted.make(direct))))
        expect(yield* Effect.flip(meetDatabase(Redacted.make(url), 0))).toMatchObject({
          exitCode: 3,
          reason: expect.stringContaining("synchronous_commit"),
        })
      }).pipe(Effect.scoped),
    )

    it.layer(Layer.unwrap(Effect.map(pooledUrl, (url) => shop({ DATABASE_URL: url }))), {
      excludeTestServices: true,
    })((it) => {
      it.effect("a payment is taken, charged once, and its history checks out", () =>
        Effect.gen(function* () {
          const { call, sheet, env } = yield* Shop
          const created = yield* call("POST", "/api/payment/create", { amount: 5000 })
          yield* sheet(created.body.payToken, "approve")
          const { payToken, orderId } = created.body
          const answers = yield* Effect.all(
            Array.from({ length: 8 }, () => call("POST", "/api/payment/execute", { payToken })),
            { concurrency: "unbounded" },
          )
          for (const { status, body } of answers)
            expect([status, body]).toEqual([200, expect.objectContaining({ ok: true, orderId })])
          expect(yield* run(env, "reconcile")).toMatchObject({ code: 0 })
          expect(yield* run(env, "audit", "verify")).toMatchObject({ code: 0 })
          expect(yield* run(env, "audit", "export")).toMatchObject({ code: 0 })
        }),
      )
    })
  },
)
