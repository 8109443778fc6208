/** Connections that are as dead as a lost machine's: nobody hears of it, and the network asks again for a quarter of an hour. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { answered } from "../../server/database/answered.ts"
import { answeredInTime } from "../../server/database/postgres.ts"
import { breakingWire } from "../support/breakingWire.ts"
import { freshDatabaseUrl } from "../support/database.ts"

const longMs = 5_000

const pool = (silentMs: number) =>
  Effect.gen(function* () {
    const wire = yield* breakingWire(yield* freshDatabaseUrl)
    let givenUp = 0
    const sql = yield* Effect.acquireRelease(
      Effect.sync(() =>
        answered(() => postgres(wire.url, { max: 2 }), {
          silentMs,
          onSilence: () => {
            givenUp += 1
          },
        }),
      ),
      (sql) => Effect.promise(() => sql.end({ timeout: 1 })),
    )
    return { wire, sql, givenUp: () => givenUp }
  })

describe("connections that answer nothing", () => {
  it.live("are given up once, and what is asked after that is answered by others", () =>
    Effect.gen(function* () {
      const { wire, sql, givenUp } = yield* pool(200)
      yield* Effect.promise(async () => {
        await Promise.all([sql`SELECT 1`, sql`SELECT 2`])
        wire.fallSilent()
        const lost = [1, 2, 3].map(() => answeredInTime(sql`SELECT 3`, 400).catch(() => "lost"))
        expect(await Promise.all(lost)).toEqual(["lost", "lost", "lost"])
        expect(await answeredInTime(sql`SELECT 4 AS four`, longMs)).toEqual([{ four: 4 }])
        expect(givenUp()).toBe(1)
      })
    }),
  )

  it.live("are told from such as have a long queue, which are kept", () =>
    Effect.gen(function* () {
      const { sql, givenUp } = yield* pool(1_000)
      yield* Effect.promise(async () => {
        const queue = Array.from({ length: 12 }, () => sql`SELECT pg_sleep(0.25)`)
        await Promise.all(queue)
        expect(givenUp()).toBe(0)
      })
    }),
  )

  it.live("because they are slow answer all the same, and nobody waits for them", () =>
    Effect.gen(function* () {
      const { sql, givenUp } = yield* pool(100)
      yield* Effect.promise(async () => {
        const slow = [1, 2].map(() => answeredInTime(sql`SELECT 'slow' AS how FROM pg_sleep(1)`, longMs))
        while (givenUp() === 0) await new Promise(setImmediate)
        const quick = sql`SELECT 'quick' AS how`
        expect(await Promise.race([...slow, quick])).toEqual([{ how: "quick" }])
        expect(await Promise.all(slow)).toEqual([[{ how: "slow" }], [{ how: "slow" }]])
      })
    }),
  )
})
