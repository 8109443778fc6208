import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { query } from "../../server/database/postgres.ts"
import type { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { Payers } from "../../server/payer.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { freshDatabase } from "../support/database.ts"
import { Database } from "../support/server.ts"
import type { Bug } from "../support/world.ts"
import { anyRace, type Race, run } from "./races.ts"

const seed = inject("seed")

const outside = Layer.merge(Payers.layerMemory, Layer.orDie(TossPaySimulator.layer()))

const inMemory = (race: Race, bug: Bug = {}): Promise<ReadonlyArray<string>> =>
  run(race, bug).pipe(
    Effect.provide(Layer.merge(memoryEventLog, outside), { local: true }),
    Effect.runPromise,
  )

/** The first race that is lost with this bug, and the laws that it broke. */
const caught = async (bug: Bug): Promise<string> => {
  const laws: Array<string> = []
  await fc.check(
    fc.asyncProperty(anyRace, async (race) => {
      laws.push(...(await inMemory(race, bug)))
      return laws.length === 0
    }),
    { seed, numRuns: 300, endOnFailure: true },
  )
  return laws.join("\n")
}

describe("races of executors and recovery over every await", () => {
  it(
    "charge at most once, keep one call in flight, and tell everybody the same",
    () =>
      fc.assert(
        fc.asyncProperty(anyRace, async (race) => {
          expect(await inMemory(race), `SEED=${seed}`).toEqual([])
        }),
        { seed, numRuns: 500 },
      ),
    60_000,
  )

  it(
    "do so on PostgreSQL",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const everythingIsDue = query(
          () => sql`UPDATE checkout SET due_at = clock_timestamp() WHERE due_at IS NOT NULL`,
        ).pipe(Effect.asVoid, Effect.orDie)
        const inside = Effect.runPromiseWith(yield* Effect.context<EventLog>())
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(anyRace, async (race) => {
              const wrong = run(race, {}, everythingIsDue).pipe(Effect.provide(outside, { local: true }))
              expect(await inside(wrong), `SEED=${seed}`).toEqual([])
            }),
            { seed, numRuns: 40 },
          ),
        )
      }).pipe(
        Effect.provide(Layer.provideMerge(postgresEventLog, freshDatabase)),
        Effect.scoped,
        Effect.runPromise,
      ),
    60_000,
  )

  it("can be lost: a claim that is not checked against the version is caught", async () => {
    const laws = await caught({
      log: (log) => ({
        ...log,
        append: (append) =>
          Effect.flatMap(
            log.find({ by: "checkoutId", value: append.recorded.checkout.checkoutId }),
            (found) => log.append({ ...append, expectedVersion: found?.checkout.version ?? 0 }),
          ),
      }),
    })
    expect(laws).toMatch(/one execute call in flight: there were \d at once/)
  }, 60_000)
})
