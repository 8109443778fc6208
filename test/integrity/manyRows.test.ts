import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import postgres from "postgres"
import { expect } from "vitest"
import { answeredInTime } from "../../server/database/postgres.ts"
import { free, manyRows } from "../../server/integrity/manyRows.ts"
import { postgresUrl } from "../support/database.ts"

const oneConnection = Effect.acquireRelease(
  Effect.sync(() => postgres(postgresUrl(), { max: 1 })),
  (sql) => Effect.promise(() => sql.end()),
)

/** Twenty megabytes. */
const many = "SELECT n, repeat('x', 100) AS x FROM generate_series(1, 200000) n"
const columns = ["n", "x"]

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
        for await (const some of manyRows(sql, { query: many, columns })) {
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
          for await (const _ of manyRows(sql, { query: `${many} LIMIT ${rows}`, columns })) {
            for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
          }
          expect(await answeredInTime(sql`SELECT 1 AS one`, 5_000)).toEqual([{ one: 1 }])
        }
      })
    }).pipe(Effect.scoped),
  )

  it.live(
    "share their connection with others, and fail alone: first of all, in the middle, when they are cancelled",
    () =>
      Effect.gen(function* () {
        const sql = yield* oneConnection
        const read = async (query: string) => {
          let rows = 0
          for await (const some of manyRows(sql, { query, columns: ["n"] })) rows += some.length
          return rows
        }
        const failure = (query: string) => read(query).catch(({ code }) => code)
        yield* Effect.promise(async () => {
          expect(await failure("SELECT 1 / 0 AS n")).toBe("22012")
          const both = [read("SELECT n FROM generate_series(1, 5000) n"), sql`SELECT 1 AS one`]
          expect(await Promise.all(both)).toEqual([5_000, [{ one: 1 }]])
          expect(await failure("SELECT 1 / (5000 - n) AS n FROM generate_series(1, 9000) n")).toBe("22012")
          const cancelled =
            "SELECT pg_cancel_backend(pg_backend_pid())::text AS n FROM generate_series(1, 9000)"
          expect(await failure(cancelled)).toBe("57014")
          expect(await read("SELECT NULL AS n WHERE false")).toBe(0)
          expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
        })
      }).pipe(Effect.scoped),
  )

  it.live("keep apart what is NULL, empty, or would end a column or a row", () =>
    Effect.gen(function* () {
      const sql = yield* oneConnection
      const query = "VALUES (1, NULL, ''), (2, E'\\x1e', E'a\\x1f\\x1d\\nb\\t\\\\N')"
      const rows: Array<unknown> = []
      yield* Effect.promise(async () => {
        const columns = ["column1", free("column2"), free("column3")]
        for await (const some of manyRows(sql, { query, columns })) rows.push(...some)
      })
      expect(rows).toEqual([
        ["1", null, ""],
        ["2", "?", "a??\nb\t\\N"],
      ])
    }).pipe(Effect.scoped),
  )
})
