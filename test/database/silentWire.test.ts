/** Connections that are as dead as a lost machine's: nobody hears of it, and the network asks again for a quarter of an hour. */

import { connect } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { answered } from "../../server/database/answered.ts"
import { answeredInTime } from "../../server/database/postgres.ts"
import { breakingWire } from "../support/breakingWire.ts"
import { freshDatabaseUrl } from "../support/database.ts"

const longMs = 5_000

const pool = (silentMs: number, options: postgres.Options<Record<never, never>> = { max: 2 }) =>
  Effect.gen(function* () {
    const wire = yield* breakingWire(yield* freshDatabaseUrl)
    let givenUp = 0
    const sql = yield* Effect.acquireRelease(
      Effect.sync(() =>
        answered(() => postgres(wire.url, options), {
          silentMs,
          onSilence: () => {
            givenUp += 1
          },
        }),
      ),
      (sql) => Effect.promise(() => sql.end({ timeout: 1 })),
    )
    /** Until somebody is given up. */
    const untilSilent = async () => {
      while (givenUp === 0) await new Promise(setImmediate)
    }
    /** A statement that is answered when `release` is called. */
    const slow = async () => {
      const holder = postgres(wire.url, { max: 1 })
      await holder`SELECT pg_advisory_lock(1)`
      const statement = () =>
        answeredInTime(sql`SELECT 'slow' AS how FROM pg_advisory_xact_lock_shared(1)`, longMs)
      return { statement, release: () => holder.end() }
    }
    return { wire, sql, givenUp: () => givenUp, untilSilent, slow }
  })

describe("connections that answer nothing", () => {
  it.live("are given up once, and what is asked after that is answered by others", () =>
    Effect.gen(function* () {
      const { wire, sql, givenUp, untilSilent } = yield* pool(200)
      yield* Effect.promise(async () => {
        await Promise.all([sql`SELECT 1`, sql`SELECT 2`])
        wire.fallSilent()
        const lost = [1, 2, 3].map(() => answeredInTime(sql`SELECT 3`, 400).catch(() => "lost"))
        expect(await Promise.all(lost)).toEqual(["lost", "lost", "lost"])
        await untilSilent()
        expect(await answeredInTime(sql`SELECT 4 AS four`, longMs)).toEqual([{ four: 4 }])
        expect(givenUp()).toBe(1)
      })
    }),
  )

  it.live("are told from such as have a long queue, which are kept", () =>
    Effect.gen(function* () {
      const { sql, givenUp } = yield* pool(2_000)
      yield* Effect.promise(async () => {
        const queue = Array.from({ length: 12 }, () => sql`SELECT pg_sleep(0.5)`)
        await Promise.all(queue)
        expect(givenUp()).toBe(0)
      })
    }),
  )

  it.live("because they are slow answer all the same, and nobody waits for them", () =>
    Effect.gen(function* () {
      const { sql, slow, untilSilent } = yield* pool(100)
      yield* Effect.promise(async () => {
        const { statement, release } = await slow()
        const asked = [statement(), statement()]
        await untilSilent()
        expect(await answeredInTime(sql`SELECT 'quick' AS how`, longMs)).toEqual([{ how: "quick" }])
        await release()
        expect(await Promise.all(asked)).toEqual([[{ how: "slow" }], [{ how: "slow" }]])
      })
    }),
  )

  it.live("are found by a statement that was asked when there was no connection yet", () =>
    Effect.gen(function* () {
      const late = async ({ host, port }: { host: string[]; port: number[] }) => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        return connect(Number(port[0]), host[0])
      }
      const { slow, untilSilent } = yield* pool(100, { max: 1, socket: late } as object)
      yield* Effect.promise(async () => {
        const { statement, release } = await slow()
        const asked = statement()
        await untilSilent()
        await release()
        expect(await asked).toEqual([{ how: "slow" }])
      })
    }),
  )

  it.live("are found by a statement that was asked while they still answered others", () =>
    Effect.gen(function* () {
      const { sql, slow, untilSilent } = yield* pool(300, { max: 1 })
      yield* Effect.promise(async () => {
        const { statement, release } = await slow()
        await sql`SELECT 1`
        const asked = [answeredInTime(sql`SELECT 'soon' AS how FROM pg_sleep(0.2)`, longMs), statement()]
        await untilSilent()
        await release()
        expect(await Promise.all(asked)).toEqual([[{ how: "soon" }], [{ how: "slow" }]])
      })
    }),
  )
})
