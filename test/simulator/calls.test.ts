import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { type PayStatus, payStatuses } from "../../server/simulator/status.ts"
import {
  anOrder,
  approve,
  approved,
  ask,
  countingIds,
  execute,
  ledger,
  make,
  minutes,
  paid,
  payStatus,
  refund,
  standingAt,
  statusOf,
} from "./support.ts"

const freshBank = () => Effect.provide(TossPaySimulator.layer({ ids: countingIds() }))
const year = 365 * 24 * 60 * minutes

/** 2026-04-07 22:12:05 in Korea. */
const aMoment = Date.UTC(2026, 3, 7, 13, 12, 5)

describe("make-payment", () => {
  it.effect("gives a new token for every order and moves no money", () =>
    Effect.gen(function* () {
      const tokens = [yield* make({ orderNo: "a" }), yield* make({ orderNo: "b" })]
      expect(new Set(tokens).size).toBe(2)
      expect(yield* ledger).toEqual([])
    }).pipe(freshBank()),
  )

  it.effect.each([...payStatuses])("never takes an order number twice, also after %s", (status) =>
    Effect.gen(function* () {
      yield* standingAt(status)
      const heard = yield* ask("make-payment", anOrder({ amount: 1 }))
      expect(heard).toMatchObject({
        status: 200,
        resultType: "FAIL",
        error: { errorCode: "PAYMENT_DUPLICATION_ORDER_NO" },
      })
    }).pipe(freshBank()),
  )

  it.effect("keeps test and live orders in one number space, for ever", () =>
    Effect.gen(function* () {
      yield* make({ isTestPayment: true })
      yield* TestClock.adjust(3 * year)
      const heard = yield* ask("make-payment", anOrder({ isTestPayment: false }), "somebody else")
      expect(heard.error.errorCode).toBe("PAYMENT_DUPLICATION_ORDER_NO")
    }).pipe(freshBank()),
  )

  it.effect("leaves the order number free when the body was refused", () =>
    Effect.gen(function* () {
      yield* ask("make-payment", anOrder({ amount: 0 }))
      expect((yield* ask("make-payment", anOrder())).resultType).toBe("SUCCESS")
    }).pipe(freshBank()),
  )
})

