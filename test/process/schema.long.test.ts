import { randomUUID } from "node:crypto"
import { describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { expect } from "vitest"
import { expectMigrated } from "../../server/database/migrate.ts"
import { query } from "../../server/database/postgres.ts"
import { run } from "../support/cli.ts"
import { emptyDatabaseUrl, freshDatabase, freshDatabaseUrl } from "../support/database.ts"
import { Database, Shop, shop } from "../support/server.ts"

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["audit", "list"],
  ["audit", "show", "an-order"],
  ["audit", "verify"],
  ["audit", "export"],
  ["inspect", "an-order"],
  ["deliveries", "list"],
  ["alerts"],
  ["reconcile"],
  ["refund", "an-order", "--reason", "cold"],
  ["admin", "uses"],
]

describe("a command that works beside the servers", () => {
  it.live(
    "says in one line that the database was never migrated, whichever command it is, and ends with 3",
    () =>
      Effect.gen(function* () {
        const env = { DATABASE_URL: yield* emptyDatabaseUrl, TOSSPAY_BASE_URL: "http://127.0.0.1:9" }
        const ends = yield* Effect.forEach(commands, (words) => run(env, ...words), { concurrency: 2 })
        for (const [nth, end] of ends.entries()) {
          expect(end, commands[nth]?.join(" ")).toEqual({
            code: 3,
            out: "",
            err: "tosspay-checkout: the database has no schema yet; run `migrate` first\n",
          })
        }
        expect(yield* run(env, "migrate")).toMatchObject({ code: 0 })
        expect(yield* run(env, "audit", "list")).toEqual({ code: 0, out: "no checkouts\n", err: "" })
      }),
    300_000,
  )

  it.live("names what an older schema lacks, and has nothing against a newer one", () =>
    Effect.gen(function* () {
      const sql = yield* Database
      yield* expectMigrated
      yield* query(() => sql`INSERT INTO schema_migration (name) VALUES ('9999_of_the_next_release.sql')`)
      yield* expectMigrated
      yield* query(() => sql`DELETE FROM schema_migration WHERE name LIKE '0012%' OR name LIKE '0013%'`)
      expect(yield* Effect.flip(expectMigrated)).toMatchObject({
        exitCode: 3,
        reason:
          "the database has an older schema (it lacks 0012_data_key.sql, 0013_newer_machine.sql); run `migrate` first",
      })
    }).pipe(Effect.provide(freshDatabase)),
  )

  it.live("says a defect on one line, and where it happened only to whoever wants to see everything", () =>
    Effect.gen(function* () {
      const env = { DATABASE_URL: yield* freshDatabaseUrl }
      const layer = Database.layer(Redacted.make(env.DATABASE_URL))
      // Somebody forgot by hand what was applied.
      yield* Effect.provide(
        Effect.flatMap(Database, (sql) =>
          query(() => sql`DELETE FROM schema_migration WHERE name LIKE '0001%'`),
        ),
        layer,
      )
      const { code, err } = yield* run(env, "migrate")
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(
          /^tosspay-checkout: this should not have happened: .* already exists \(LOG_LEVEL.*\)\n$/,
        ),
      ])
      expect((yield* run({ ...env, LOG_LEVEL: "Debug" }, "migrate")).err).toMatch(
        /already exists(.|\n)*\n +at /,
      )
    }),
  )

  it.live(
    "needs no more than the right to read where it only reads, and says so where that is not enough",
    () =>
      Effect.gen(function* () {
        const { env, call } = yield* Shop
        const { body } = yield* call("POST", "/api/payment/create", { amount: 5000 })
        const auditor = yield* readOnlyRole
        const reading = {
          ...env,
          DATABASE_URL: Object.assign(new URL(env["DATABASE_URL"] ?? ""), auditor).href,
        }
        for (const words of [["list"], ["show", body.orderId], ["verify"], ["export"]]) {
          const { code, err } = yield* run(reading, "audit", ...words)
          expect([code, err], words.join(" ")).toEqual([0, expect.not.stringContaining("permission")])
        }
        expect(yield* run(reading, "deliveries", "retry", "--state", "dead")).toEqual({
          code: 3,
          out: "",
          err: "tosspay-checkout: the role of DATABASE_URL may not do this: permission denied for table delivery\n",
        })
      }).pipe(Effect.scoped, Effect.provide(shop())),
    300_000,
  )
})

/** A role that may read every table and nothing else. */
const readOnlyRole = Effect.gen(function* () {
  const sql = yield* Database
  const [username, password] = [`auditor_${randomUUID().replaceAll("-", "")}`, "reads"]
  yield* Effect.acquireRelease(
    query(() => sql.unsafe(`CREATE ROLE ${username} LOGIN PASSWORD '${password}'`)),
    () => Effect.orDie(query(() => sql.unsafe(`DROP OWNED BY ${username}; DROP ROLE ${username}`))),
  )
  yield* query(() => sql.unsafe(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${username}`))
  return { username, password }
})
