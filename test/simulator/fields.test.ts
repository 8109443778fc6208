import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { describe } from "vitest"
import { readMakeFields, readRefundFields } from "../../server/simulator/fields.ts"
import { type CallName, TossPaySimulator } from "../../server/simulator/index.ts"
import { anOrder, ask, headersOf, make, paid, read } from "./support.ts"

const bank = TossPaySimulator.layer()

const missing = Symbol("missing")
const without = (body: Record<string, unknown>, field: string, value: unknown) => {
  const { [field]: _, ...rest } = body
  return value === missing ? rest : { ...rest, [field]: value }
}
const said = (value: unknown) =>
  value === missing
    ? "nothing"
    : JSON.stringify(value)?.slice(0, 60) + (typeof value === "string" ? ` (${value.length})` : "")

describe("make-payment takes", () => {
  it.effect.each<[string, unknown]>([
    ["orderNo", "a"],
    ["orderNo", "Az09_-:.^@"],
    ["orderNo", "a".repeat(50)],
    ["productDesc", "x"],
    ["productDesc", "가".repeat(255)],
    ["productDesc", "커피, 두 잔\n(따뜻한)"],
    ["amount", 1],
    ["amount", 9_999_999],
    ["amountTaxFree", 4_500],
    ["amountTaxable", null],
    ["amountVat", null],
    ["amountServiceFee", null],
    ["amountServiceFee", 500],
    ["enablePayMethods", "CARD"],
    ["enablePayMethods", "TOSS_MONEY,CARD"],
    ["enablePayMethods", "x".repeat(100)],
    ["enablePayMethods", null],
    ["cashReceipt", true],
    ["cashReceipt", "nonsense"],
    ["cashReceipt", null],
    ["cashReceiptTradeOption", "GENERAL"],
    ["cashReceiptTradeOption", "CULTURE"],
    ["cashReceiptTradeOption", "PUBLIC_TP"],
    ["installment", "USE"],
    ["installment", "NOT_USE"],
    ["isTestPayment", false],
    ["somethingNew", { that: "nobody knows" }],
  ])("%s %j", ([field, value]) =>
    Effect.gen(function* () {
      const heard = yield* ask("make-payment", without(anOrder(), field, value))
      expect(heard).toMatchObject({ status: 200, resultType: "SUCCESS" })
      expect(heard.success.payToken).toMatch(/^[0-9A-Za-z]{22}$/)
    }).pipe(Effect.provide(bank)),
  )
})