describe("execute-payment", () => {
  it.effect("answers a card payment with every field of the reference and no status", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(aMoment)
      const payToken = yield* make()
      yield* approve(payToken, { method: "CARD", discount: 500 })
      const heard = yield* execute(payToken, { orderNo: "order-1" })
      expect(heard).toEqual({
        status: 200,
        resultType: "SUCCESS",
        error: undefined,
        success: {
          code: 0,
          msg: "성공",
          errorCode: null,
          mode: "TEST",
          payToken: "token-1",
          orderNo: "order-1",
          amount: 4_500,
          paidAmount: 4_000,
          discountedAmount: 500,
          payMethod: "CARD",
          approvalTime: "2026-04-07 22:12:05",
          stateMsg: "결제 완료",
          transactionId: "transaction-1",
          cashReceiptMgtKey: null,
          cardCompanyCode: "1",
          cardCompanyName: "신한",
          cardAuthorizationNo: "00000000",
          cardMethodType: "CREDIT",
          cardUserType: "PERSONAL",
          cardNumber: expect.stringContaining("*"),
          cardBinNumber: expect.any(String),
          cardNum4Print: expect.any(String),
          spreadOut: "0",
          noInterest: "false",
          salesCheckLinkUrl: expect.stringMatching(/^https:/),
          accountBankCode: null,
          accountBankName: null,
          accountNumber: null,
        },
      })
    }).pipe(freshBank()),
  )

  it.effect("answers a payment from an account with the card fields null", () =>
    Effect.gen(function* () {
      const payToken = yield* make({ cashReceipt: true, isTestPayment: false })
      yield* approve(payToken, { method: "TOSS_MONEY" })
      const { success } = yield* execute(payToken, { isTestPayment: false })
      expect(success).toMatchObject({
        mode: "LIVE",
        payMethod: "TOSS_MONEY",
        cashReceiptMgtKey: "CR-transaction-1",
        accountBankCode: expect.stringMatching(/^\d{3}$/),
        accountBankName: expect.any(String),
        accountNumber: expect.stringContaining("*"),
      })
      const cardFields = Object.entries(success).filter(([field]) =>
        /^(card|spreadOut|noInterest|salesCheck)/.test(field),
      )
      expect(cardFields.length).toBe(11)
      expect(cardFields.every(([, value]) => value === null)).toBe(true)
    }).pipe(freshBank()),
  )

  it.effect("writes exactly one charge into the ledger", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(aMoment)
      const payToken = yield* make()
      yield* approve(payToken, { discount: 500 })
      yield* execute(payToken)
      expect(yield* ledger).toEqual([
        {
          kind: "charge",
          payToken,
          orderNo: "order-1",
          mode: "TEST",
          amount: 4_500,
          paidAmount: 4_000,
          discountedAmount: 500,
          transactionId: "transaction-1",
          refundNo: null,
          madeBy: "shop",
          at: aMoment,
        },
      ])
    }).pipe(freshBank()),
  )

  const refusals: ReadonlyArray<[PayStatus, string]> = [
    ["PAY_STANDBY", "EXECUTE_PAY_NOT_APPROVED"],
    ["PAY_CANCEL", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["PAY_PROGRESS", "TRANSACTION_PENDING_ERROR"],
    ["PAY_COMPLETE", "PAYMENT_EXISTING_PAYMENT"],
    ["REFUND_PROGRESS", "PAYMENT_EXISTING_PAYMENT"],
    ["REFUND_SUCCESS", "PAYMENT_EXISTING_PAYMENT"],
    ["SETTLEMENT_COMPLETE", "PAYMENT_EXISTING_PAYMENT"],
    ["SETTLEMENT_REFUND_COMPLETE", "PAYMENT_EXISTING_PAYMENT"],
  ]
  it.effect.each(refusals)("refuses a payment at %s with %s", ([status, errorCode]) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const before = yield* ledger
      expect(yield* execute(payToken)).toMatchObject({
        status: 200,
        resultType: "FAIL",
        error: { errorCode },
      })
      expect(yield* ledger).toEqual(before)
      expect(yield* payStatus(payToken)).toBe(status)
    }).pipe(freshBank()),
  )

  it.effect.each<[string, Record<string, unknown>, string | undefined, string]>([
    ["an unknown token", { payToken: "nobody" }, undefined, "TRANSACTION_NOT_FOUND"],
    ["the other mode", { isTestPayment: false }, undefined, "TRANSACTION_NOT_FOUND"],
    ["somebody else's order", { orderNo: "order-2" }, undefined, "COMMON_INVALID_PARAMETER"],
    ["another payer", {}, "thief", "PAY_UNAUTHORIZED"],
  ])("refuses %s and charges nobody", ([, changes, userKey, errorCode]) =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* approved({ orderNo: "order-2" })
      const heard = yield* execute(payToken, changes, userKey)
      expect(heard).toMatchObject({ status: 200, resultType: "FAIL", error: { errorCode } })
      expect(yield* ledger).toEqual([])
      expect(yield* payStatus(payToken)).toBe("PAY_APPROVED")
    }).pipe(freshBank()),
  )

  it.effect.each([
    [99, "CARD", "CARD_MIN_AMOUNT_ERROR"],
    [100, "CARD", null],
    [1, "TOSS_MONEY", null],
    [2_000_000, "TOSS_MONEY", null],
    [2_000_001, "TOSS_MONEY", "COMMON_EXCEED_LIMIT"],
  ] as const)("of %i won by %s is refused with %s", ([amount, method, errorCode]) =>
    Effect.gen(function* () {
      const payToken = yield* make({ amount })
      yield* approve(payToken, { method })
      const heard = yield* execute(payToken)
      expect(heard.error?.errorCode ?? null).toBe(errorCode)
      expect((yield* ledger).length).toBe(errorCode === null ? 1 : 0)
    }).pipe(freshBank()),
  )

  it.effect("charges again when the switch says so, and the status shows both charges", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken = yield* paid()
      expect((yield* execute(payToken)).error.errorCode).toBe("PAYMENT_EXISTING_PAYMENT")

      yield* simulator.changeSettings({ repeatedExecute: "charge" })
      const heard = yield* execute(payToken)

      expect(heard.resultType).toBe("SUCCESS")
      const charges = yield* ledger
      expect(charges.map((entry) => [entry.kind, entry.amount])).toEqual([
        ["charge", 4_500],
        ["charge", 4_500],
      ])
      expect(heard.success.transactionId).toBe(charges[1]?.transactionId)
      expect(charges[0]?.transactionId).not.toBe(charges[1]?.transactionId)
      const { success } = yield* statusOf(payToken)
      expect(success.payStatus).toBe("PAY_COMPLETE")
      expect(success.transactions.length).toBe(2)
    }).pipe(freshBank()),
  )

  it.effect("charges nobody twice who was not charged once, whatever the switch says", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      yield* simulator.changeSettings({ repeatedExecute: "charge" })
      const payToken = yield* make()
      expect((yield* execute(payToken)).error.errorCode).toBe("EXECUTE_PAY_NOT_APPROVED")
      yield* approve(payToken)
      expect((yield* execute(payToken, {}, "thief")).error.errorCode).toBe("PAY_UNAUTHORIZED")
      yield* execute(payToken)
      expect((yield* ledger).length).toBe(1)
    }).pipe(freshBank()),
  )
})

