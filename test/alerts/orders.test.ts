/** From any life of a checkout to what a person is told of it: machine, log, subscription and alerts together. */

import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { type Fact, open, plan, stateInfo } from "../../machines/index.ts"
import { type AlertKind, Alerts } from "../../server/alerts/alerts.ts"
import { orderAlerts } from "../../server/alerts/orders.ts"
import { appendOf, EventLog } from "../../server/log/eventLog.ts"
import {
  anAnswer,
  anOrder,
  anyHistory,
  checkoutId,
  payToken,
  refundUnderWay,
  startOfTime,
} from "../support/checkouts.ts"
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

const failedRefund: ReadonlyArray<Fact> = [
  ...refundUnderWay.map((fact) => ({ ...fact, at: startOfTime })),
  { type: "RefundRefused", attempt: 1, code: "INACTIVE_USER", message: null, at: startOfTime },
  { type: "StatusAsked", at: startOfTime },
  { type: "StatusReported", answer: anAnswer({ amount: 9_001, payStatus: "PAY_COMPLETE" }), at: startOfTime },
]

/** Most of them begin with a charge that differs, or with one that went back already. */
const lives = fc.record({
  onMismatch: fc.constantFrom("refund" as const, "hold" as const),
  facts: fc
    .tuple(fc.constantFrom([], charged, [...charged, givenBack], [...charged, ...failedRefund]), anyHistory)
    .map(([beginning, facts]) => [...beginning, ...facts]),
  /** After how many facts whoever raises alerts has looked. */
  looksAt: fc.nat(12),
})

it.effect(
  "every mismatch ends refunded or with somebody, and is an alert until then, and so is a refund that failed: none is forgotten",
  () =>
    Effect.gen(function* () {
      const run = Effect.runPromiseWith(yield* Effect.context<never>())
      const seen = { open: 0, over: 0, failed: 0 }
      const life = ({ facts, looksAt, onMismatch }: typeof lives extends fc.Arbitrary<infer L> ? L : never) =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const alerts = yield* Alerts
          yield* Layer.build(orderAlerts)
          const opened = open(checkoutId, anOrder({ onMismatch }), startOfTime)
          const first = appendOf(null, opened, null)
          yield* log.append(first)
          let recorded = first.recorded
          let wasMismatched = false
          let hasFailed = false
          for (const [index, fact] of facts.entries()) {
            const planned = plan(recorded.checkout, fact)
            if (planned._tag === "Plan") {
              const append = appendOf(recorded, planned, null)
              const wasRefunding = stateInfo(recorded.checkout.state).refund === "refunding"
              yield* log.append(append)
              recorded = append.recorded
              hasFailed ||= wasRefunding && stateInfo(recorded.checkout.state).refund === null
              wasMismatched ||= stateInfo(recorded.checkout.state).outcome === "mismatched"
            }
            if (index === looksAt) yield* TestClock.adjust(3_000)
          }
          for (let look = 0; look < 4; look += 1) yield* TestClock.adjust(2_000)

          const { outcome, owner, refund, safeToRetry } = stateInfo(recorded.checkout.state)
          const isOpen = outcome === "mismatched" && !safeToRetry
          const all = yield* alerts.latest(100)
          const of = (kind: AlertKind) => all.filter((alert) => alert.kind === kind)
          const openOf = (kind: AlertKind) => of(kind).filter(({ endedAt }) => endedAt === null)
          expect(of("mismatch").length > 0).toBe(wasMismatched)
          expect(openOf("mismatch")).toHaveLength(isOpen ? 1 : 0)
          // Whoever wanted money back hears that it did not go, until it has or need not any more.
          const isOwed = refund !== "refunded" && !(outcome === "mismatched" && safeToRetry)
          expect(of("refund-failed").length > 0).toBe(hasFailed)
          expect(openOf("refund-failed")).toHaveLength(hasFailed && isOwed ? 1 : 0)
          // What is not over is on its way back, being found out, or a person's.
          if (isOpen) expect(owner).not.toBe("nobody")
          seen.open += isOpen ? 1 : 0
          seen.failed += hasFailed ? 1 : 0
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
      expect(seen.failed).toBeGreaterThan(0)
    }),
)
