/**
 * What the driver writes to a connection that has ended throws where nobody can catch it (docs/adr/0017). Vitest fails a
 * run with such an error in it, whatever its tests say.
 */

import { randomBytes } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Schedule } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { exportFeed } from "../../server/audit/export.ts"
import { answered } from "../../server/database/answered.ts"
import { migrate } from "../../server/database/migrate.ts"
import { answeredInTime, Database, promptQuery } from "../../server/database/postgres.ts"
import { CheckpointKeys, keysOf } from "../../server/integrity/keys.ts"
import { makeSealer } from "../../server/integrity/seal.ts"
import { ordinarily, verify } from "../../server/integrity/verify.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { Payers } from "../../server/payers/payers.ts"
import { beginRun, recordStep } from "../../server/reconciliation/runs.ts"
import { pem } from "../integrity/sealedLog.ts"
import { breakingWire } from "../support/breakingWire.ts"
import { freshDatabaseUrl } from "../support/database.ts"
import { writeCheckouts } from "../support/manyCheckouts.ts"

const verifying = (fromStart: boolean) => verify({ ...ordinarily, fromStart, rereadUpTo: 0 }, () => {})

/** All that takes the server more than one statement. */
const works: Readonly<
  Record<
    string,
    Effect.Effect<
      unknown,
      unknown,
      Database | CheckpointKeys | Payers | Layer.Success<typeof postgresEventLog>
    >
  >
> = {
  "the schema is brought up to date": migrate,
  "a checkpoint is sealed": Effect.flatMap(makeSealer, (seal) => seal(0)),
  "the log is verified": verifying(true),
  "what is new is verified": verifying(false),
  "the log is exported": Effect.acquireUseRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "tosspay-checkout-"))),
    (folder) =>
      exportFeed({ format: "csv", file: join(folder, "feed.csv"), after: null, progress: () => {} }),
    (folder) => Effect.promise(() => rm(folder, { recursive: true })),
  ),
  "a payer is forgotten": Effect.gen(function* () {
    const payers = yield* Payers
    const payer = payers.fingerprint("somebody")
    yield* payers.remember(payer, "somebody")
    return yield* payers.forget(payer, { who: "test", why: "asked to" })
  }),
  "a comparison takes a step": Effect.gen(function* () {
    const run = yield* beginRun("2026-01-01T00:00:00.000Z", null)
    return yield* recordStep(run, { place: null, asked: 1, discrepancies: [], agreed: [] })
  }),
}

const services = (url: string) =>
  Layer.mergeAll(
    postgresEventLog,
    Layer.succeed(CheckpointKeys, keysOf(pem)),
    Layer.orDie(Payers.layer({ current: Redacted.make(randomBytes(32)), others: [] })),
  ).pipe(Layer.provideMerge(Database.layer(Redacted.make(url))))

/** Where it does not come back, the connections are of no use any more. */
const isThere = Effect.flatMap(Database, (sql) => promptQuery(() => sql`SELECT 1`, 500)).pipe(
  Effect.retry(Schedule.recurs(20)),
)

describe("a database that goes away after any of its answers", () => {
  for (const [name, work] of Object.entries(works)) {
    it.live.each(["goodbye", "cut"] as const)(
      `is an error, and no more, while ${name} (%s)`,
      (how) =>
        Effect.gen(function* () {
          const wire = yield* breakingWire(yield* freshDatabaseUrl)
          yield* Effect.gen(function* () {
            const sql = yield* Database
            yield* Effect.promise(() => writeCheckouts(sql, { to: 60 }))
            yield* work
            let [answers, errors] = [0, 0]
            do {
              answers += 1
              yield* Effect.promise(() => writeCheckouts(sql, { from: 60 + answers, to: 61 + answers }))
              wire.breakAfter(answers, how)
              const exit = yield* Effect.exit(work)
              if (Exit.isFailure(exit)) {
                errors += 1
                expect(String(exit.cause)).toContain("Unavailable")
              }
              yield* isThere
            } while (wire.hasBroken())
            expect(errors).toBeGreaterThan(0)
          }).pipe(Effect.provide(services(wire.url)))
        }).pipe(Effect.scoped),
      60_000,
    )
  }
})

describe("a statement that was given to a connection as it was cut", () => {
  it.live(
    "is an error, and is never answered without rows",
    () =>
      Effect.gen(function* () {
        const wire = yield* breakingWire(yield* freshDatabaseUrl)
        yield* Effect.promise(async () => {
          const sql = answered(() => postgres(wire.url, { max: 2 }), {
            silentMs: 60_000,
            onSilence: () => {},
          })
          for (let round = 0; round < 10; round += 1) {
            // One connection is busy, the other has nothing to do: it is the one that the next statement is given to.
            const busy = sql`SELECT pg_sleep(60)`.catch(() => sql`SELECT 1 AS one`)
            await sql`SELECT pg_sleep(0.05)`
            wire.cut(round % 2 === 0)
            const asked = answeredInTime(busy, 5_000).then(
              (rows) => expect(rows).toHaveLength(1),
              () => "an error",
            )
            for (let turns = 0; turns < 50; turns += 1) await new Promise(setImmediate)
            await Promise.all([1, 2, 3, 4].map(() => answeredInTime(sql`SELECT 1`, 5_000).catch(() => null)))
            await asked
          }
          await sql.end({ timeout: 1 })
        })
      }).pipe(Effect.scoped),
    60_000,
  )
})

describe("the server", () => {
  it("holds no connection for more than one statement", () => {
    const holding = globSync("server/**/*.ts").filter((file) =>
      /\bsql\.begin\(|\.reserve\(|\.cursor\(|\.readable\(|\.writable\(/.test(readFileSync(file, "utf8")),
    )
    expect(holding).toEqual([])
  })
})
