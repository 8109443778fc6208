/** A rolling upgrade: a server of this release verifies a log to which the next one writes already. */

import { describe, it } from "@effect/vitest"
import { Effect, Exit, type Layer, Scope } from "effect"
import type postgres from "postgres"
import { afterAll, beforeAll, expect } from "vitest"
import { Alerts } from "../../server/alerts/alerts.ts"
import { noticeVerified } from "../../server/alerts/chain.ts"
import { postgresAlerts } from "../../server/alerts/postgres.ts"
import { Database } from "../../server/database/postgres.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { newerVersion, takenOnByNewer } from "../support/newerRelease.ts"
import { rewriteHistory, unhindered } from "./attacker.ts"
import { copyOf, found, idOf, sealedTemplate, verified } from "./sealedLog.ts"

let template = ""
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  template = await Effect.runPromise(Scope.provide(sealedTemplate, scope))
})
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** A paid checkout, and the two versions that the next release has added to it. */
const [paid, first, second] = [idOf(0), 6, 7]
const [another] = [idOf(9)]

const inSql = (run: (sql: postgres.Sql) => Promise<unknown>) =>
  Effect.flatMap(Database, (sql) => Effect.promise(() => run(sql)))

const attack = (run: (sql: postgres.Sql) => Promise<unknown>) => inSql((sql) => unhindered(sql, run))

const upgrade = Effect.gen(function* () {
  yield* inSql((sql) => takenOnByNewer(sql, paid, "BuyerAsked", ["settled", "asked"]))
  yield* inSql((sql) => takenOnByNewer(sql, paid, "BuyerAnswered", ["settled", "paid"]))
})

/** Beside a newer release, each time on a log of its own. */
const beside = <A, E>(test: Effect.Effect<A, E, Layer.Success<ReturnType<typeof copyOf>>>) =>
  Effect.suspend(() => Effect.provide(Effect.andThen(upgrade, test), copyOf(template)))

const records = Effect.flatMap(Database, (sql) =>
  Effect.promise(() => sql`SELECT checkpoint, is_whole FROM verification`),
)

const changes: ReadonlyArray<readonly [column: string, value: string]> = [
  ["type", "'BuyerWasAsked'"],
  ["from_state", "'settled.refunding'"],
  ["to_state", "'failed.closed'"],
  ["data", "'{}'"],
  ["machine_version", `${newerVersion - 1}`],
  ["machine_version", `${newerVersion + 1}`],
  ["recorded_at", "recorded_at + interval '1 microsecond'"],
  ["prev_hash", "sha256(prev_hash)"],
  ["hash", "sha256(hash)"],
]

/** Of the row in `checkout`: a column, what somebody makes of it, what takes that back, and what is found meanwhile. */
const derived: ReadonlyArray<readonly [column: string, value: string, back: string, is: string]> = [
  ["version", "version + 1", "version - 1", `removed ${paid} ${second + 1}`],
  ["state", "'failed'", "'settled'", `rowDiffers ${paid} row`],
  [
    "updated_at",
    "updated_at + interval '1 second'",
    "updated_at - interval '1 second'",
    `rowDiffers ${paid} row`,
  ],
  [
    "hash",
    "sha256(hash)",
    `(SELECT hash FROM checkout_event e WHERE e.checkout_id = '${paid}' AND e.version = ${second})`,
    `rowDiffers ${paid} row`,
  ],
]

