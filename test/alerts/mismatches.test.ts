/** From any life of a checkout to what a person is told of it: machine, log, subscription and alerts together. */

import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { type Fact, open, plan, stateInfo } from "../../machines/index.ts"
import { Alerts } from "../../server/alerts/alerts.ts"
import { mismatchAlerts } from "../../server/alerts/mismatches.ts"
import { appendOf, EventLog } from "../../server/log/eventLog.ts"
import { anAnswer, anOrder, anyHistory, checkoutId, payToken, startOfTime } from "../support/checkouts.ts"
import { recordsInMemory } from "../support/records.ts"

const charged: ReadonlyArray<Fact> = [
  { type: "TokenMinted", payToken, at: startOfTime },
  { type: "AuthenticationSucceeded", at: startOfTime },
  { type: "ExecutionStarted", attempt: 1, at: startOfTime },
  { type: "PaymentExecuted", attempt: 1, answer: anAnswer({ amount: 9_001 }), at: startOfTime },
]
const givenBack: Fact = {
  type: "StatusReported",
  answer: anAnswer({ amount: 9_001, payStatus: "REFUND_SUCCESS", refundableAmount: 0 }),
  at: startOfTime,
}

/** Most of them begin with a charge that differs, or with one that went back already. */
const lives = fc.record({
  onMismatch: fc.constantFrom("refund" as const, "hold" as const),
  facts: fc
    .tuple(fc.constantFrom([], charged, [...charged, givenBack]), anyHistory)
    .map(([beginning, facts]) => [...beginning, ...facts]),
  /** After how many facts whoever raises alerts has looked. */
  looksAt: fc.nat(12),
})

it.effect(
  "every mismatch ends refunded or with somebody, and is an alert until then: none is forgotten",
  () =>
    Effect.gen(function* () {
      const run = Effect.runPromiseWith(yield* Effect.context<never>())
      const seen = { open: 0, over: 0 }
      const life = ({ facts, looksAt, onMismatch }: typeof lives extends fc.Arbitrary<infer L> ? L : never) =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const alerts = yield* Alerts
          yield* Layer.build(mismatchAlerts)
          const opened = open(checkoutId, anOrder({ onMismatch }), startOfTime)
          const first = appendOf(null, opened, null)
          yield* log.append(first)
          let recorded = first.recorded
          let wasMismatched = false
          for (const [index, fact] of facts.entries()) {
            const planned = plan(recorded.checkout, fact)
            if (planned._tag === "Plan") {
              const append = appendOf(recorded, planned, null)
              yield* log.append(append)
              recorded = append.recorded
              wasMismatched ||= stateInfo(recorded.checkout.state).outcome === "mismatched"
            }
            if (index === looksAt) yield* TestClock.adjust(3_000)
          }
          for (let look = 0; look < 4; look += 1) yield* TestClock.adjust(2_000)

          const { outcome, owner, safeToRetry } = stateInfo(recorded.checkout.state)
          const isOpen = outcome === "mismatched" && !safeToRetry
          const all = yield* alerts.latest(100)
          expect(all.length > 0).toBe(wasMismatched)
          expect(all.filter(({ endedAt }) => endedAt === null)).toHaveLength(isOpen ? 1 : 0)
          // What is not over is on its way back, being found out, or a person's.
          if (isOpen) expect(owner).not.toBe("nobody")
          seen.open += isOpen ? 1 : 0
          seen.over += wasMismatched && !isOpen ? 1 : 0
        }).pipe(
          Effect.scoped,
          Effect.provide(recordsInMemory, { local: true }),
          Effect.provide(TestClock.layer()),
        )
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(lives, (each) => run(life(each))),
          { numRuns: 100, seed: inject("seed") },
        ),
      )
      expect(seen.open).toBeGreaterThan(0)
      expect(seen.over).toBeGreaterThan(0)
    }),
)
