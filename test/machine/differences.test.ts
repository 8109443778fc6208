import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import {
  type DifferenceKind,
  decide,
  differenceMeanings,
  differences,
  type PaymentAnswer,
  stateInfo,
  statusReported,
} from "../../machines/index.ts"
import {
  after,
  anAnswer,
  anOrder,
  anyHistory,
  aRefund,
  payToken,
  refundUnderWay,
  startOfTime,
} from "../support/checkouts.ts"

const id = anAnswer().transactionId ?? ""

const there = (payStatus: PaymentAnswer["payStatus"], over: Partial<PaymentAnswer> = {}) =>
  anAnswer({ payStatus, charges: [id], ...over })

const minted = [{ type: "TokenMinted", payToken }] as const
const calling = [
  ...minted,
  { type: "AuthenticationSucceeded" },
  { type: "ExecutionStarted", attempt: 1 },
] as const
const paying = [...calling, { type: "PaymentExecuted", attempt: 1, answer: anAnswer() }] as const
const refunding = [...paying, ...refundUnderWay] as const
const refunded = [...refunding, { type: "RefundConfirmed", attempt: 1, ...aRefund() }] as const

const open = after(...minted)
const unpaid = after(...calling)
const paid = after(...paying)
const givingBack = after(...refunding)
const givenBack = after(...refunded)

describe("our books and TossPay's", () => {
  it.each([
    ["an order that waits for its buyer", open, there("PAY_STANDBY")],
    ["an order that TossPay has not heard of", open, null],
    ["an execution under way", unpaid, there("PAY_PROGRESS")],
    ["a paid order", paid, there("PAY_COMPLETE")],
    ["a paid order that TossPay has settled with the shop", paid, there("SETTLEMENT_COMPLETE")],
    ["a refund of ours that TossPay has not begun", givingBack, there("PAY_COMPLETE")],
    ["a refund of ours under way", givingBack, there("REFUND_PROGRESS")],
    ["a refund", givenBack, there("REFUND_SUCCESS", { refundableAmount: 0 })],
    ["a refund that TossPay has confirmed and is still at", givenBack, there("REFUND_PROGRESS")],
    ["a refund that TossPay has settled with the shop", givenBack, there("SETTLEMENT_REFUND_COMPLETE")],
  ] as const)("agree on %s", (_, checkout, answer) => {
    expect(differences(checkout, answer)).toEqual([])
  })

  it.each([
    ["paid-there-only", open, there("PAY_COMPLETE")],
    ["paid-there-only", unpaid, there("SETTLEMENT_COMPLETE")],
    ["paid-here-only", paid, there("PAY_CANCEL")],
    ["paid-here-only", paid, null],
    ["answer-differs", paid, there("PAY_COMPLETE", { amount: 9_001, paidAmount: 9_001 })],
    ["answer-differs", paid, there("PAY_COMPLETE", { mode: "LIVE" })],
    ["other-transaction", paid, there("PAY_COMPLETE", { charges: ["another"] })],
    ["charged-again", paid, there("PAY_COMPLETE", { charges: [id, "another"] })],
    ["refunded-again", givenBack, there("REFUND_SUCCESS", { refundableAmount: 0, refundedAmount: 18_000 })],
    ["charged-again", givenBack, there("REFUND_SUCCESS", { charges: [id, "another"] })],
    ["refunded-there-only", paid, there("REFUND_SUCCESS", { refundableAmount: 0 })],
    ["refunded-there-only", paid, there("REFUND_PROGRESS")],
    ["refunded-there-only", givingBack, there("REFUND_SUCCESS")],
    ["refunded-in-part", paid, there("REFUND_SUCCESS", { refundableAmount: 4_500 })],
    ["refunded-in-part", givenBack, there("REFUND_SUCCESS", { refundableAmount: 4_500 })],
    ["refunded-here-only", givenBack, there("PAY_COMPLETE")],
  ] as const satisfies ReadonlyArray<readonly [DifferenceKind, ...ReadonlyArray<unknown>]>)(
    "differ: %s",
    (kind, checkout, answer) => {
      expect(differences(checkout, answer).map((one) => one.kind)).toEqual([kind])
      expect(Object.keys(differenceMeanings)).toContain(kind)
    },
  )

  it("agree about the money once the machine has taken an honest word of TossPay's, whatever happened before", () =>
    fc.assert(
      fc.property(
        anyHistory,
        fc.constantFrom("PAY_COMPLETE" as const, "REFUND_SUCCESS" as const),
        (history, payStatus) => {
          const answer = there(payStatus, { refundableAmount: payStatus === "PAY_COMPLETE" ? 9_000 : 0 })
          let checkout = after()
          for (const fact of history) checkout = decide(checkout, fact).checkout
          if (checkout.context.payToken === null) return
          for (let times = 0; times < 2; times += 1) {
            checkout = decide(checkout, statusReported(checkout, startOfTime, answer)).checkout
          }
          const kinds = differences(checkout, answer).map(({ kind }) => kind)
          // What our books already say went back is not taken back by an answer; everything else is healed.
          expect(kinds).toEqual(
            stateInfo(checkout.state).refund === "refunded" && payStatus === "PAY_COMPLETE"
              ? ["refunded-here-only"]
              : [],
          )
        },
      ),
      { numRuns: 500, seed: inject("seed") },
    ))

  it("name both sides of what the order says otherwise", () => {
    expect(anOrder().amount).toBe(9_000)
    expect(differences(paid, there("PAY_COMPLETE", { amount: 9_001, paidAmount: 9_001 }))).toEqual([
      { kind: "answer-differs", ours: "amount 9000", theirs: "amount 9001" },
    ])
    expect(differences(paid, there("PAY_COMPLETE", { amount: 9_001, paidAmount: 9_000 }))).toContainEqual({
      kind: "answer-differs",
      ours: "amount 9000",
      theirs: "paidAndDiscounted 9000 of amount 9001",
    })
  })
})
