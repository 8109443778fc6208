import { describe, expect, it } from "vitest"
import { type Checkout, decide, nextRefund, type PayStatus, plan } from "../../machines/index.ts"
import { after, anAnswer, payToken, startOfTime } from "../support/checkouts.ts"

const at = startOfTime
const asked = { type: "StatusAsked" } as const
const unanswered = [
  { type: "TokenMinted", payToken },
  { type: "AuthenticationSucceeded" },
  { type: "ExecutionStarted", attempt: 1 },
  { type: "OutcomeUnknown", attempt: 1, cause: "TIMEOUT" },
] as const
const report = (payStatus: PayStatus, over = {}) =>
  ({ type: "StatusReported", answer: anAnswer({ payStatus, ...over }) }) as const

const told = (checkout: Checkout, ...facts: ReadonlyArray<object>): Checkout =>
  facts.reduce<Checkout>((now, fact) => decide(now, { at, ...fact } as never).checkout, checkout)

describe.each([
  { what: "order number", other: { orderNo: "test-0002" } },
  { what: "payToken", other: { payToken: "another-token" } },
])("of an answer about another payment, by its $what,", ({ other }) => {
  it.each(["REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE"] as const)(
    "nothing is known to have gone back, however often it says %s",
    (payStatus) => {
      const gone = report(payStatus, { ...other, refundableAmount: 0 })
      const checkout = after(...unanswered, gone, asked, gone, asked, gone)
      expect(checkout.state).toBe("mismatched.charged")
      expect(told(checkout, report("PAY_COMPLETE")).state).toBe("mismatched.owed")
    },
  )

  it("nothing is final: what TossPay then says of ours can be given back", () => {
    const final = after(...unanswered, report("SETTLEMENT_COMPLETE", other))
    const owed = told(final, asked, report("PAY_COMPLETE"))
    expect(owed.state).toBe("mismatched.owed")
    expect(plan(owed, nextRefund(owed, at))).toMatchObject({ checkout: { state: "mismatched.refunding" } })
  })

  it("nothing of ours is over, also where no call is unanswered", () => {
    const refused = {
      type: "ExecutionRefused",
      attempt: 1,
      code: "CARD_EXCEED_LIMIT",
      message: null,
    } as const
    const open = after(...unanswered.slice(0, 3), refused, report("PAY_CANCEL", other))
    expect(open.state).toBe("mismatched.open")
    expect(told(open, asked, report("PAY_CANCEL", other)).state).toBe("mismatched.open")
    expect(told(open, asked, report("PAY_CANCEL")).state).toBe("mismatched.closed")
  })

  it("no second refund follows", () => {
    const charged = report("PAY_COMPLETE", other)
    const owed = after(...unanswered, charged)
    const lost = { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" }
    const aLeaseLater = told(owed, nextRefund(owed, at), lost, asked, asked, asked, asked)
    expect(aLeaseLater.state).toBe("mismatched.refunding")
    expect(told(aLeaseLater, charged).state).toBe("mismatched.refunding")
    expect(told(aLeaseLater, report("PAY_COMPLETE")).state).toBe("mismatched.owed")
  })
})

describe("a payment that the reply to our own call named otherwise", () => {
  const other = { orderNo: "test-0002", payToken: "another-token" }
  const owed = after(...unanswered.slice(0, 3), {
    ...{ type: "PaymentExecuted", attempt: 1, answer: anAnswer(other) },
  })

  it("is a mismatch, and given back when TossPay says so of it, by either name", () => {
    expect(owed.state).toBe("mismatched.owed")
    expect(told(owed, report("REFUND_SUCCESS", other)).state).toBe("mismatched.refunded")
    expect(told(owed, report("REFUND_SUCCESS")).state).toBe("mismatched.refunded")
    expect(told(owed, report("REFUND_SUCCESS", { orderNo: "test-0003" })).state).toBe("mismatched.owed")
  })
})

describe("a payment of which a part was given back before it was known here", () => {
  it.each(["REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE"] as const)("is paid (%s)", (payStatus) => {
    const part = report(payStatus, { refundableAmount: 8_000, refundedAmount: 1_000 })
    const checkout = after(...unanswered, part)
    expect(checkout).toMatchObject({ state: "settled.paid", context: { refundedAt: null } })
    const all = report(payStatus, { refundableAmount: 0, refundedAmount: 9_000 })
    expect(after(...unanswered, all).state).toBe("settled.refunded")
  })
})