describe("get-payment-status", () => {
  it.effect("answers an unpaid payment with nothing paid", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(aMoment)
      const payToken = yield* make()
      expect((yield* statusOf(payToken)).success).toEqual({
        mode: "TEST",
        payToken,
        orderNo: "order-1",
        payStatus: "PAY_STANDBY",
        payMethod: null,
        amount: 4_500,
        discountedAmount: 0,
        discountAmountV2: 0,
        paidPointV2: 0,
        paidAmount: 0,
        refundableAmount: 0,
        amountTaxable: 4_090,
        amountTaxFree: 0,
        amountVat: 410,
        amountServiceFee: 0,
        disposableCupDeposit: 0,
        accountBankCode: null,
        accountBankName: null,
        accountNumber: null,
        createdTs: "2026-04-07 22:12:05",
        paidTs: null,
        card: null,
        transactions: [],
      })
    }).pipe(freshBank()),
  )

  it.effect("answers a paid and refunded payment with both movements; the refund's amount is negative", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(aMoment)
      const payToken = yield* make()
      yield* approve(payToken, { method: "CARD", discount: 500 })
      yield* TestClock.adjust(1_000)
      yield* execute(payToken)
      const complete = (yield* statusOf(payToken)).success
      expect(complete).toMatchObject({
        payStatus: "PAY_COMPLETE",
        payMethod: "CARD",
        paidAmount: 4_000,
        discountedAmount: 500,
        discountAmountV2: 500,
        refundableAmount: 4_500,
        createdTs: "2026-04-07 22:12:05",
        paidTs: "2026-04-07 22:12:06",
        card: { cardCompanyCode: 1, spreadOut: 0, noInterest: false, cardCompanyName: "신한" },
      })
      yield* TestClock.adjust(1_000)
      yield* refund(payToken)
      const refunded = (yield* statusOf(payToken)).success
      expect(refunded).toMatchObject({
        payStatus: "REFUND_SUCCESS",
        refundableAmount: 0,
        paidTs: "2026-04-07 22:12:06",
      })
      expect(refunded.transactions).toEqual([
        {
          stepType: "PAY",
          transactionId: "transaction-1",
          paidAmount: 4_000,
          transactionAmount: 4_500,
          discountedAmount: 500,
          pointAmount: 0,
          regTs: "2026-04-07 22:12:06",
        },
        {
          stepType: "REFUND",
          transactionId: "transaction-2",
          paidAmount: 4_000,
          transactionAmount: -4_500,
          discountedAmount: 500,
          pointAmount: 0,
          regTs: "2026-04-07 22:12:07",
        },
      ])
    }).pipe(freshBank()),
  )

  it.effect("finds a payment by token, by order number, and by both", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      for (const names of [{ payToken }, { orderNo: "order-1" }, { payToken, orderNo: "order-1" }]) {
        const heard = yield* ask("get-payment-status", { ...names, isTestPayment: true })
        expect(heard.success.payToken).toBe(payToken)
      }
    }).pipe(freshBank()),
  )

  it.effect("needs at least one of the two names", () =>
    Effect.gen(function* () {
      yield* make()
      const heard = yield* ask("get-payment-status", { payToken: null, isTestPayment: true })
      expect(heard).toMatchObject({ status: 400, error: { errorCode: "COMMON_INVALID_PARAMETER" } })
    }).pipe(freshBank()),
  )

  it.effect.each<[string, Record<string, unknown>]>([
    ["an unknown token", { payToken: "nobody" }],
    ["an unknown order", { payToken: null, orderNo: "nobody" }],
    ["a token and an order of two payments", { orderNo: "order-2" }],
    ["the other mode", { isTestPayment: false }],
  ])("answers %s with HTTP 404", ([, changes]) =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* make({ orderNo: "order-2" })
      const heard = yield* statusOf(payToken, changes)
      expect(heard).toMatchObject({
        status: 404,
        resultType: "FAIL",
        error: { errorCode: "TRANSACTION_NOT_FOUND" },
      })
    }).pipe(freshBank()),
  )

  it.effect("tells nobody about somebody else's payment", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      const heard = yield* statusOf(payToken, {}, "thief")
      expect(heard).toMatchObject({ resultType: "FAIL", error: { errorCode: "PAY_UNAUTHORIZED" } })
    }).pipe(freshBank()),
  )
})

