import { Effect, References } from "effect"
import { describe, expect, inject, it } from "vitest"
import { table } from "../../machines/index.ts"
import { approvalOf } from "../support/checkouts.ts"
import type { Bug } from "../support/world.ts"
import { nameOf, run } from "./cell.ts"
import { deaths } from "./deaths.ts"
import { matrix } from "./matrix.ts"

/** `npm run matrix` runs all of them. */
const part = 53

const cells = matrix()

const wrongIn = async (first: number, bug: Bug = {}): Promise<ReadonlyArray<string>> => {
  const wrong: Array<string> = []
  for (const cell of cells.filter((_, index) => index % part === first % part)) {
    const laws = await Effect.runPromise(
      run(cell, bug).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
    )
    wrong.push(...laws.map((law) => `${nameOf(cell)}: ${law}`))
  }
  return wrong
}

describe("the crash matrix", () => {
  it("has a death after every move of the machine that an honest bank can lead to", () => {
    const died = new Set(deaths().map((death) => death.name))
    const missing = table.filter((row) => !died.has(`${row.from ?? "-"} ${row.fact} ${row.to}`))
    // A bank that denies a payment it made, answers a call that nobody sent, takes back an authentication, or names
    // a payToken that we do not hold and agrees with the order nevertheless. No bank leads to what version 1 wrote.
    const dishonest = new Set(["StatusNotFound", "PaymentExecuted"])
    expect(
      missing
        .filter((row) => !dishonest.has(row.fact))
        .map((row) => `${row.from} ${row.fact} ${row.to}`)
        .sort(),
    ).toEqual([
      "authenticated.confirmed StatusReported minted.ready",
      "executing.calling StatusReported mismatched.closed",
      "minted.requesting StatusReported settled.paid",
      "minted.requesting StatusReported settled.refunded",
      "minted.requesting StatusReported settled.refunding",
      "mismatched.charged RefundStarted mismatched.refunding",
      "mismatched.refunding RefundRefused mismatched.charged",
      "settled.paid RefundStarted settled.refunding",
      "settled.refunding RefundRefused settled.paid",
    ])
    expect(died.size).toBeGreaterThan(200)
  })

  it("ends well in every cell: at most one charge, all of it recorded, and nothing left open", async () => {
    expect(await wrongIn(inject("seed")), `SEED=${inject("seed")}`).toEqual([])
  }, 60_000)

  it("can fail: a recovery that executes without asking is caught", async () => {
    const blind: Bug = {
      bank: (bank) => ({
        ...bank,
        status: (order, payToken) =>
          Effect.succeed({ _tag: "Answered", answer: approvalOf(order, payToken ?? "") }),
      }),
    }
    expect((await wrongIn(0, blind)).join("\n")).toMatch(/at most one charge/)
  }, 60_000)
})
