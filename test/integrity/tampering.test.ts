import { describe, it } from "@effect/vitest"
import { Effect, Exit, type Layer, Scope } from "effect"
import type postgres from "postgres"
import { afterAll, beforeAll, expect } from "vitest"
import { Database } from "../../server/database/postgres.ts"
import { exportCheckpoints, readExported } from "../../server/integrity/exported.ts"
import { keysOf } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import type { EventRow } from "../../server/log/chain.ts"
import { writeCheckouts } from "../support/manyCheckouts.ts"
import { cutHistory, historyOf, insertRow, rewriteHistory, unhindered } from "./attacker.ts"
import { copyOf, found, idOf, newKey, pem, sealedTemplate, verified } from "./sealedLog.ts"

let template = ""
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  template = await Effect.runPromise(Scope.provide(sealedTemplate, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const onACopy = <A, E>(test: Effect.Effect<A, E, Layer.Success<ReturnType<typeof copyOf>>>) =>
  Effect.suspend(() => Effect.provide(test, copyOf(template)))

const attack = (run: (sql: postgres.Sql) => Promise<unknown>) =>
  Effect.flatMap(Database, (sql) => Effect.promise(() => unhindered(sql, run)))

/** A paid checkout of the first checkpoint, one of the second, and the last of all. */
const [paid, later, newest] = [idOf(0), idOf(9), idOf(39)]

describe("a log that nobody touched", () => {
  it.live("is in order, and read whole", () =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        const [row] = yield* Effect.promise(() => sql`SELECT count(*)::integer AS count FROM checkout_event`)
        expect(yield* verified()).toMatchObject({
          ok: true,
          since: null,
          events: row?.["count"],
          checkpoint: { number: 5, count: row?.["count"] },
          unsealed: 0,
          findings: [],
        })
      }),
    ),
  )

  it.live("is in order too when it was moved to a younger cluster and nobody has migrated it yet", () =>
    onACopy(
      Effect.gen(function* () {
        const sql = yield* Database
        yield* Effect.promise(() =>
          sql`CREATE OR REPLACE FUNCTION feed_position(transaction xid8) RETURNS bigint LANGUAGE sql IMMUTABLE
              RETURN transaction::text::bigint - 1000000000000`.simple(),
        )
        expect(yield* found()).toEqual([])
      }),
    ),
  )
})

type Attack = readonly [
  what: string,
  run: (sql: postgres.Sql) => Promise<unknown>,
  found: ReadonlyArray<string>,
]

/** Whoever minted the token is said to have done it in another year. */
const anotherYear = (row: EventRow): EventRow =>
  row.version === 2 ? { ...row, recordedAt: row.recordedAt.replace(/^2026/, "2025") } : row

/** A checkout that never was, paid as another one is. */
const nobodys = "019b0000-0000-7999-8000-000000000001"
const inventRow = (sql: postgres.Sql, version: number) =>
  sql.unsafe(`
    ALTER TABLE checkout DROP CONSTRAINT checkout_order_id_names_it;
    INSERT INTO checkout
    SELECT (jsonb_populate_record(c, jsonb_build_object('checkout_id', '${nobodys}', 'order_id', 'test-${nobodys}',
                                                        'pay_token', NULL, 'version', ${version}))).*
      FROM checkout c WHERE checkout_id = '${paid}'`)

