import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { query } from "../../server/database/postgres.ts"
import type { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { Payers } from "../../server/payers/payers.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { freshDatabase } from "../support/database.ts"
import { Database } from "../support/server.ts"
import type { Bug } from "../support/world.ts"
import { anyRace, type Finish, type Race, run } from "./races.ts"

const seed = inject("seed")

const outside = Layer.merge(Payers.layerMemory, Layer.orDie(TossPaySimulator.layer()))

const inMemory = (race: Race, bug: Bug = {}): Promise<Finish> =>
  run(race, bug).pipe(
    Effect.provide(Layer.merge(memoryEventLog, outside), { local: true }),
    Effect.runPromise,
  )

/** Races in which the money is paid at once, and three people give it back at the same moment. */
const racesToRefund = anyRace.map((race) => ({ ...race, faults: [], refunders: [20_000, 20_000, 20_000] }))

/** Runs races with this bug until one of them breaks this law; gives what was broken in it, or nothing. */
const caught = async (races: fc.Arbitrary<Race>, bug: Bug, law: RegExp): Promise<string> => {
  let broken = ""
  await fc.check(
    fc.asyncProperty(races, async (race) => {
      const laws = (await inMemory(race, bug)).wrong.join("\n")
      if (law.test(laws)) broken = laws
      return broken === ""
    }),
    { seed, numRuns: 300, endOnFailure: true },
  )
  return broken
}

describe("races of executors, the back office and recovery over every await", () => {
  it("charge and give back at most once, keep one call in flight, and tell everybody the same", async () => {
    let [takenOn, refunds] = [0, 0]
    await fc.assert(
      fc.asyncProperty(anyRace, async (race) => {
        const finish = await inMemory(race)
        takenOn += finish.takenOn
        refunds += finish.refunds
        expect(finish.wrong, `SEED=${seed}`).toEqual([])
      }),
      { seed, numRuns: 250 },
    )
    expect(takenOn).toBeGreaterThan(10)
    expect(refunds).toBeGreaterThan(10)
  }, 120_000)

  it(
    "do so on PostgreSQL",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const everythingIsDue = query(
          () => sql`
            WITH rested AS (UPDATE recovery_pace SET free_at = clock_timestamp())
            UPDATE checkout SET due_at = clock_timestamp() WHERE due_at IS NOT NULL`,
        ).pipe(Effect.asVoid, Effect.orDie)
        const inside = Effect.runPromiseWith(yield* Effect.context<EventLog>())
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(anyRace, async (race) => {
              const finish = run(race, {}, everythingIsDue).pipe(Effect.provide(outside, { local: true }))
              expect((await inside(finish)).wrong, `SEED=${seed}`).toEqual([])
            }),
            { seed, numRuns: 25 },
          ),
        )
      }).pipe(
        Effect.provide(Layer.provideMerge(postgresEventLog, freshDatabase)),
        Effect.scoped,
        Effect.runPromise,
      ),
    120_000,
  )

  it("can be lost: a claim that is not checked against the version is caught", async () => {
    const twoAtOnce = /one execute call in flight: there were \d at once/
    const uncheckedClaim: Bug = {
      log: (log) => ({
        ...log,
        append: (append) =>
          Effect.flatMap(
            log.find({ by: "checkoutId", value: append.recorded.checkout.checkoutId }),
            (found) => log.append({ ...append, expectedVersion: found?.checkout.version ?? 0 }),
          ),
      }),
    }
    expect(await caught(anyRace, uncheckedClaim, twoAtOnce), `SEED=${seed}`).toMatch(twoAtOnce)
    const twoRefunds = /one refund call in flight: there were \d at once|at most one refund/
    expect(await caught(racesToRefund, uncheckedClaim, twoRefunds), `SEED=${seed}`).toMatch(twoRefunds)
  }, 60_000)
})
