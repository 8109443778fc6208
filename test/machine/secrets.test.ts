import { describe, expect, it } from "vitest"
import {
  examine,
  type Mode,
  type PaymentAnswer,
  type RefundAnswer,
  removed,
  withoutSecrets,
  won,
} from "../../machines/index.ts"

/** Every field of an answer, so that one that is added has to be thought of here. */
const answer: Required<PaymentAnswer> = {
  source: "get-payment-status",
  payStatus: "PAY_COMPLETE",
  mode: "TEST",
  orderNo: "order-1",
  payToken: "PT-secret",
  amount: 4500,
  paidAmount: 4500,
  discountedAmount: 0,
  transactionId: "TX-secret",
  method: "CARD",
  instrument: "1234-****-secret",
  paidAt: null,
  refundableAmount: 4500,
  refundedAmount: 0,
  refundedAt: null,
  charges: ["TX-secret"],
}

const refund: RefundAnswer = {
  refundedAmount: 4500,
  refundNo: "RF-secret",
  transactionId: "TX-secret",
  refundedAt: null,
}

describe("what leaves for an inspector", () => {
  it("holds no user key, no payToken and no instrument, at whatever depth", () => {
    const seen = withoutSecrets({
      order: { orderId: "order-1", payer: "fingerprint-secret" },
      userKey: "user-secret",
      tossUserKey: "user-secret",
      payToken: "PT-secret",
      payments: [answer],
      refund,
    })
    expect(JSON.stringify(seen)).not.toContain("secret")
    expect(seen.payments).toEqual([
      { ...answer, payToken: removed, transactionId: removed, instrument: removed, charges: removed },
    ])
    expect(seen.refund).toEqual({ ...refund, refundNo: removed, transactionId: removed })
    expect(seen.order).toEqual({ orderId: "order-1", payer: removed })
  })

  it("keeps neither side of a comparison of tokens, and both sides of every other one", () => {
    const order = { orderId: "order-1", amount: won(4500), mode: "TEST" as Mode }
    const checks = examine(order, "PT-secret", answer)
    const seen = withoutSecrets(checks)
    expect(seen).toEqual(
      checks.map((check) =>
        check.field === "payToken" ? { ...check, ours: removed, theirs: removed } : check,
      ),
    )
  })

  it("still says where there was nothing", () => {
    expect(withoutSecrets({ payToken: null, payment: null, reason: undefined })).toEqual({
      payToken: null,
      payment: null,
      reason: undefined,
    })
  })

  it("is a copy: what it was made from is as it was", () => {
    const context = { payToken: "PT-secret" }
    withoutSecrets(context)
    expect(context).toEqual({ payToken: "PT-secret" })
  })
})