describe("refund-payment", () => {
  it.effect("gives the whole payment back, once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(aMoment)
      const payToken = yield* make()
      yield* approve(payToken, { method: "CARD", discount: 500 })
      yield* execute(payToken)
      expect((yield* refund(payToken)).success).toEqual({
        refundNo: "refund-1",
        approvalTime: "2026-04-07 22:12:05",
        cashReceiptMgtKey: null,
        refundableAmount: 0,
        discountedAmount: 500,
        paidAmount: 4_000,
        refundedAmount: -4_500,
        refundedDiscountAmount: -500,
        refundedPaidAmount: -4_000,
        payToken,
        transactionId: "transaction-2",
        cardMethodType: "CREDIT",
        cardNumber: expect.stringContaining("*"),
        cardUserType: "PERSONAL",
        cardNum4Print: expect.any(String),
        cardBinNumber: expect.any(String),
        accountBankCode: null,
        accountBankName: null,
        accountNumber: null,
      })
      expect((yield* refund(payToken)).error.errorCode).toBe("REFUND_ALREADY_REFUNDED")
      expect((yield* ledger).map((entry) => entry.kind)).toEqual(["charge", "refund"])
    }).pipe(freshBank()),
  )

  const refusals: ReadonlyArray<[PayStatus, string]> = [
    ["PAY_STANDBY", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["PAY_APPROVED", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["PAY_CANCEL", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["PAY_PROGRESS", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["REFUND_PROGRESS", "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS"],
    ["REFUND_SUCCESS", "REFUND_ALREADY_REFUNDED"],
    ["SETTLEMENT_COMPLETE", "COMMON_REFUND_ERROR"],
    ["SETTLEMENT_REFUND_COMPLETE", "REFUND_ALREADY_REFUNDED"],
  ]
  it.effect.each(refusals)("refuses a payment at %s with %s", ([status, errorCode]) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const before = yield* ledger
      expect(yield* refund(payToken)).toMatchObject({ status: 200, resultType: "FAIL", error: { errorCode } })
      expect(yield* ledger).toEqual(before)
    }).pipe(freshBank()),
  )

  it.effect.each<[string, Record<string, unknown>, string | undefined, string]>([
    ["an unknown token", { payToken: "nobody" }, undefined, "TRANSACTION_NOT_FOUND"],
    ["the other mode", { isTestPayment: false }, undefined, "TRANSACTION_NOT_FOUND"],
    ["another payer", {}, "thief", "PAY_UNAUTHORIZED"],
  ])("refuses %s", ([, changes, userKey, errorCode]) =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      expect(yield* refund(payToken, changes, userKey)).toMatchObject({ status: 200, error: { errorCode } })
      expect((yield* ledger).length).toBe(1)
    }).pipe(freshBank()),
  )

  it.effect("is possible for a year and no longer", () =>
    Effect.gen(function* () {
      const early = yield* paid({ orderNo: "early" })
      const late = yield* paid({ orderNo: "late" })
      yield* TestClock.adjust(year)
      expect((yield* refund(early)).resultType).toBe("SUCCESS")
      yield* TestClock.adjust(1)
      expect((yield* refund(late)).error.errorCode).toBe("COMMON_REFUND_ERROR")
    }).pipe(freshBank()),
  )
})

