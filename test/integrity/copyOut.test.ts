import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { answeredInTime } from "../../server/database/postgres.ts"
import { copyOut } from "../../server/integrity/copyOut.ts"
import { postgresUrl } from "../support/database.ts"

const oneConnection = Effect.acquireRelease(
  Effect.sync(() => postgres(postgresUrl(), { max: 1 })),
  (sql) => Effect.promise(() => sql.end()),
)

/** Twenty megabytes. */
const many = "SELECT n, repeat('x', 100) FROM generate_series(1, 200000) n"

describe("many rows at once", () => {
  it.live("give others their turn after every few hundred of them", () =>
    Effect.gen(function* () {
      const sql = yield* oneConnection
      let [rows, inThisTurn, mostInATurn] = [0, 0, 0]
      let goesOn = true
      const turn = () => {
        inThisTurn = 0
        if (goesOn) setImmediate(turn)
      }
      turn()
      yield* Effect.promise(async () => {
        for await (const some of copyOut(sql, many)) {
          rows += some.length
          inThisTurn += some.length
          mostInATurn = Math.max(mostInATurn, inThisTurn)
        }
      })
      goesOn = false
      expect(rows).toBe(200_000)
      expect(mostInATurn).toBeLessThan(2_000)
    }).pipe(Effect.scoped),
  )

  it.live("leave a connection that answers what it is asked next, however slowly they were read", () =>
    Effect.gen(function* () {
      const sql = yield* oneConnection
      yield* Effect.promise(async () => {
        for (let rows = 1; rows <= 4_096; rows *= 2) {
          for await (const _ of copyOut(sql, `${many} LIMIT ${rows}`)) {
            for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
          }
          expect(await answeredInTime(sql`SELECT 1 AS one`, 5_000)).toEqual([{ one: 1 }])
        }
      })
    }).pipe(Effect.scoped),
  )
})
