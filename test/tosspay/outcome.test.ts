import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readExecuted, readMade, readStatus, timeOf } from "../../server/tosspay/answer.ts"
import { tossPayOver } from "../../server/tosspay/client.ts"
import { sort, type Wire } from "../../server/tosspay/outcome.ts"
import { anOrder, orderId } from "../support/checkouts.ts"

const reply = (status: number, body: unknown): Wire => ({
  _tag: "Reply",
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
})

const fail = (errorCode: unknown, reason: unknown = "이유") => ({
  resultType: "FAIL",
  error: { errorType: 0, errorCode, reason, data: {}, title: "" },
})

describe("every outcome of a call is definite, unknown, or to be tried later", () => {
  it.each<[string, Wire, string]>([
    ["a success", reply(200, { resultType: "SUCCESS", success: { payToken: "T" } }), "Success"],
    [
      "a success whose inner code failed",
      reply(200, { resultType: "SUCCESS", success: { code: -1, errorCode: "CARD_EXCEED_LIMIT" } }),
      "Refused",
    ],
    [
      "a success whose inner code failed without a code",
      reply(200, { resultType: "SUCCESS", success: { code: -1 } }),
      "Refused",
    ],
    [
      "a success whose inner code is well, with an error code",
      reply(200, { resultType: "SUCCESS", success: { code: 0, errorCode: "CARD_EXCEED_LIMIT" } }),
      "Refused",
    ],
    [
      "a success with an error code and no inner code",
      reply(200, { resultType: "SUCCESS", success: { errorCode: "CARD_EXCEED_LIMIT" } }),
      "Refused",
    ],
    ["a success without a body", reply(200, { resultType: "SUCCESS" }), "Unknown"],
    ["a refusal with HTTP 200", reply(200, fail("COMMON_NOT_ENOUGH_CASH")), "Refused"],
    ["a refusal with HTTP 400", reply(400, fail("COMMON_NOT_ENOUGH_CASH")), "Refused"],
    ["a refusal with a number for a code", reply(200, fail(4010)), "Refused"],
    ["a refusal without a code", reply(200, fail(null)), "Unknown"],
    ["a refusal without an error", reply(200, { resultType: "FAIL" }), "Unknown"],
    ["a refusal behind a 5xx", reply(502, fail("COMMON_NOT_ENOUGH_CASH")), "Unknown"],
    ["a payment that exists already", reply(200, fail("PAYMENT_EXISTING_PAYMENT")), "Unknown"],
    ["TossPay's own timeout", reply(200, fail("COMMON_TIMEOUT")), "Unknown"],
    ["bank maintenance", reply(200, fail("COMMON_BREAK_TIME_OF_BANK")), "Postponed"],
    ["a throttled call", reply(429, ""), "Postponed"],
    ["a throttled call by code", reply(200, fail("COMMON_THROTTLED")), "Postponed"],
    ["HTTP_TIMEOUT", reply(200, { resultType: "HTTP_TIMEOUT" }), "Unknown"],
    ["NETWORK_ERROR", reply(200, { resultType: "NETWORK_ERROR" }), "Unknown"],
    ["EXECUTION_FAIL", reply(200, { resultType: "EXECUTION_FAIL", error: { errorCode: "X" } }), "Unknown"],
    ["INTERRUPTED", reply(200, { resultType: "INTERRUPTED" }), "Unknown"],
    ["INTERNAL_ERROR", reply(500, { resultType: "INTERNAL_ERROR" }), "Unknown"],
    ["a result type that nobody knows", reply(200, { resultType: "MAYBE" }), "Unknown"],
    ["a timeout", { _tag: "Lost", cause: "TIMEOUT" }, "Unknown"],
    ["a lost connection", { _tag: "Lost", cause: "CONNECTION_LOST" }, "Unknown"],
    ["no connection at all", { _tag: "NotSent" }, "Postponed"],
    ["a 503", reply(503, "Service Unavailable"), "Unknown"],
    ["HTML", reply(200, "<html>"), "Unknown"],
    ["nothing", reply(200, ""), "Unknown"],
    ["a 404 with an envelope", reply(404, fail("TRANSACTION_NOT_FOUND")), "NotFound"],
    [
      "a 404 without one, which a gateway may say of a call that it passes on",
      reply(404, "not found"),
      "Unknown",
    ],
    ["a 404 with a code that leaves it open", reply(404, fail("COMMON_TIMEOUT")), "Unknown"],
    ["a 404 without a code", reply(404, fail("")), "Unknown"],
  ])("%s", (_, wire, expected) => {
    expect(sort(wire)._tag).toBe(expected)
  })

  it.each([300, 302, 404, 500, 502, 503])("a success with HTTP %d proves nothing", (status) => {
    const body = { resultType: "SUCCESS", success: { ...executed, code: 0 } }
    expect(sort(reply(status, body))).toEqual({ _tag: "Unknown", cause: "SERVER_ERROR" })
  })

  it.each([500, 502])(
    "a no with HTTP %d is no no, with whatever code, and a body of another kind neither",
    (status) => {
      const broken = { _tag: "Unknown", cause: "SERVER_ERROR" }
      for (const code of ["CARD_EXCEED_LIMIT", "PAYMENT_NOT_FOUND", "COMMON_BREAK_TIME_OF_BANK"]) {
        expect(sort(reply(status, fail(code)))).toEqual(broken)
      }
      expect(sort(reply(status, "nothing that we know"))).toEqual(broken)
    },
  )

  it.each([
    "COMMON_BREAK_TIME_OF_BANK",
    "COMMON_THROTTLED",
    "CARD_SYSTEM_ERROR",
    "CARD_BANK_SYSTEM_ERROR",
    "PAY_FRAUD_DETECTED",
    "REFUND_EXCEED_DAILY",
    "COMMON_ASSET_GET_ACCOUNT_ERROR",
  ])("after %s nothing happened, and the same call may work later", (code) => {
    expect(sort(reply(200, fail(code)))).toEqual({ _tag: "Postponed", code, message: "이유" })
  })

  it.each([
    "COMMON_TIMEOUT",
    "COMMON_SYSTEM_ERROR",
    "TRANSACTION_PENDING_ERROR",
    "COMMON_PAY_ERROR",
    "BNPL_IN_PROGRESS_REQUEST",
    "PAYMENT_EXISTING_PAYMENT",
    "PAYMENT_DUPLICATION_ORDER_NO",
    "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS",
    "BNPL_ALREADY_COMPLETED_REQUEST",
  ])("after %s only the status tells, whether the envelope says it or what is in it", (code) => {
    const open = { _tag: "Unknown", cause: "NO_RESULT", code }
    expect(sort(reply(200, fail(code)))).toEqual(open)
    expect(sort(reply(200, { resultType: "SUCCESS", success: { code: -1, errorCode: code } }))).toEqual(open)
  })

  it.each(["TRANSACTION_NOT_FOUND", "PAYMENT_NOT_FOUND"])(
    "%s says that there is no such payment, with whatever HTTP status",
    (code) => {
      for (const status of [200, 400, 404]) expect(sort(reply(status, fail(code)))._tag).toBe("NotFound")
    },
  )

  it("keeps the code and TossPay's own words", () => {
    expect(sort(reply(200, fail("CARD_EXCEED_LIMIT", "한도를 넘었어요")))).toEqual({
      _tag: "Refused",
      code: "CARD_EXCEED_LIMIT",
      message: "한도를 넘었어요",
    })
  })

  it("keeps what TossPay said where that leaves it open", () => {
    const open = { _tag: "Unknown", cause: "NO_RESULT" }
    expect(sort(reply(200, fail("COMMON_TIMEOUT")))).toEqual({ ...open, code: "COMMON_TIMEOUT" })
    expect(sort(reply(200, { resultType: "INTERRUPTED" }))).toEqual({ ...open, code: "INTERRUPTED" })
    expect(sort(reply(200, fail(null)))).toEqual(open)
  })

  it("never throws and never makes a success of something else, whatever comes back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
        const sorted = sort(reply(status, body))
        if (sorted._tag === "Success") expect(JSON.parse(body).resultType).toBe("SUCCESS")
      }),
    )
  })
})

