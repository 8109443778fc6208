import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { readRefunded, readStatus } from "../../server/tosspay/answer.ts"
import { sort } from "../../server/tosspay/outcome.ts"
import { longestReason, refundReason } from "../../server/tosspay/refundReason.ts"

const fail = (errorCode: string) =>
  sort({
    _tag: "Reply",
    status: 200,
    body: JSON.stringify({ resultType: "FAIL", error: { errorCode, reason: "이유" } }),
  })._tag

describe("a refund's reason as TossPay takes it", () => {
  /** Written down from the reference a second time: Hangul, digits, latin letters, and _ - : . ^ @ ( ) [ ] # / ! % ? & */
  const allowed = /^[\u3131-\u314e\u314f-\u3163\uac00-\ud7a3A-Za-z0-9_\-:.^@()[\]#/!%?&]+$/

  const hangul = fc.string({ unit: fc.constantFrom(..."단순변심 환불 고객 요청ㅋㅋㅠ"), maxLength: 80 })
  const anyText = fc.oneof(
    hangul,
    fc.string({ unit: "binary", maxLength: 120 }),
    fc.string({ unit: "grapheme", maxLength: 120 }),
    fc.string({ maxLength: 120 }),
    hangul.map((text) => text.normalize("NFD")),
  )

  it("has 1 to 55 characters of its set, whatever it was made of, and no blank", () =>
    fc.assert(
      fc.property(anyText, (text) => {
        const reason = refundReason(text)
        expect(reason).toMatch(allowed)
        expect(reason.length).toBeGreaterThanOrEqual(1)
        expect(reason.length).toBeLessThanOrEqual(longestReason)
      }),
      { seed: inject("seed"), numRuns: 2_000 },
    ))

  it("is what was said, as long as that is allowed, and stays what it is", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."가힣ㄱㅣAz09_-:.^@()[]#/!%?&"), minLength: 1, maxLength: 55 }),
        anyText,
        (said, text) => {
          expect(refundReason(said)).toBe(said)
          expect(refundReason(refundReason(text))).toBe(refundReason(text))
        },
      ),
      { seed: inject("seed"), numRuns: 500 },
    ))

  it.each([
    ["단순 변심", "단순_변심"],
    ["  two \t blanks\n ", "two_blanks"],
    ["“inverted” commas; 100 %", "inverted_commas_100_%"],
    ["커피가 식었어요 ☕", "커피가_식었어요_"],
    ["단순 변심".normalize("NFD"), "단순_변심"],
    ["☕", "refund"],
    ["", "refund"],
    ["가".repeat(60), "가".repeat(55)],
  ])("makes %j to %s", (said, reason) => expect(refundReason(said)).toBe(reason))
})

describe("what TossPay answers to a refund", () => {
  const read = readRefunded("token-1")
  const whole = {
    payToken: "token-1",
    refundNo: "refund-1",
    transactionId: "transaction-2",
    approvalTime: "2026-01-01 09:05:00",
    refundedAmount: -9_000,
    refundedPaidAmount: -8_000,
    refundedDiscountAmount: -1_000,
  }

  it("is read, and a negative amount is the amount", () => {
    expect(read(whole)).toEqual({
      refundedAmount: 9_000,
      refundNo: "refund-1",
      transactionId: "transaction-2",
      refundedAt: "2026-01-01T00:05:00.000Z",
    })
    expect(read({ ...whole, refundedAmount: "9000" })).toMatchObject({ refundedAmount: 9_000 })
  })

  it("may leave the amount out, or say 0, which says nothing; then its parts tell", () => {
    for (const refundedAmount of [0, null, undefined]) {
      expect(read({ ...whole, refundedAmount })).toMatchObject({ refundedAmount: 9_000 })
      const none = { refundedAmount, refundedPaidAmount: 0, refundedDiscountAmount: null }
      expect(read({ ...whole, ...none })).toMatchObject({ refundedAmount: null })
    }
    expect(read({})).toEqual({ refundedAmount: null, refundNo: null, transactionId: null, refundedAt: null })
  })

  it("is no answer when it is about another payment, or is none at all", () => {
    expect(read({ ...whole, payToken: "token-2" })).toBeNull()
    for (const body of [null, "refunded", { ...whole, refundedAmount: "much" }]) expect(read(body)).toBeNull()
  })

  it.each([
    ["REFUND_ALREADY_REFUNDED", "Refused"],
    ["REFUND_REFUND_NO_DUPLICATE", "Refused"],
    ["COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS", "Unknown"],
    ["TRANSACTION_PENDING_ERROR", "Unknown"],
    ["REFUND_EXCEED_DAILY", "Postponed"],
    ["COMMON_ASSET_GET_ACCOUNT_ERROR", "Postponed"],
    ["COMMON_BREAK_TIME_OF_BANK", "Postponed"],
    ["COMMON_REFUND_ERROR", "Refused"],
    ["INACTIVE_USER", "Refused"],
    ["PAYMENT_SHOP_STATE_CANNOT_REFUND", "Refused"],
    ["PAY_UNAUTHORIZED", "Refused"],
    ["TRANSACTION_NOT_FOUND", "NotFound"],
  ])("%s leaves it %s", (code, outcome) => expect(fail(code)).toBe(outcome))
})

describe("what TossPay says of a payment that was given back", () => {
  const status = {
    mode: "TEST",
    payToken: "token-1",
    orderNo: "order-1",
    payStatus: "REFUND_SUCCESS",
    amount: 9_000,
    refundableAmount: 0,
    transactions: [
      { stepType: "PAY", transactionId: "a", regTs: "2026-01-01 09:00:00" },
      { stepType: "REFUND", transactionId: "b", transactionAmount: -4_500, regTs: "2026-01-01 09:04:00" },
      { stepType: "REFUND", transactionId: "b", transactionAmount: "4500", regTs: "2026-01-01 09:05:00" },
      { stepType: "PAY", transactionId: "c", regTs: "2026-01-01 09:06:00" },
      { stepType: "PAY", transactionId: "c", regTs: "2026-01-01 09:06:00" },
    ],
  }

  it("names the charge, when and how much was given back in all, and every charge that there was", () => {
    expect(readStatus(status)).toMatchObject({
      transactionId: "a",
      charges: ["a", "c"],
      refundedAt: "2026-01-01T00:05:00.000Z",
      refundableAmount: 0,
      refundedAmount: 9_000,
    })
    const silent = readStatus({ ...status, transactions: null })
    for (const name of ["charges", "refundedAmount"]) expect(silent).not.toHaveProperty(name)
  })
})
