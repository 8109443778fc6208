import { Effect, Layer, ManagedRuntime, References } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { approvalOf } from "../support/checkouts.ts"
import { type Bug, makeProcess, shared } from "../support/world.ts"
import { anyCommands, type Real } from "./commands.ts"
import { noModel } from "./model.ts"

const seed = inject("seed")

const world = Layer.fresh(
  Layer.mergeAll(shared, TestClock.layer(), Layer.succeed(References.MinimumLogLevel, "None")),
)

/** Runs any commands on a world of their own, held against the model at every step. */
const property = (bug: Bug = {}) =>
  fc.asyncProperty(anyCommands, async (commands) => {
    const runtime = ManagedRuntime.make(world)
    try {
      const process = await runtime.runPromise(makeProcess({ bug }))
      const real: Real = { process, run: (effect) => runtime.runPromise(effect) }
      await fc.asyncModelRun(() => ({ model: noModel(), real }), commands)
    } finally {
      await runtime.dispose()
    }
  })

describe("whatever is done to a checkout, in whichever order", () => {
  it(
    "the server says and does only what the model permits",
    () => fc.assert(property(), { seed, numRuns: 1_000 }),
    60_000,
  )

  it("the model can tell: a server that believes in a charge it never made is caught", async () => {
    const details = await fc.check(
      property({
        bank: (bank) => ({
          ...bank,
          execute: (order, payToken) => {
            const { amount } = order
            const paid = { payStatus: null, paidAmount: amount, discountedAmount: 0 }
            return Effect.succeed({ _tag: "Answered", answer: { ...approvalOf(order, payToken), ...paid } })
          },
        }),
      }),
      { seed, numRuns: 3_000, endOnFailure: true },
    )
    expect(String(details.errorInstance)).toContain("told paid, and the bank has no charge")
  }, 60_000)

  it("the model can tell: a server that believes in a refund it never made is caught", async () => {
    const answer = { refundedAmount: null, refundNo: null, transactionId: null, refundedAt: null }
    const details = await fc.check(
      property({ bank: (bank) => ({ ...bank, refund: () => Effect.succeed({ _tag: "Answered", answer }) }) }),
      { seed, numRuns: 3_000, endOnFailure: true },
    )
    expect(String(details.errorInstance)).toContain("told refunded, and the bank made 0")
  }, 60_000)
})
