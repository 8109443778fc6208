import { describe, expect, it } from "vitest"
import { readExecuted, readStatus } from "../../server/tosspay/answer.ts"

const status = {
  mode: "LIVE",
  orderNo: "live-1",
  payToken: "T",
  payStatus: "REFUND_SUCCESS",
  amount: 9000,
  paidAmount: 8000,
  discountedAmount: 1000,
  refundableAmount: 0,
  payMethod: "CARD",
  paidTs: "2026-01-01 09:00:00",
  card: { cardCompanyName: "신한", cardNumber: "1234-****-****-5678" },
  transactions: [
    { stepType: "AUTH", transactionId: "t-0", regTs: "2026-01-01 08:59:00" },
    { stepType: "PAY", transactionId: "t-1", regTs: "2026-01-01 09:00:00" },
    { stepType: "REFUND", transactionId: "t-2", regTs: "2026-01-02 09:00:00" },
    { stepType: "REFUND", transactionId: "t-3", regTs: "2026-01-03 09:00:00" },
  ],
}

const bare = { mode: "TEST", orderNo: "test-1", payToken: "T", amount: 9000 }

describe("TossPay's answer to the question for the status", () => {
  it("becomes evidence: what was paid, how, when, and what went back", () => {
    expect(readStatus(status)).toEqual({
      source: "get-payment-status",
      payStatus: "REFUND_SUCCESS",
      mode: "LIVE",
      orderNo: "live-1",
      payToken: "T",
      amount: 9000,
      paidAmount: 8000,
      discountedAmount: 1000,
      transactionId: "t-1",
      method: "CARD",
      instrument: "신한 1234-****-****-5678",
      paidAt: "2026-01-01T00:00:00.000Z",
      charges: ["t-1"],
      refundableAmount: 0,
      refundedAt: "2026-01-03T00:00:00.000Z",
    })
  })

  it.each([undefined, null])("says nothing of what it does not name, or names as %s", (nothing) => {
    const optional = ["paidAmount", "discountedAmount", "refundableAmount", "payMethod", "paidTs", "card"]
    const more = Object.fromEntries(
      [...optional, "transactions", "accountNumber"].map((key) => [key, nothing]),
    )
    expect(readStatus({ ...bare, payStatus: "PAY_STANDBY", ...more })).toEqual({
      source: "get-payment-status",
      payStatus: "PAY_STANDBY",
      ...bare,
      paidAmount: null,
      discountedAmount: null,
      transactionId: null,
      method: null,
      instrument: null,
      paidAt: null,
      refundableAmount: null,
      refundedAt: null,
    })
  })

  it("without a payment or a refund among its transactions has neither id nor time of one", () => {
    const transactions = [{ stepType: "AUTH", transactionId: "t-0", regTs: "2026-01-01 08:59:00" }]
    const read = readStatus({ ...status, transactions })
    expect([read?.transactionId, read?.refundedAt]).toEqual([null, null])
  })
})

describe("the instrument", () => {
  const instrumentOf = (over: object) => readExecuted({ ...bare, ...over })?.instrument

  it.each<[object, string | null]>([
    [{ cardCompanyName: "신한", cardNumber: "12**" }, "신한 12**"],
    [{ accountBankName: "토스뱅크", accountNumber: "10**" }, "토스뱅크 10**"],
    [{ cardNumber: 1234567812345678, accountBankName: "토스뱅크", accountNumber: "10**" }, "****5678"],
    [{ cardCompanyName: "신한", cardNumber: null, accountNumber: "10**" }, "10**"],
    [{ cardCompanyName: "신한" }, null],
    [{}, null],
  ])("of %j is %s", (over, expected) => {
    expect(instrumentOf(over)).toBe(expected)
    if (!("accountNumber" in over)) {
      expect(readStatus({ ...bare, payStatus: "PAY_COMPLETE", card: over })?.instrument).toBe(expected)
    }
  })

  it("goes on record within bounds, and as text that can be stored", () => {
    expect(instrumentOf({ cardNumber: `*\u0000\ud800${"9".repeat(300)}` })).toBe(`*\ufffd${"9".repeat(198)}`)
  })
})

describe("amounts", () => {
  it.each([
    ["9000", 9000],
    ["-9000", 9000],
    [-9000, 9000],
    [0, 0],
  ])("may be written as %j", (paidAmount, expected) => {
    expect(readExecuted({ ...bare, paidAmount })?.paidAmount).toBe(expected)
  })

  it.each(["", "9000 ", "9.5", "1e3", "x9000", "-", 9.5, "1".repeat(16), true])("cannot be %j", (amount) => {
    expect(readExecuted({ ...bare, amount })).toBeNull()
    expect(readExecuted({ ...bare, paidAmount: amount })).toBeNull()
  })
})