const executed = {
  code: 0,
  mode: "TEST",
  orderNo: "test-1",
  payToken: "T",
  amount: 9000,
  paidAmount: 8000,
  discountedAmount: 1000,
  payMethod: "CARD",
  transactionId: "6c1f",
  approvalTime: "2026-01-01 09:00:00",
  cardCompanyCode: "1",
  cardCompanyName: "신한",
  cardNumber: "1234-****-****-5678",
  accountNumber: null,
  somethingNew: { nested: true },
}

describe("TossPay's answers", () => {
  it("of execute become evidence, with the time in Korea and the masked instrument", () => {
    expect(readExecuted(executed)).toEqual({
      source: "execute-payment",
      payStatus: null,
      mode: "TEST",
      orderNo: "test-1",
      payToken: "T",
      amount: 9000,
      paidAmount: 8000,
      discountedAmount: 1000,
      transactionId: "6c1f",
      method: "CARD",
      instrument: "신한 1234-****-****-5678",
      paidAt: "2026-01-01T00:00:00.000Z",
    })
  })

  it("are read with amounts as text and with either sign", () => {
    const read = readExecuted({ ...executed, amount: "9000", paidAmount: -8000 })
    expect(read?.amount).toBe(9000)
    expect(read?.paidAmount).toBe(8000)
  })

  it.each(["mode", "orderNo", "payToken", "amount"])("without %s are no evidence", (field) => {
    expect(readExecuted({ ...executed, [field]: undefined })).toBeNull()
    expect(readStatus({ ...executed, payStatus: "PAY_COMPLETE", [field]: undefined })).toBeNull()
  })

  it("with a status that is not on the list are no evidence", () => {
    expect(readStatus({ ...executed, payStatus: "DONE" })).toBeNull()
    expect(readStatus({ ...executed, payStatus: "PAY_COMPLETE" })?.payStatus).toBe("PAY_COMPLETE")
  })

  it("never bring an unmasked number into the log", () => {
    const read = readExecuted({ ...executed, cardNumber: "1234567812345678" })
    expect(read?.instrument).toBe("신한 ****5678")
  })

  it("to make hold a token of printable characters", () => {
    expect(readMade({ payToken: "O1NZck9XME8ureeVJVJP67" })).toBe("O1NZck9XME8ureeVJVJP67")
    expect(readMade({ payToken: "" })).toBeNull()
    expect(readMade({ payToken: "a b" })).toBeNull()
    expect(readMade({})).toBeNull()
  })

  it.each([
    ["2025-04-07 13:12:05", "2025-04-07T04:12:05.000Z"],
    ["2025-04-07T13:12:05Z", "2025-04-07T13:12:05.000Z"],
    ["2025-04-07T13:12:05+09:00", "2025-04-07T04:12:05.000Z"],
    ["yesterday", null],
    ["2025-13-45 99:99:99", null],
    [null, null],
  ])("give the time %s as %s", (text, expected) => {
    expect(timeOf(text)).toBe(expected)
  })
})