describe("a body that breaks a rule is refused with the name of the field, and nothing happens", () => {
  const rows: ReadonlyArray<[CallName, string, ReadonlyArray<unknown>]> = [
    ["make-payment", "orderNo", [missing, null, "", 7, "a b", "한글", "a/b", "a#", "a\n", "a".repeat(51)]],
    ["make-payment", "productDesc", [missing, null, "", "   ", 7, 'a"b', "a\\b", "a'b", "x".repeat(256)]],
    ["make-payment", "amount", [missing, null, 0, -1, 4_500.5, "4500", 10_000_000, true]],
    ["make-payment", "amountTaxFree", [missing, null, -1, 0.5, "0", 10_000_000]],
    ["make-payment", "amountTaxable", [-1, 0.5, "0", 10_000_000]],
    ["make-payment", "amountVat", [-1, 0.5, "0", 10_000_000]],
    ["make-payment", "amountServiceFee", [-1, 0.5, "0", 10_000_000]],
    ["make-payment", "enablePayMethods", [7, "x".repeat(101)]],
    ["make-payment", "cashReceiptTradeOption", ["OTHER", 7]],
    ["make-payment", "installment", ["YES", true]],
    ["make-payment", "isTestPayment", [missing, null, "true", 1]],
    ["execute-payment", "payToken", [missing, null, "", " ", 7, "x".repeat(31)]],
    ["execute-payment", "orderNo", ["", 7, "a b", "a".repeat(51)]],
    ["execute-payment", "isTestPayment", [missing, null, "true"]],
    ["get-payment-status", "payToken", ["", 7, "x".repeat(31)]],
    ["get-payment-status", "orderNo", ["", 7, "a b", "a".repeat(51)]],
    ["get-payment-status", "isTestPayment", [missing, null, "true"]],
    ["refund-payment", "payToken", [missing, null, "", 7, "x".repeat(31)]],
    ["refund-payment", "reason", [missing, null, "", 7, "단순 변심", "reason;", "<b>", "가".repeat(56)]],
    ["refund-payment", "isTestPayment", [missing, null, "true"]],
  ]
  const cases = rows.flatMap(([name, field, values]) =>
    values.map((value) => [name, field, said(value), value] as const),
  )

  it.effect.each(cases)("%s %s %s", ([name, field, , value]) =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken = yield* paid()
      const before = [yield* simulator.payments, yield* simulator.ledger]
      const body = {
        "make-payment": anOrder({ orderNo: "order-2" }),
        "execute-payment": { payToken, orderNo: "order-1", isTestPayment: true },
        "get-payment-status": { payToken, orderNo: "order-1", isTestPayment: true },
        "refund-payment": { payToken, reason: "단순변심", isTestPayment: true },
      }[name]

      const heard = yield* ask(name, without(body, field, value))

      expect(heard).toMatchObject({
        status: 400,
        resultType: "FAIL",
        error: { errorType: 0, errorCode: "COMMON_INVALID_PARAMETER", data: {} },
      })
      expect(heard.error.reason).toContain(`${field} must be`)
      expect([yield* simulator.payments, yield* simulator.ledger]).toEqual(before)
    }).pipe(Effect.provide(bank)),
  )
})

describe("what is not a JSON object is refused by every call", () => {
  const calls = ["make-payment", "execute-payment", "get-payment-status", "refund-payment"] as const
  const bodies = ["", "{", "null", "[]", '"text"', "7"]
  it.effect.each(calls.flatMap((name) => bodies.map((body) => [name, body] as const)))(
    "%s %j",
    ([name, body]) =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const heard = read(yield* simulator.call(name, headersOf(), body))
        expect(heard).toMatchObject({ status: 400, error: { errorCode: "COMMON_INVALID_PARAMETER" } })
      }).pipe(Effect.provide(bank)),
  )

  it.effect.each(calls)("%s without the user key is unauthorized", (name) =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const body = JSON.stringify(anOrder())
      for (const userKey of [undefined, "", "  "]) {
        const headers = { "content-type": "application/json", "x-toss-user-key": userKey }
        const heard = read(yield* simulator.call(name, headers, body))
        expect(heard).toMatchObject({
          status: 400,
          resultType: "FAIL",
          error: { errorCode: "COMMON_UNAUTHORIZED" },
        })
      }
      expect(yield* simulator.payments).toEqual([])
    }).pipe(Effect.provide(bank)),
  )

  it.effect.each(calls)("%s must be sent as JSON", (name) =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      for (const contentType of [undefined, "text/plain", "application/x-www-form-urlencoded"]) {
        const headers = { ...headersOf(), "content-type": contentType }
        const heard = read(yield* simulator.call(name, headers, JSON.stringify(anOrder())))
        expect(heard).toMatchObject({ status: 400, error: { errorCode: "COMMON_INVALID_PARAMETER" } })
      }
      const heard = read(
        yield* simulator.call(
          "make-payment",
          { ...headersOf(), "content-type": "Application/JSON; charset=utf-8" },
          JSON.stringify(anOrder()),
        ),
      )
      expect(heard.resultType).toBe("SUCCESS")
    }).pipe(Effect.provide(bank)),
  )
})

