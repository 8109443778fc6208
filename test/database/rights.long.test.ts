/** A server whose role was granted what servers need (`migrate --grant-to`), and not a bit more. */

import { randomUUID } from "node:crypto"
import { describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { Database, query } from "../../server/database/postgres.ts"
import { grantToServers } from "../../server/database/rights.ts"
import { run } from "../support/cli.ts"
import { emptyDatabaseUrl, freshDatabaseUrl, postgresUrl } from "../support/database.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"
import { administer } from "../support/templateDatabase.ts"

const aRole = Effect.acquireRelease(
  Effect.promise(async () => {
    const role = `servers_${randomUUID().replaceAll("-", "")}`
    await administer(postgresUrl(), `CREATE ROLE ${role} LOGIN PASSWORD 'serves'`)
    return role
  }),
  (role) => Effect.promise(() => administer(postgresUrl(), `DROP ROLE ${role}`)),
)

const as = (role: string, url: string) =>
  Object.assign(new URL(url), { username: role, password: "serves" }).toString()

/** A database with the schema, its owner's URL, and that of a role for servers. The role outlives the database, as it must. */
const withRole = Effect.gen(function* () {
  const role = yield* aRole
  const owners = yield* freshDatabaseUrl
  yield* Effect.provide(grantToServers(role), Database.layer(Redacted.make(owners)))
  return { role, owners, servers: as(role, owners) }
})

const token = "an-admin-token-for-tests"

describe("a role for servers", () => {
  it.live("does all that a server does: pays, recovers, refunds, seals, tells, forgets, rotates keys", () =>
    Effect.gen(function* () {
      const { servers } = yield* withRole
      yield* Effect.gen(function* () {
        const { call, sheet, env } = yield* Shop
        const { setFault } = yield* TossPaySimulator
        const office = (method: "GET" | "POST", path: string, body?: object) =>
          call(method, `/admin/api${path}`, body, { headers: { authorization: `Bearer ${token}` } })
        const buy = Effect.gen(function* () {
          const { body } = yield* call("POST", "/api/payment/create", {
            amount: 5_000,
            reference: randomUUID(),
          })
          yield* sheet(body.payToken, "approve")
          const executed = yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
          return { orderId: body.orderId as string, executed }
        })
        const { orderId, executed } = yield* buy
        expect(executed.body).toMatchObject({ ok: true, state: "settled" })
        expect(
          (yield* office("POST", `/checkouts/${orderId}/refund`, { reason: "cold", who: "Kim" })).body,
        ).toMatchObject({
          ok: true,
          reason: "REFUNDED",
        })
        yield* setFault({ call: "execute-payment", fault: "wrongAmount" })
        const mismatched = yield* buy
        expect(mismatched.executed.body).toMatchObject({ ok: false, reason: "AMOUNT_MISMATCH" })
        expect((yield* office("GET", "/verify")).body).toMatchObject({ ok: true, findings: [] })
        for (const words of [
          ["reconcile"],
          ["reconcile", "--from", "2020-01-01", "--to", "2100-01-01"],
          ["deliveries", "list"],
          ["admin", "uses"],
          ["audit", "forget", orderId, "--why", "asked to be"],
          ["rotate-keys"],
        ]) {
          const { code, err } = yield* run(env, ...words)
          expect(err, words.join(" ")).not.toContain("permission denied")
          expect(code, `${words.join(" ")}: ${err}`).toBeLessThan(2)
        }
      }).pipe(Effect.scoped, Effect.provide(shop({ DATABASE_URL: servers, ADMIN_TOKEN: token })))
    }).pipe(Effect.scoped),
  )

  it.live("changes nothing in the log, nor what guards it", () =>
    Effect.gen(function* () {
      const { servers } = yield* withRole
      const sql = yield* Effect.acquireRelease(
        Effect.sync(() => postgres(servers, { max: 1 })),
        (sql) => Effect.promise(() => sql.end()),
      )
      for (const statement of [
        ...[
          "checkout_event",
          "checkout_event_0",
          "checkout_pay_token",
          "checkpoint",
          "verification",
          "admin_use",
        ].flatMap((table) => [
          `DELETE FROM ${table}`,
          `TRUNCATE ${table}`,
          `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
          `DROP TABLE ${table}`,
        ]),
        "UPDATE checkout_event SET type = 'CheckoutOpened'",
        "UPDATE checkpoint SET count = 0",
        "UPDATE admin_use SET who = 'nobody'",
        "DELETE FROM checkout",
        "INSERT INTO legal_move SELECT * FROM legal_move",
        "DELETE FROM schema_migration",
        "CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TABLE another (id int)",
        "SET session_replication_role = replica",
      ]) {
        const code = yield* Effect.promise(() =>
          sql.unsafe(statement).then(
            () => "done",
            (error: postgres.PostgresError) => error.code,
          ),
        )
        expect(code, statement).toBe("42501")
      }
    }).pipe(Effect.scoped),
  )

  it.live("is granted what each table is for, and no table is forgotten", () =>
    Effect.gen(function* () {
      const { role, owners } = yield* withRole
      yield* Effect.gen(function* () {
        const sql = yield* Database
        const rights = yield* query(
          () => sql<Array<{ table: string; rights: string }>>`
            SELECT c.relname AS table,
                   concat_ws(' ', CASE WHEN has_table_privilege(${role}, c.oid, 'INSERT') THEN 'insert' END,
                                  CASE WHEN has_table_privilege(${role}, c.oid, 'UPDATE') THEN 'update' END,
                                  CASE WHEN has_table_privilege(${role}, c.oid, 'DELETE') THEN 'delete' END) AS rights
              FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
             ORDER BY 1`,
        )
        const readOnly = rights.filter(({ rights }) => rights === "").map(({ table }) => table)
        expect(readOnly).toEqual(["legal_move", "schema_migration"])
        // A row that a trigger keeps is one that no server may change.
        const kept = yield* query(
          () => sql<Array<{ table: string }>>`
            SELECT tgrelid::regclass::text AS table FROM pg_trigger
             WHERE tgname LIKE '%keeps_rows' AND tgtype & 16 = 16 AND tgparentid = 0 ORDER BY 1`,
        )
        const onlyAdded = rights.filter(({ rights }) => rights === "insert").map(({ table }) => table)
        expect([...onlyAdded, "legal_move"].sort()).toEqual(kept.map(({ table }) => table).sort())
      }).pipe(Effect.provide(Database.layer(Redacted.make(owners))))
    }).pipe(Effect.scoped),
  )

  it.live("is refused where it is not there, or owns the log, and loses what it was granted before", () =>
    Effect.gen(function* () {
      const role = yield* aRole
      const owners = yield* freshDatabaseUrl
      const env = { DATABASE_URL: owners, TOSSPAY_BASE_URL: "http://127.0.0.1:9" }
      const owner = new URL(owners).username
      expect(yield* run(env, "migrate", "--grant-to", "no such role")).toMatchObject({
        code: 2,
        err: "tosspay-checkout: there is no role no such role; the database's administrator creates it\n",
      })
      expect(yield* run(env, "migrate", "--grant-to", owner)).toMatchObject({
        code: 2,
        err: expect.stringContaining(`the role ${owner} owns the log`),
      })
      yield* Effect.promise(() => administer(owners, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`))
      expect(yield* run(env, "migrate", "--grant-to", role)).toMatchObject({ code: 0 })
      const sql = postgres(as(role, owners), { max: 1 })
      yield* Effect.promise(() =>
        expect(sql`DELETE FROM checkout_event`).rejects.toMatchObject({ code: "42501" }),
      )
      yield* Effect.promise(() => sql.end())
    }).pipe(Effect.scoped),
  )

  it.live.each<[string, string, string]>([
    ["everybody may make tables there", "GRANT ALL ON SCHEMA public TO PUBLIC", "CREATE in public"],
    ["everybody may put in legal moves", "GRANT INSERT ON legal_move TO PUBLIC", "INSERT on legal_move"],
    [
      "a group that it is in may put triggers on the log",
      "GRANT TRIGGER ON checkout_event TO pg_monitor",
      "TRIGGER on checkout_event",
    ],
  ])("is not said to be bound where %s", ([, grant, what]) =>
    Effect.gen(function* () {
      const role = yield* aRole
      const owners = yield* freshDatabaseUrl
      yield* Effect.promise(() => administer(owners, `GRANT pg_monitor TO ${role}`))
      yield* Effect.promise(() => administer(owners, grant))
      const refused = yield* Effect.flip(grantToServers(role)).pipe(
        Effect.provide(Database.layer(Redacted.make(owners))),
      )
      expect(refused).toMatchObject({ exitCode: 2, reason: expect.stringContaining(what) })
    }).pipe(Effect.scoped),
  )

  it.live("cannot put in a move that is not legal, whatever tables of its own it makes", () =>
    Effect.gen(function* () {
      const { servers } = yield* withRole
      yield* Effect.gen(function* () {
        const { call } = yield* Shop
        yield* call("POST", "/api/payment/create", { amount: 5_000 })
      }).pipe(Effect.scoped, Effect.provide(shop({ DATABASE_URL: servers })))
      const sql = postgres(servers, { max: 1 })
      const forged = sql.unsafe(`
        CREATE TEMP TABLE legal_move AS SELECT 'minted.ready'::text from_state, 'RefundConfirmed'::text AS type,
          'settled.refunded'::text to_state, g::smallint machine_version FROM generate_series(1, 9) g;
        INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at, prev_hash, hash)
        SELECT checkout_id, version + 1, 'RefundConfirmed', 'minted.ready', 'settled.refunded', '{}', machine_version, now(), hash, hash
          FROM checkout_event WHERE to_state = 'minted.ready'`)
      yield* Effect.promise(() =>
        expect(forged).rejects.toThrow("the machine does not allow RefundConfirmed"),
      )
      yield* Effect.promise(() => sql.end())
    }).pipe(Effect.scoped),
  )

  it.live("does not go on with a log that was moved here, and a server says who has to", () =>
    Effect.gen(function* () {
      const { servers, owners } = yield* withRole
      yield* Effect.promise(() =>
        administer(
          owners,
          "INSERT INTO alert (kind, occurrence, subject, detail, raised_position) VALUES ('mismatch', 'x', 'x', '', 1000000000000)",
        ),
      )
      const env = { TOSSPAY_BASE_URL: "http://127.0.0.1:9", PORT: "0" }
      expect(yield* run({ ...env, DATABASE_URL: servers }, "serve")).toMatchObject({
        code: 3,
        err: expect.stringContaining(
          "the log was moved here from another database cluster, and the role of DATABASE_URL may not",
        ),
      })
      expect(yield* run({ ...env, DATABASE_URL: owners }, "migrate")).toMatchObject({ code: 0 })
      expect(yield* run({ ...env, DATABASE_URL: servers }, "migrate")).toMatchObject({ code: 0 })
    }).pipe(Effect.scoped),
  )

  it.live("brings no schema up to date, and a server says who has to", () =>
    Effect.gen(function* () {
      const role = yield* aRole
      const env = {
        DATABASE_URL: as(role, yield* emptyDatabaseUrl),
        TOSSPAY_BASE_URL: "http://127.0.0.1:9",
        PORT: "0",
      }
      expect(yield* run(env, "serve")).toEqual({
        code: 3,
        out: "",
        err: "tosspay-checkout: the database has no schema yet, and the role of DATABASE_URL may not mend that; run `migrate` as the role that owns the database\n",
      })
    }).pipe(Effect.scoped),
  )
})