describe("what a newer release wrote", () => {
  it.live("is no finding, sealed or not: how much of it there is, is said", () =>
    beside(
      Effect.gen(function* () {
        expect(yield* verified()).toMatchObject({ ok: true, findings: [], unsealed: 2, unjudged: 2 })
        yield* Effect.flatMap(makeSealer, (seal) => seal(0))
        expect(yield* verified()).toMatchObject({ ok: true, findings: [], unsealed: 0, unjudged: 2 })
      }),
    ),
  )

  it.live("is not recorded as in order, so that whoever verifies next reads it", () =>
    beside(
      Effect.gen(function* () {
        expect(yield* verified()).toMatchObject({ ok: true, wholeAt: null })
        expect(yield* records).toEqual([])
        expect(yield* verified({ rereadUpTo: 0 })).toMatchObject({ since: null, unjudged: 2 })
      }),
    ),
  )

  it.live(
    "is read again as long as nobody has judged it, also where what lies before was found in order",
    () =>
      Effect.suspend(() =>
        Effect.gen(function* () {
          yield* verified()
          const before = yield* records
          expect(before).toHaveLength(1)
          yield* upgrade
          yield* Effect.flatMap(makeSealer, (seal) => seal(0))
          for (const _ of ["once", "again"]) {
            expect(yield* verified({ rereadUpTo: 0 })).toMatchObject({
              ok: true,
              since: { checkpoint: 5 },
              unjudged: 2,
            })
          }
          expect(yield* records).toEqual(before)
        }).pipe(Effect.provide(copyOf(template))),
      ),
  )

  it.live("is found when somebody changes it, whichever column", () =>
    beside(
      Effect.gen(function* () {
        yield* inSql((sql) => sql`CREATE TABLE kept AS SELECT * FROM checkout_event`)
        for (const version of [first, second]) {
          for (const [column, value] of changes) {
            const set = (to: string, from = "", and = "") =>
              attack((sql) =>
                sql.unsafe(
                  `UPDATE checkout_event e SET ${column} = ${to} ${from}
                    WHERE e.checkout_id = '${paid}' AND e.version = ${version} ${and}`,
                ),
              )
            yield* set(value)
            expect(yield* found(), `${column} ${value}`).toContain(`changed ${paid} ${version}`)
            yield* set(
              `kept.${column}`,
              "FROM kept",
              "AND (kept.checkout_id, kept.version) = (e.checkout_id, e.version)",
            )
          }
        }
        expect(yield* found()).toEqual([])
      }),
    ),
  )

  it.live("is what the row in checkout has to be", () =>
    beside(
      Effect.gen(function* () {
        for (const [column, value, back, is] of derived) {
          const set = (to: string) =>
            attack((sql) => sql.unsafe(`UPDATE checkout SET ${column} = ${to} WHERE checkout_id = '${paid}'`))
          yield* set(value)
          expect(yield* found(), column).toEqual([is])
          yield* set(back)
        }
        expect(yield* found()).toEqual([])
      }),
    ),
  )

  it.live(
    "is missed when somebody takes it away, and not taken for what was sealed when it is written anew",
    () =>
      beside(
        Effect.gen(function* () {
          yield* Effect.flatMap(makeSealer, (seal) => seal(0))
          yield* attack((sql) =>
            rewriteHistory(sql, paid, (row) => (row.version === second ? { ...row, data: {} } : row)),
          )
          expect(yield* found()).toEqual([`rewritten ${paid} ${second}`])
          yield* attack(
            (sql) => sql`DELETE FROM checkout_event WHERE checkout_id = ${paid} AND version = ${second}`,
          )
          expect(yield* found()).toEqual([`removed ${paid} ${second}`, `removed ${paid} ${second}`])
        }),
      ),
  )

  it.live("does not hide what else is wrong, before it or elsewhere", () =>
    beside(
      Effect.gen(function* () {
        yield* attack(
          (sql) => sql`
            UPDATE checkout_event SET type = 'Nonsense'
             WHERE (checkout_id, version) IN ((${paid}, 3), (${another}, 2))`,
        )
        expect(yield* verified()).toMatchObject({ ok: false, unjudged: 2 })
        expect(yield* found()).toEqual(expect.arrayContaining([`illegal ${paid} 3`, `illegal ${another} 2`]))
      }),
    ),
  )

  it.live("is illegal if no migration has told the database of such a release", () =>
    beside(
      Effect.gen(function* () {
        yield* attack((sql) => sql`DELETE FROM legal_move WHERE machine_version = ${newerVersion}`)
        expect(yield* found()).toEqual([`illegal ${paid} ${first}`, `illegal ${paid} ${second}`])
        expect(yield* verified()).toMatchObject({ ok: false, unjudged: 0 })
      }),
    ),
  )

  it.live("neither raises the alert nor ends it: only who can judge everything does", () =>
    beside(
      Effect.gen(function* () {
        const { open } = yield* Alerts
        const look = Effect.flatMap(verified({ fromStart: true }), noticeVerified)
        const kinds = Effect.map(open, (alerts) => alerts.map(({ kind }) => kind))
        const memo = (from: string, to: string) =>
          attack(
            (sql) =>
              sql`UPDATE checkout_event SET type = ${to} WHERE checkout_id = ${another} AND type = ${from}`,
          )
        yield* look
        expect(yield* kinds).toEqual([])
        yield* memo("TokenMinted", "Nonsense")
        yield* look
        expect(yield* kinds).toEqual(["chain-broken"])
        yield* memo("Nonsense", "TokenMinted")
        yield* look
        expect(yield* kinds).toEqual(["chain-broken"])
      }).pipe(Effect.provide(postgresAlerts)),
    ),
  )
})