describe("the calls to TossPay", () => {
  it.each([
    ["TEST", true],
    ["LIVE", false],
  ] as const)(
    "name the order or its payment, the buyer and the mode in full: %s",
    async (mode, isTestPayment) => {
      const sent: Array<unknown> = []
      const tossPay = tossPayOver({
        send: (...call) => {
          sent.push(call)
          return Effect.succeed<Wire>({ _tag: "NotSent" })
        },
        health: Effect.succeed("well"),
        throttledForMs: Effect.succeed(null),
      })
      const order = anOrder({ mode })
      for (const call of [
        tossPay.make(order, "user-1"),
        tossPay.execute(order, "T", "user-1"),
        tossPay.status(order, "T", "user-1"),
        tossPay.status(order, null, "user-1"),
        tossPay.refund(order, "T", "asked for it", "user-1"),
      ])
        await Effect.runPromise<unknown, never>(call)
      const made = { orderNo: orderId, productDesc: "Coffee", amount: 9_000, amountTaxFree: 0, isTestPayment }
      expect(sent).toEqual([
        ["make-payment", "user-1", made],
        ["execute-payment", "user-1", { payToken: "T", orderNo: orderId, isTestPayment }],
        ["get-payment-status", "user-1", { payToken: "T", orderNo: orderId, isTestPayment }],
        ["get-payment-status", "user-1", { orderNo: orderId, isTestPayment }],
        ["refund-payment", "user-1", { payToken: "T", reason: "asked_for_it", isTestPayment }],
      ])
    },
  )
})