describe("the tax split", () => {
  it.effect.each([
    [{ amount: 25_000 }, { amountTaxable: 22_727, amountVat: 2_273 }],
    [{ amount: 10_000 }, { amountTaxable: 9_090, amountVat: 910 }],
    [{ amount: 11_000 }, { amountTaxable: 10_000, amountVat: 1_000 }],
    [{ amount: 1 }, { amountTaxable: 0, amountVat: 1 }],
    [
      { amount: 9_999_999, cashReceipt: false },
      { amountTaxable: 9_999_999, amountVat: 0 },
    ],
    [
      { amount: 1_000, amountTaxFree: 1_000 },
      { amountTaxable: 0, amountVat: 0, amountTaxFree: 1_000 },
    ],
    [
      { amount: 1_100, amountTaxFree: 550 },
      { amountTaxable: 500, amountVat: 50, amountTaxFree: 550 },
    ],
    [
      { amount: 1_200, amountTaxable: 900, amountVat: 100, amountTaxFree: 150, amountServiceFee: 50 },
      { amountTaxable: 900, amountVat: 100, amountTaxFree: 150, amountServiceFee: 50 },
    ],
  ])("of %j is %j", ([fields, split]) =>
    Effect.gen(function* () {
      const payToken = yield* make(fields)
      const { success } = yield* ask("get-payment-status", { payToken, isTestPayment: true })
      expect(success).toMatchObject({ amountTaxFree: 0, amountServiceFee: 0, ...split })
    }).pipe(Effect.provide(bank)),
  )

  it.effect.each([
    { amount: 1_000, amountTaxFree: 1_001 },
    { amount: 1_000, amountServiceFee: 1_001 },
    { amount: 1_000, amountTaxable: 900, amountVat: 99 },
    { amount: 1_000, amountTaxable: 900 },
    { amount: 1_000, amountVat: 1_001 },
    { amount: 1_000, amountTaxable: 900, amountVat: 100, amountTaxFree: 1 },
  ])("that does not add up is refused: %j", (fields) =>
    Effect.gen(function* () {
      const heard = yield* ask("make-payment", anOrder(fields))
      expect(heard).toMatchObject({ status: 400, error: { errorCode: "COMMON_INVALID_PARAMETER" } })
      expect(heard.error.reason).toContain("add up")
    }).pipe(Effect.provide(bank)),
  )
})

describe("the rules of the fields, over all texts", () => {
  it("an order number is accepted exactly when it has 1 to 50 of the allowed characters", () => {
    const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:.^@"
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (orderNo) => {
        const expected =
          orderNo.length >= 1 &&
          orderNo.length <= 50 &&
          [...orderNo].every((character) => allowed.includes(character))
        expect(readMakeFields(anOrder({ orderNo }))._tag).toBe(expected ? "Success" : "Failure")
      }),
    )
  })

  it("a product is accepted exactly when it has 1 to 255 characters, one of them visible, and none forbidden", () => {
    const text = fc.string({
      unit: fc.constantFrom("가", "a", " ", "\n", "\t", ",", '"', "'", "\\"),
      maxLength: 300,
    })
    fc.assert(
      fc.property(text, (productDesc) => {
        const expected =
          productDesc.length <= 255 &&
          productDesc.trim() !== "" &&
          !["\\", '"', "'"].some((forbidden) => productDesc.includes(forbidden))
        expect(readMakeFields(anOrder({ productDesc }))._tag).toBe(expected ? "Success" : "Failure")
      }),
    )
  })

  it("a reason cut to 55 and stripped of everything outside the list is accepted, unless nothing is left", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
        const reason = text.replaceAll(/[^가-힣A-Za-z0-9_:.^@()[\]#/!%?&-]/g, "").slice(0, 55)
        const read = readRefundFields({ payToken: "t", reason, isTestPayment: true })
        expect(read._tag).toBe(reason === "" ? "Failure" : "Success")
      }),
    )
  })

  it("no body makes the reader throw", () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        expect(["Success", "Failure"]).toContain(readMakeFields(body)._tag)
      }),
    )
  })
})
