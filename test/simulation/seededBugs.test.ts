/** Checks that can fail: each of these mistakes, built into the server, is caught by a law of the simulation. */

import { Effect, References } from "effect"
import { describe, expect, it } from "vitest"
import type { PaymentAnswer } from "../../machines/index.ts"
import type { StatusOutcome } from "../../server/tosspay/tosspay.ts"
import type { Bug } from "../support/world.ts"
import { live } from "./life.ts"

const change = (
  outcome: StatusOutcome,
  over: (answer: PaymentAnswer) => Partial<PaymentAnswer>,
): StatusOutcome =>
  outcome._tag === "Answered"
    ? { ...outcome, answer: { ...outcome.answer, ...over(outcome.answer) } }
    : outcome

const bugs: Readonly<Record<string, { readonly bug: Bug; readonly law: RegExp }>> = {
  "a timeout counts as a refusal, and a refusal is believed": {
    law: /charged means recorded|at most one charge|recorded means charged/,
    bug: {
      bank: (bank) => ({
        ...bank,
        execute: (...args) =>
          Effect.map(bank.execute(...args), (outcome) =>
            outcome._tag === "Unknown" ? { _tag: "Refused", code: "TIMEOUT", message: null } : outcome,
          ),
        status: (...args) =>
          Effect.map(bank.status(...args), (outcome) => change(outcome, () => ({ payStatus: "PAY_CANCEL" }))),
      }),
    },
  },
  "PAY_APPROVED counts as paid": {
    law: /recorded means charged/,
    bug: {
      bank: (bank) => ({
        ...bank,
        status: (...args) =>
          Effect.map(bank.status(...args), (outcome) =>
            change(outcome, (answer) =>
              answer.payStatus === "PAY_APPROVED"
                ? { payStatus: "PAY_COMPLETE", paidAmount: answer.amount, discountedAmount: 0 }
                : {},
            ),
          ),
      }),
    },
  },
  "execute is repeated blindly when its reply is lost": {
    law: /at most one charge/,
    bug: {
      bank: (bank) => ({
        ...bank,
        execute: (...args) =>
          Effect.flatMap(bank.execute(...args), (outcome) =>
            outcome._tag === "Unknown" ? bank.execute(...args) : Effect.succeed(outcome),
          ),
      }),
    },
  },
  "a claim is not checked against the version": {
    law: /at most one charge|gapless|continuous|chained|fold/,
    bug: {
      log: (log) => ({
        ...log,
        append: (append) =>
          Effect.flatMap(
            log.find({ by: "checkoutId", value: append.recorded.checkout.checkoutId }),
            (found) => log.append({ ...append, expectedVersion: found?.checkout.version ?? 0 }),
          ),
      }),
    },
  },
  "the answer is given before the row is on disk": {
    law: /charged means recorded|convergence|recorded means charged|at most one charge/,
    bug: {
      log: (log) => ({
        ...log,
        // The row is lost, as it would be when the process dies right after the answer.
        append: (append) => (append.expectedVersion < 3 ? log.append(append) : Effect.void),
      }),
    },
  },
}

const mostSeeds = 3_000

describe("a seeded bug is caught by a law", () => {
  it.each(Object.keys(bugs))("%s", async (name) => {
    const { bug, law } = bugs[name] as (typeof bugs)[string]
    for (let seed = 1; seed <= mostSeeds; seed += 1) {
      const { wrong } = await Effect.runPromise(
        live(seed, bug).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
      )
      if (wrong.length === 0) continue
      expect(wrong.join("\n")).toMatch(law)
      process.stdout.write(`caught with seed ${seed}: ${name}: ${wrong[0]}\n`)
      return
    }
    expect.fail(`no law caught it in ${mostSeeds} lives`)
  })
})
