/** Checks that can fail: each of these mistakes, built into the server, is caught by a law of the simulation. */

import { Clock, Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Order, PaymentAnswer } from "../../machines/index.ts"
import type { StatusOutcome } from "../../server/tosspay/tosspay.ts"
import { approvalOf } from "../support/checkouts.ts"
import { type Bug, skewed } from "../support/world.ts"
import { live } from "./life.ts"

const change = <Outcome extends StatusOutcome>(
  outcome: Outcome,
  over: (answer: PaymentAnswer) => Partial<PaymentAnswer>,
): Outcome =>
  outcome._tag === "Answered"
    ? { ...outcome, answer: { ...outcome.answer, ...over(outcome.answer) } }
    : outcome

const nothingSaid = { refundedAmount: null, refundNo: null, transactionId: null, refundedAt: null }

const anHourAhead = (clock: Clock.Clock) => skewed(clock, 3_600_000)

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
  "the amount is not compared": {
    law: /recorded means charged/,
    bug: {
      bank: (bank) => {
        const agreeable = ({ amount }: Order) => ({ amount, paidAmount: amount, discountedAmount: 0 })
        return {
          ...bank,
          execute: (order, ...rest) =>
            Effect.map(bank.execute(order, ...rest), (outcome) => change(outcome, () => agreeable(order))),
          status: (order, ...rest) =>
            Effect.map(bank.status(order, ...rest), (outcome) => change(outcome, () => agreeable(order))),
        }
      },
    },
  },
  "the mode is not compared": {
    law: /recorded means charged/,
    bug: {
      bank: (bank) => ({
        ...bank,
        make: (order, userKey) => bank.make({ ...order, mode: "LIVE" }, userKey),
        execute: (order, ...rest) =>
          Effect.map(bank.execute({ ...order, mode: "LIVE" }, ...rest), (outcome) =>
            change(outcome, () => ({ mode: order.mode })),
          ),
        status: (order, ...rest) =>
          Effect.map(bank.status({ ...order, mode: "LIVE" }, ...rest), (outcome) =>
            change(outcome, () => ({ mode: order.mode })),
          ),
      }),
    },
  },
  "a lease is judged by a clock of one's own, which is an hour ahead": {
    law: /at most one charge/,
    bug: {
      log: (log) => ({
        ...log,
        takeDue: (taking) => Effect.updateService(log.takeDue(taking), Clock.Clock, anHourAhead),
        takeIfDue: (...args) => Effect.updateService(log.takeIfDue(...args), Clock.Clock, anHourAhead),
      }),
    },
  },
  "recovery executes without asking": {
    law: /at most one charge/,
    bug: {
      bank: (bank) => ({
        ...bank,
        status: (order, payToken) =>
          Effect.succeed({ _tag: "Answered", answer: approvalOf(order, payToken ?? "") }),
      }),
    },
  },
  "an idempotency key is not claimed": {
    law: /same request, same answer/,
    bug: { log: (log) => ({ ...log, append: (append) => log.append({ ...append, claims: [] }) }) },
  },
  "a refund is repeated blindly when its reply is lost": {
    law: /at most one refund/,
    bug: {
      bank: (bank) => ({
        ...bank,
        refund: (...args) =>
          Effect.flatMap(bank.refund(...args), (outcome) =>
            outcome._tag === "Unknown" ? bank.refund(...args) : Effect.succeed(outcome),
          ),
      }),
    },
  },
  "a lost reply to a refund counts as given back": {
    law: /recorded means refunded/,
    bug: {
      bank: (bank) => ({
        ...bank,
        refund: (...args) =>
          Effect.map(bank.refund(...args), (outcome) =>
            outcome._tag === "Unknown" ? { _tag: "Answered", answer: nothingSaid } : outcome,
          ),
      }),
    },
  },
  "nobody asks whether a refund was made": {
    law: /at most one refund|refunded means recorded/,
    bug: {
      bank: (bank) => ({
        ...bank,
        status: (...args) =>
          Effect.map(bank.status(...args), (outcome) =>
            change(outcome, ({ payStatus, amount }) =>
              payStatus === "REFUND_SUCCESS" || payStatus === "REFUND_PROGRESS"
                ? { payStatus: "PAY_COMPLETE", refundableAmount: amount }
                : {},
            ),
          ),
      }),
    },
  },
  "a refund is called for without a claim": {
    law: /refunded means asked for|at most one refund/,
    bug: {
      log: (log) => ({
        ...log,
        append: (append) => (append.rows.at(-1)?.type === "RefundStarted" ? Effect.void : log.append(append)),
      }),
    },
  },
  "timers are forgotten": {
    law: /convergence/,
    bug: { log: (log) => ({ ...log, append: (append) => log.append({ ...append, dueAfterMs: null }) }) },
  },
}

const mostSeeds = 3_000

describe("a seeded bug is caught by a law", () => {
  it.each(Object.keys(bugs))("%s", (name) => {
    const { bug, law } = bugs[name] as (typeof bugs)[string]
    for (let seed = 1; seed <= mostSeeds; seed += 1) {
      const { wrong } = live(seed, bug, {
        refunds: /refund/.test(law.source) ? 1 : 0,
        lasting: 0,
        standing: 0,
      })
      // Others may notice it as well; this law has to.
      const caught = wrong.find((one) => law.test(one))
      if (caught === undefined) continue
      process.stdout.write(`caught with seed ${seed}: ${name}: ${caught}\n`)
      return
    }
    expect.fail(`no law caught it in ${mostSeeds} lives`)
  })
})
