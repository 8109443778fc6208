import { Effect, Redacted } from "effect"
import { describe, expect, it } from "vitest"
import { Database, promptQuery } from "../../server/database/postgres.ts"
import { postgresUrl } from "../support/database.ts"

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
