import { describe, expect, it } from "vitest"
import {
  executeAnswer,
  holdsReference,
  isMinted,
  isPaidFor,
  open,
  orderView,
  wasNeverMinted,
} from "../../machines/index.ts"
import { after, anAnswer, anOrder, payToken, startOfTime } from "../support/checkouts.ts"

const minted = { type: "TokenMinted", payToken } as const
const refusedToken = { type: "TokenRefused", code: "NO", message: null } as const
const executing = [
  minted,
  { type: "AuthenticationSucceeded" },
  { type: "ExecutionStarted", attempt: 1 },
] as const
const executed = (over: Parameters<typeof anAnswer>[0] = {}) =>
  ({ type: "PaymentExecuted", attempt: 1, answer: anAnswer(over) }) as const

describe("what people are told of a checkout", () => {
  it("holds the shop's reference where there is one", () => {
    const { checkout } = open("checkout-1", anOrder({ reference: "shop-7" }), startOfTime)
    expect(orderView(checkout).reference).toBe("shop-7")
    expect(orderView(after())).not.toHaveProperty("reference")
  })

  it("says when the money moved, and only of money that agrees", () => {
    const { paidAt } = anAnswer()
    const paid = after(...executing, executed())
    const differing = after(...executing, executed({ amount: 1, paidAmount: 1 }))
    expect(orderView(paid).approvedAt).toBe(paidAt)
    expect(executeAnswer(paid).approvedAt).toBe(paidAt)
    expect(orderView(differing)).not.toHaveProperty("approvedAt")
    expect(orderView(after(...executing))).not.toHaveProperty("approvedAt")
  })

  it("frees the key of a request only where nobody ever held a payToken and nothing can come of it", () => {
    const lapsed = after(minted, { type: "TokenExpired" }, { type: "StatusNotFound" })
    expect(wasNeverMinted(after())).toBe(false)
    expect(wasNeverMinted(after(refusedToken))).toBe(true)
    expect(isMinted(lapsed)).toBe(true)
    expect(wasNeverMinted(lapsed)).toBe(false)
  })

  it("keeps the shop's reference while a second payment under it might charge twice", () => {
    expect(holdsReference(after(...executing))).toBe(true)
    expect(holdsReference(after(refusedToken))).toBe(false)
    expect(isPaidFor(after(...executing, executed()))).toBe(true)
    expect(isPaidFor(after(...executing))).toBe(false)
  })

  it("says of a refund how much the bank took, not how much was agreed", () => {
    const took = anAnswer({ amount: 12_000, paidAmount: 12_000, payStatus: "REFUND_PROGRESS" })
    const owedBack = after(...executing, executed({ amount: 12_000, paidAmount: 12_000 }), {
      type: "StatusReported",
      answer: took,
    })
    expect(orderView(owedBack).refund).toEqual({ state: "refunding", amount: 12_000 })
    expect(orderView(after(...executing, executed())).refund).toBeNull()
  })
})