const attacks: ReadonlyArray<Attack> = [
  [
    "a changed amount",
    (sql) => sql`
      UPDATE checkout_event SET data = jsonb_set(data, '{order,amount}', '1')
       WHERE checkout_id = ${paid} AND version = 1`,
    [`changed ${paid} 1`, `illegal ${paid} 5`],
  ],
  [
    "a changed state",
    (sql) =>
      sql`UPDATE checkout_event SET to_state = 'failed.closed' WHERE checkout_id = ${paid} AND version = 5`,
    [`changed ${paid} 5`, `illegal ${paid} 5`, `rowDiffers ${paid} row`],
  ],
  [
    "a changed time, be it by a microsecond",
    (sql) => sql`
      UPDATE checkout_event SET recorded_at = recorded_at + interval '1 microsecond'
       WHERE checkout_id = ${paid} AND version = 2`,
    [`changed ${paid} 2`],
  ],
  [
    "a hash that is gone, with the rules that forbid it",
    (sql) =>
      sql
        .unsafe(`
          ALTER TABLE checkout_event ALTER hash DROP NOT NULL;
          UPDATE checkout_event SET hash = NULL WHERE checkout_id = '${paid}' AND version = 2`)
        .simple(),
    [`rewritten ${paid} 2`, `changed ${paid} 2`, `unchained ${paid} 3`],
  ],
  [
    "changed evidence",
    (sql) => sql`
      UPDATE checkout_event SET data = jsonb_set(data, '{checks,0,theirs}', '1')
       WHERE checkout_id = ${paid} AND version = 5`,
    [`changed ${paid} 5`, `illegal ${paid} 5`],
  ],
  [
    "a changed machine version",
    (sql) => sql`UPDATE checkout_event SET machine_version = 99 WHERE checkout_id = ${paid} AND version = 2`,
    [`changed ${paid} 2`, `illegal ${paid} 2`],
  ],
  [
    "a number that cannot go on record",
    (sql) => sql`
      UPDATE checkout_event SET data = jsonb_set(data, '{attempt}', '1.5')
       WHERE checkout_id = ${paid} AND version = 4`,
    [`changed ${paid} 4`, `illegal ${paid} 4`],
  ],
  [
    "a number that only PostgreSQL tells from the one on record",
    (sql) => sql`
      UPDATE checkout_event SET data = jsonb_set(data, '{order,amount}', (data #>> '{order,amount}' || '.00000000000000001')::jsonb)
       WHERE checkout_id = ${paid} AND version = 1`,
    [`changed ${paid} 1`, `illegal ${paid} 5`],
  ],
  [
    "a changed hash",
    (sql) => sql`UPDATE checkout_event SET hash = sha256('x') WHERE checkout_id = ${paid} AND version = 3`,
    [`rewritten ${paid} 3`, `changed ${paid} 3`, `unchained ${paid} 4`],
  ],
  [
    "a removed row",
    (sql) => sql`DELETE FROM checkout_event WHERE checkout_id = ${paid} AND version = 3`,
    [`removed ${paid} 3`, `removed ${paid} 3`],
  ],
  [
    "a removed first row",
    (sql) => sql`DELETE FROM checkout_event WHERE checkout_id = ${paid} AND version = 1`,
    [`removed ${paid} 1`, `removed ${paid} 1`],
  ],
  [
    "a cut-off tail of one history",
    (sql) => sql`DELETE FROM checkout_event WHERE checkout_id = ${paid} AND version > 3`,
    [`removed ${paid} 4`, `removed ${paid} 5`, `removed ${paid} 4`, `removed ${paid} 5`],
  ],
  [
    "a cut-off tail that the derived row was made to fit",
    (sql) => cutHistory(sql, paid, 3),
    [`removed ${paid} 4`, `removed ${paid} 5`],
  ],
  [
    "a history that vanished with its row",
    async (sql) => {
      await sql`DELETE FROM checkout_event WHERE checkout_id = ${later}`
      await sql`DELETE FROM checkout WHERE checkout_id = ${later}`
      await sql`DELETE FROM checkout_pay_token WHERE checkout_id = ${later}`
    },
    [1, 2, 3, 4, 5].map((version) => `removed ${later} ${version}`),
  ],
  [
    "a wholly re-hashed history",
    (sql) => rewriteHistory(sql, paid, anotherYear),
    [2, 3, 4, 5].map((version) => `rewritten ${paid} ${version}`),
  ],
  [
    "an inserted row, chained as it should be",
    async (sql) => {
      const [{ position } = { position: 0 }] = await sql<Array<{ position: number }>>`
        SELECT feed_position::integer AS position FROM checkout_event WHERE checkout_id = ${later} AND version = 1`
      await insertRow(
        sql,
        paid,
        { type: "RefundStarted", to: "settled.refunding", data: { who: "mallory", why: "why not" } },
        position,
      )
    },
    [`inserted ${paid} 6`],
  ],
  [
    "an inserted row, chained as it should be, at a place before all that the feed gives out",
    (sql) =>
      insertRow(
        sql,
        paid,
        { type: "RefundStarted", to: "settled.refunding", data: { who: "mallory", why: "why not" } },
        -5,
      ),
    [`inserted ${paid} 6`],
  ],
  [
    "an inserted row, chained as it should be, at a place ahead of every transaction",
    (sql) =>
      insertRow(
        sql,
        paid,
        { type: "RefundStarted", to: "settled.refunding", data: { who: "mallory", why: "why not" } },
        9e12,
      ),
    [`inserted ${paid} 6`],
  ],
  [
    "two rows that changed places in their history",
    async (sql) => {
      for (const [from, to] of [
        [3, 93],
        [4, 3],
        [93, 4],
      ] as const) {
        await sql`UPDATE checkout_event SET version = ${to} WHERE checkout_id = ${paid} AND version = ${from}`
      }
    },
    [
      `rewritten ${paid} 3`,
      `rewritten ${paid} 4`,
      `changed ${paid} 3`,
      `unchained ${paid} 3`,
      `illegal ${paid} 3`,
      `changed ${paid} 4`,
      `unchained ${paid} 4`,
      `illegal ${paid} 4`,
      `unchained ${paid} 5`,
      `illegal ${paid} 5`,
    ],
  ],
  [
    "a row that another place in the feed was given, beyond what was sealed then",
    (sql) => sql`
      UPDATE checkout_event SET feed_position = (SELECT max(feed_position) FROM checkout_event WHERE checkout_id = ${newest})
       WHERE checkout_id = ${paid} AND version = 5`,
    [`reordered ${paid} 5`, `inserted ${paid} 5`],
  ],
  [
    "a derived row that says something else",
    (sql) =>
      sql`UPDATE checkout SET state = 'failed', substate = 'closed', amount = 1 WHERE checkout_id = ${paid}`,
    [`rowDiffers ${paid} row`, `rowDiffers ${paid} row`],
  ],
  [
    "a derived row with another's names",
    (sql) =>
      sql`UPDATE checkout SET order_id = 'x-' || ${paid}::text, pay_token = 'y', payer = 'z' WHERE checkout_id = ${paid}`,
    [`rowDiffers ${paid} row`, `rowDiffers ${paid} row`, `rowDiffers ${paid} row`, `nameDiffers ${paid} row`],
  ],
  [
    "a payToken that leads nowhere",
    (sql) => sql`DELETE FROM checkout_pay_token WHERE checkout_id = ${paid}`,
    [`rowDiffers ${paid} row`],
  ],
  [
    "a payToken that leads to somebody else's checkout",
    (sql) => sql`UPDATE checkout_pay_token SET checkout_id = ${later} WHERE checkout_id = ${paid}`,
    [`rowDiffers ${paid} row`, `nameDiffers ${later} row`],
  ],
  [
    "one more payToken that leads to a checkout",
    (sql) => sql`INSERT INTO checkout_pay_token VALUES ('another', ${paid})`,
    [`nameDiffers ${paid} row`],
  ],
  ...[0, -1, 2].map(
    (version): Attack => [
      `a derived row that nothing happened to, of version ${version}`,
      (sql) => inventRow(sql, version),
      [
        `rowDiffers ${nobodys} row`,
        ...[1, 2].filter((nth) => nth <= version).map((missing) => `removed ${nobodys} ${missing}`),
      ],
    ],
  ),
  [
    "a checkout whose only event is of version 0",
    async (sql) => {
      await inventRow(sql, 0)
      await sql.unsafe(`
        ALTER TABLE checkout_event DROP CONSTRAINT checkout_event_version_check;
        INSERT INTO checkout_event (checkout_id, version, type, from_state, to_state, data, machine_version, recorded_at,
                                    prev_hash, hash)
        SELECT '${nobodys}', 0, 'PaymentExecuted', 'executing.calling', 'settled.paid', '{}', machine_version, recorded_at, hash, hash
          FROM checkout_event WHERE checkout_id = '${paid}' AND version = 1`)
    },
    [
      `inserted ${nobodys} 0`,
      `changed ${nobodys} 0`,
      `illegal ${nobodys} 0`,
      `rowDiffers ${nobodys} row`,
      `rowDiffers ${nobodys} row`,
    ],
  ],
  [
    "a derived row that is gone",
    (sql) => sql`DELETE FROM checkout WHERE checkout_id = ${paid}`,
    [`rowRemoved ${paid} row`, `nameDiffers ${paid} row`],
  ],
  [
    "a checkpoint with another signature",
    (sql) => sql`UPDATE checkpoint SET signature = decode(repeat('ab', 64), 'hex') WHERE number = 2`,
    ["checkpointForged #2"],
  ],
  [
    "a checkpoint that says something else",
    (sql) => sql`UPDATE checkpoint SET count = count - 1 WHERE number = 5`,
    ["checkpointChanged #5"],
  ],
  [
    "a checkpoint of another time, be it by a microsecond",
    (sql) => sql`UPDATE checkpoint SET sealed_at = sealed_at + interval '1 microsecond' WHERE number = 2`,
    ["checkpointChanged #2"],
  ],
  [
    "a checkpoint before the first",
    (sql) =>
      sql.unsafe(`
        ALTER TABLE checkpoint DROP CONSTRAINT checkpoint_number_check;
        INSERT INTO checkpoint SELECT (jsonb_populate_record(c, '{"number": 0}')).* FROM checkpoint c WHERE number = 2`),
    ["checkpointUnlinked #0"],
  ],
  [
    "a checkpoint that is gone",
    (sql) => sql`DELETE FROM checkpoint WHERE number = 3`,
    ["checkpointRemoved #3"],
  ],
  [
    "checkpoints that changed places",
    async (sql) => {
      for (const [from, to] of [
        [3, 93],
        [4, 3],
        [93, 4],
      ] as const) {
        await sql`UPDATE checkpoint SET number = ${to} WHERE number = ${from}`
      }
    },
    ["checkpointChanged #3", "checkpointChanged #4"],
  ],
  [
    "peaks that are not those of the root",
    (sql) => sql`UPDATE checkpoint SET peaks = sha256('x') WHERE number = 5`,
    ["checkpointChanged #5"],
  ],
  [
    "a list of what was sealed, changed to keep rows from being named one day",
    async (sql) => {
      await sql`UPDATE checkpoint SET entries = overlay(entries PLACING '\\xffff'::bytea FROM 40) WHERE number = 2`
      await sql`UPDATE checkpoint SET entries = '' WHERE number = 4`
    },
    ["checkpointChanged #2", "checkpointChanged #4"],
  ],
  [
    "a row of a version that is far away",
    (sql) => sql`UPDATE checkout_event SET version = 2000000000 WHERE checkout_id = ${paid} AND version = 5`,
    [
      `removed ${paid} 5`,
      `inserted ${paid} 2000000000`,
      ...Array.from({ length: 998 }, (_, nth) => `removed ${paid} ${nth + 5}`),
    ],
  ],
  [
    "a re-hashed history whose checkpoint was made to list it",
    async (sql) => {
      await rewriteHistory(sql, paid, anotherYear)
      for (const { hash, version } of await historyOf(sql, paid)) {
        await sql`
          UPDATE checkpoint SET entries = overlay(entries PLACING ${Buffer.from(hash, "hex")}
                   FROM position(uuid_send(${paid}) || int4send(${version}) IN entries) + 20)
           WHERE number = 1`
      }
    },
    ["rewritten #1"],
  ],
]