describe("a payment lapses", () => {
  it.effect.each(["PAY_STANDBY", "PAY_APPROVED"] as const)(
    "15 minutes after it was made, out of %s",
    (status) =>
      Effect.gen(function* () {
        const payToken = yield* standingAt(status)
        yield* TestClock.adjust(15 * minutes - 1)
        expect((yield* statusOf(payToken)).success.payStatus).toBe(status)
        yield* TestClock.adjust(1)
        expect((yield* statusOf(payToken)).success.payStatus).toBe("PAY_CANCEL")
        expect((yield* execute(payToken)).error.errorCode).toBe("COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS")
        expect((yield* Effect.flip(approve(payToken))).payStatus).toBe("PAY_CANCEL")
        expect(yield* ledger).toEqual([])
      }).pipe(freshBank()),
  )

  it.effect.each(payStatuses.filter((status) => status !== "PAY_STANDBY" && status !== "PAY_APPROVED"))(
    "never out of %s",
    (status) =>
      Effect.gen(function* () {
        const payToken = yield* standingAt(status)
        yield* TestClock.adjust(year)
        expect(yield* payStatus(payToken)).toBe(status)
      }).pipe(freshBank()),
  )

  it.effect("after another time when the switch says so, for payments made from then on", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const before = yield* make({ orderNo: "before" })
      yield* simulator.changeSettings({ lapseAfterMs: 1_000 })
      const after = yield* make({ orderNo: "after" })
      yield* TestClock.adjust(1_000)
      expect(yield* payStatus(before)).toBe("PAY_STANDBY")
      expect(yield* payStatus(after)).toBe("PAY_CANCEL")
    }).pipe(freshBank()),
  )

  it.effect("at once when its withdrawal fails after its time, and its history stays in order", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken = yield* standingAt("PAY_PROGRESS")
      yield* TestClock.adjust(20 * minutes)
      expect(yield* payStatus(payToken)).toBe("PAY_PROGRESS")
      yield* simulator.moveStatus(payToken, "PAY_APPROVED")
      const history = (yield* simulator.payment(payToken))?.history.slice(-2)
      expect(history).toEqual([
        { payStatus: "PAY_APPROVED", at: 20 * minutes },
        { payStatus: "PAY_CANCEL", at: 20 * minutes },
      ])
    }).pipe(freshBank()),
  )

  it.effect("and stays lapsed when the clock is set back", () =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* TestClock.adjust(15 * minutes)
      expect(yield* payStatus(payToken)).toBe("PAY_CANCEL")
      yield* TestClock.setTime(0)
      expect(yield* payStatus(payToken)).toBe("PAY_CANCEL")
    }).pipe(freshBank()),
  )
})

describe("the sheet", () => {
  it.effect("approve moves no money", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      expect(yield* approve(payToken)).toBe("PAY_APPROVED")
      expect(yield* ledger).toEqual([])
    }).pipe(freshBank()),
  )

  it.effect("close leaves the payment to be approved later with the same token", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken = yield* make()
      expect(yield* simulator.sheet(payToken, { action: "close" })).toBe("PAY_STANDBY")
      expect(yield* approve(payToken)).toBe("PAY_APPROVED")
      expect(yield* simulator.sheet(payToken, { action: "close" })).toBe("PAY_APPROVED")
      expect((yield* execute(payToken)).resultType).toBe("SUCCESS")
    }).pipe(freshBank()),
  )

  it.effect("decline ends the payment", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken = yield* make()
      expect(yield* simulator.sheet(payToken, { action: "decline" })).toBe("PAY_CANCEL")
      expect(yield* Effect.flip(approve(payToken))).toMatchObject({
        reason: "WRONG_STATUS",
        payStatus: "PAY_CANCEL",
      })
    }).pipe(freshBank()),
  )

  it.effect.each(payStatuses.filter((status) => status !== "PAY_STANDBY"))(
    "neither approves nor declines a payment at %s",
    (status) =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const payToken = yield* standingAt(status)
        for (const action of ["approve", "decline"] as const) {
          const refusal = yield* Effect.flip(simulator.sheet(payToken, { action }))
          expect(refusal).toMatchObject({ reason: "WRONG_STATUS", payStatus: status })
        }
      }).pipe(freshBank()),
  )

  it.effect("offers only the methods that the shop enabled", () =>
    Effect.gen(function* () {
      const payToken = yield* make({ enablePayMethods: "TOSS_MONEY" })
      expect((yield* Effect.flip(approve(payToken, { method: "CARD" }))).reason).toBe("METHOD_NOT_ENABLED")
      yield* approve(payToken)
      expect((yield* execute(payToken)).success.payMethod).toBe("TOSS_MONEY")
    }).pipe(freshBank()),
  )

  it.effect.each([
    [99, "TOSS_MONEY"],
    [100, "CARD"],
  ] as const)("pays %i won by %s when nobody chooses", ([amount, method]) =>
    Effect.gen(function* () {
      const payToken = yield* approved({ amount })
      expect((yield* execute(payToken)).success.payMethod).toBe(method)
    }).pipe(freshBank()),
  )

  it.effect("takes a discount up to the amount", () =>
    Effect.gen(function* () {
      const payToken = yield* make({ amount: 4_500 })
      expect((yield* Effect.flip(approve(payToken, { discount: 4_501 }))).reason).toBe("DISCOUNT_TOO_LARGE")
      yield* approve(payToken, { discount: 4_500 })
      expect((yield* execute(payToken)).success).toMatchObject({
        amount: 4_500,
        paidAmount: 0,
        discountedAmount: 4_500,
      })
    }).pipe(freshBank()),
  )

  it.effect("knows no payment that was not made", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(approve("nobody"))).toMatchObject({
        reason: "UNKNOWN_PAY_TOKEN",
        payStatus: null,
      })
    }).pipe(freshBank()),
  )
})
