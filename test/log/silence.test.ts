import { Effect, Layer, Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { open } from "../../machines/index.ts"
import { Database, promptQuery } from "../../server/database/postgres.ts"
import { appendOf, EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { breakingWire } from "../support/breakingWire.ts"
import { anOrder, checkoutId, startOfTime } from "../support/checkouts.ts"
import { freshDatabaseUrl, postgresUrl } from "../support/database.ts"

describe("a database that does not answer", () => {
  it("counts as away after a while, although the connection stands", async () => {
    const failure = await Effect.gen(function* () {
      const sql = yield* Database
      const question = sql`SELECT pg_sleep(60)`
      const failure = yield* Effect.flip(promptQuery(() => question, 50))
      question.cancel()
      return failure
    }).pipe(Effect.provide(Database.layer(Redacted.make(postgresUrl()))), Effect.runPromise)
    expect(failure).toMatchObject({ _tag: "Unavailable", what: "DATABASE", retryable: true })
  })

  it("keeps what it commits on disk, whatever its own setting says", async () => {
    const [setting] = await Effect.gen(function* () {
      const sql = yield* Database
      return yield* promptQuery(() => sql`SHOW synchronous_commit`)
    }).pipe(Effect.provide(Database.layer(Redacted.make(postgresUrl()))), Effect.runPromise)
    expect(setting).toEqual({ synchronous_commit: "on" })
  })
})

describe("an append whose answer does not come", () => {
  const append = Effect.flatMap(EventLog, (log) =>
    log.append(appendOf(null, open(checkoutId, anOrder(), startOfTime), null)),
  )
  const logAt = (url: string) => Layer.provide(postgresEventLog, Database.layer(Redacted.make(url)))
  const away = { _tag: "Unavailable", what: "DATABASE", retryable: true }

  it.each([
    ["before it is written", "goodbye", 1],
    ["before it is written", "cut", 1],
    ["after it is written", "goodbye", 2],
    ["after it is written", "cut", 2],
  ] as const)("because its connection ends %s fails, and may be repeated: %s", (_, how, answers) =>
    Effect.gen(function* () {
      const wire = yield* breakingWire(yield* freshDatabaseUrl)
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        yield* log.backlog
        wire.breakAfter(answers, how)
        expect(yield* Effect.flip(append)).toMatchObject(away)
        expect(wire.hasBroken()).toBe(true)
        const again = Effect.catchTag(append, "VersionConflict", () => Effect.void)
        yield* Effect.retry(again, { times: 9 })
        const found = log.find({ by: "checkoutId", value: checkoutId })
        expect((yield* Effect.retry(found, { times: 9 }))?.checkout.version).toBe(1)
      }).pipe(Effect.provide(logAt(wire.url)))
    }).pipe(Effect.scoped, Effect.runPromise),
  )

  it("because nobody takes the connection fails", async () => {
    const failure = Effect.flip(append).pipe(Effect.provide(logAt("postgres://nobody@127.0.0.1:1/nowhere")))
    expect(await Effect.runPromise(failure)).toMatchObject(away)
  })
})