describe("tampering with the database as its superuser is found, and named to the row", () => {
  it.live.each(attacks)("%s", ([, run, expected]) =>
    onACopy(
      Effect.gen(function* () {
        yield* attack(run)
        expect(yield* found()).toEqual(expected)
      }),
    ),
  )

  it.live("a checkpoint signed with somebody else's key", () =>
    onACopy(
      Effect.gen(function* () {
        expect(yield* Effect.provide(found(), copyOf(template, newKey()))).toEqual(
          [1, 2, 3, 4, 5].map((number) => `checkpointForged #${number}`),
        )
        // A key that was replaced stays known by its public half.
        expect(yield* Effect.provide(found(), copyOf(template, `${newKey()}\n${pem}`))).toEqual([])
      }),
    ),
  )
})

describe("a tail that is cut off together with its checkpoints", () => {
  const cut = (sql: postgres.Sql) =>
    Promise.resolve(sql`SELECT feed_position, checkout_id, version FROM checkpoint WHERE number = 4`).then(
      async ([last]) => {
        const gone = await sql`
          DELETE FROM checkout_event
           WHERE (feed_position, checkout_id, version) > (${last?.["feed_position"]}, ${last?.["checkout_id"]}, ${last?.["version"]})
          RETURNING checkout_id`
        const ids = sql(gone.map((row) => row["checkout_id"]))
        await sql`DELETE FROM checkout WHERE checkout_id IN ${ids}`
        await sql`DELETE FROM checkout_pay_token WHERE checkout_id IN ${ids}`
        await sql`DELETE FROM checkpoint WHERE number = 5`
      },
    )

  /** Whoever knows that verifications tell of checkpoints too. */
  const cutAll = async (sql: postgres.Sql) => {
    await cut(sql)
    await sql`DELETE FROM verification`
  }

  it.live("is found by the verification that tells of them, and the server seals nothing on top", () =>
    onACopy(
      Effect.gen(function* () {
        expect(yield* found()).toEqual([])
        yield* attack(cut)
        expect(yield* found()).toEqual(["checkpointRemoved #5"])
        yield* attack((sql) => sql`DELETE FROM checkpoint`)
        expect(yield* found()).toEqual(["checkpointRemoved #5"])
        const sealed = yield* Effect.exit(Effect.flatMap(makeSealer, (seal) => seal(0)))
        expect(Exit.isFailure(sealed)).toBe(true)
      }),
    ),
  )

  const exported = (withEntries: boolean) =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const result = yield* exportCheckpoints(withEntries, (line) => lines.push(line))
      expect(result.checkpoints).toBe(5)
      return readExported(lines.join("\n"), keysOf(pem))
    })

  it.live("is in order by itself, and found by the checkpoints that were kept elsewhere", () =>
    onACopy(
      Effect.gen(function* () {
        const kept = yield* exported(false)
        expect(yield* found({ exported: kept })).toEqual([])
        yield* attack(cutAll)
        expect(yield* found()).toEqual([])
        expect(yield* found({ exported: kept })).toEqual(["checkpointRemoved #5", "rewritten #5"])
      }),
    ),
  )

  it.live("is named to the row if what they sealed was kept too", () =>
    onACopy(
      Effect.gen(function* () {
        const kept = yield* exported(true)
        const gone = yield* Effect.flatMap(Database, (sql) => Effect.promise(() => historyOf(sql, newest)))
        yield* attack(cutAll)
        const findings = yield* found({ exported: kept })
        expect(findings).toContain("checkpointRemoved #5")
        for (const { version } of gone) expect(findings).toContain(`removed ${newest} ${version}`)
      }),
    ),
  )

  it.live("is found when other checkpoints were sealed in the place of those", () =>
    onACopy(
      Effect.gen(function* () {
        const kept = yield* exported(true)
        yield* attack(cutAll)
        yield* Effect.flatMap(Database, (sql) =>
          Effect.promise(() => writeCheckouts(sql, { from: 50, to: 52 })),
        )
        yield* Effect.flatMap(makeSealer, (seal) => seal(0))
        expect(yield* found()).toEqual([])
        expect(yield* found({ exported: kept })).toContain("checkpointReplaced #5")
      }),
    ),
  )
})
