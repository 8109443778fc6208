import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { open } from "../../machines/index.ts"
import { appendOf, EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { slowestPerMinute } from "../../server/log/pace.ts"
import { anOrder, startOfTime } from "../support/checkouts.ts"
import { eventLogLaws } from "./eventLogLaws.ts"
import { feedLaws } from "./feedLaws.ts"

eventLogLaws("memory", memoryEventLog)
feedLaws("memory", memoryEventLog)

const minuteMs = 60_000

describe("the pace of recovery", () => {
  it("is kept in every minute, and work that is there is not left lying", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: slowestPerMinute, max: 100 }),
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 64 }), fc.boolean()),
          { maxLength: 40 },
        ),
        (perMinute, looks) =>
          Effect.gen(function* () {
            const log = yield* EventLog
            for (let index = 0; index < 200; index += 1) {
              const id = `019b0000-0000-7000-8000-${String(index).padStart(12, "0")}`
              yield* log.append(appendOf(null, open(id, anOrder({ orderId: id }), startOfTime), 0))
            }
            const taken: Array<{ readonly atMs: number; readonly calls: number }> = []
            let atMs = 0
            for (const [pauseMs, limit, isQuestion] of looks) {
              atMs += pauseMs
              yield* TestClock.adjust(pauseMs)
              // A checkout may cost three calls, a question costs one.
              const calls = isQuestion
                ? yield* log.takeTurns(limit, perMinute)
                : 3 * (yield* log.takeDue({ limit, holdMs: 3_600_000, perMinute })).length
              taken.push({ atMs, calls })
            }
            for (const { atMs: fromMs } of taken) {
              const within = taken.filter((one) => one.atMs >= fromMs && one.atMs < fromMs + minuteMs)
              expect(within.reduce((sum, one) => sum + one.calls, 0)).toBeLessThanOrEqual(3 * perMinute)
            }
            yield* TestClock.adjust(minuteMs)
            const { due } = yield* log.backlog
            const last = yield* log.takeDue({ limit: 1, holdMs: 3_600_000, perMinute })
            expect(last).toHaveLength(Math.min(due, 1))
          }).pipe(
            Effect.provide(memoryEventLog, { local: true }),
            Effect.provide(TestClock.layer()),
            Effect.runPromise,
          ),
      ),
      { numRuns: 50, seed: inject("seed") },
    ))
})
