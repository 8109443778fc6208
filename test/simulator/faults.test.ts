import { expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe } from "vitest"
import { Fault } from "../../server/simulator/faults.ts"
import { type CallName, TossPaySimulator, type WireReply } from "../../server/simulator/index.ts"
import {
  anOrder,
  approved,
  ask,
  countingIds,
  execute,
  ledger,
  make,
  paid,
  payStatus,
  read,
  refund,
  send,
  statusOf,
} from "./support.ts"

const freshBank = () => Effect.provide(TossPaySimulator.layer({ ids: countingIds() }))

const switchOn = (fault: Fault) => TossPaySimulator.use((simulator) => simulator.setFault(fault))
const sendExecute = (payToken: string) => send("execute-payment", { payToken, isTestPayment: true })
const lost: WireReply = { _tag: "Lost" }

/** Every code of the reference, section 14. */
const everyCode =
  `COMMON_BREAK_TIME_OF_BANK COMMON_THROTTLED CARD_SYSTEM_ERROR CARD_BANK_SYSTEM_ERROR PAY_FRAUD_DETECTED
COMMON_TIMEOUT COMMON_SYSTEM_ERROR TRANSACTION_PENDING_ERROR COMMON_PAY_ERROR BNPL_IN_PROGRESS_REQUEST
PAYMENT_EXISTING_PAYMENT PAYMENT_DUPLICATION_ORDER_NO COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS BNPL_ALREADY_COMPLETED_REQUEST
EXECUTE_PAY_NOT_APPROVED COMMON_NOT_ENOUGH_CASH COMMON_EXCEED_LIMIT CARD_EXCEED_LIMIT CARD_NOT_ENOUGH_BALANCE
CARD_NOT_AVAILABLE CARD_NOT_AVAILABLE_SHOP CARD_SPREADOUT_ERROR CARD_MIN_AMOUNT_ERROR CARD_MIN_AMOUNT_FOR_SPREADOUT_ERROR
AVAILABLE_ONLY_TOSS_MONEY_UNDER_MIN_AMT INVALID_ACCOUNT_STATUS DISCOUNT_CLOSED USER_DISCOUNT_CLOSED AGE_POLICY_ERROR
TOSS_APP_UPDATE_IS_REQUIRED USER_STATUS_ERROR PAUSE_USER FRAUD_DETECTION_SYSTEM_ERROR BLOCKED_THE_USE_OF_POINT
PAY_UNAUTHORIZED COMMON_INVALID_API_KEY COMMON_UNAUTHORIZED COMMON_INVALID_PARAMETER PAYMENT_SHOP_STATE_NOT_NORMAL
PAYMENT_SHOP_STATE_CANNOT_REFUND COMMON_REFUND_ERROR REFUND_ALREADY_REFUNDED REFUND_REFUND_NO_DUPLICATE
REFUND_EXCEED_DAILY INACTIVE_USER COMMON_ASSET_GET_ACCOUNT_ERROR TRANSACTION_NOT_FOUND TRANSACTION_NOT_COMPLETE`.split(
    /\s+/,
  )

describe("each fault bends execute in its own way", () => {
  const charged = 1
  const nobody = 0
  const html = { status: 200, headers: { "content-type": "text/html;charset=UTF-8" } }

  it.effect.each<[string, Fault, number, (reply: WireReply) => void]>([
    [
      "replyLostBefore: silence, nobody charged",
      { call: "execute-payment", fault: "replyLostBefore" },
      nobody,
      (reply) => expect(reply).toEqual(lost),
    ],
    [
      "replyLostAfter: silence, buyer charged",
      { call: "execute-payment", fault: "replyLostAfter" },
      charged,
      (reply) => expect(reply).toEqual(lost),
    ],
    [
      "http503: a gateway's page, nobody charged",
      { call: "execute-payment", fault: "http503" },
      nobody,
      (reply) => expect(reply).toMatchObject({ ...html, status: 503 }),
    ],
    [
      "http503 charged: a gateway's page, buyer charged",
      { call: "execute-payment", fault: "http503", charged: true },
      charged,
      (reply) => expect(reply).toMatchObject({ ...html, status: 503 }),
    ],
    [
      "http404: a gateway's page, nobody charged",
      { call: "execute-payment", fault: "http404" },
      nobody,
      (reply) => expect(reply).toMatchObject({ ...html, status: 404 }),
    ],
    [
      "http429: throttled, nobody charged",
      { call: "execute-payment", fault: "http429", retryAfterSeconds: 7 },
      nobody,
      (reply) =>
        expect(read(reply)).toMatchObject({
          status: 429,
          resultType: "FAIL",
          error: { errorCode: "COMMON_THROTTLED", data: { retryAfterSeconds: 7 } },
        }),
    ],
    [
      "unreadable: no JSON, buyer charged",
      { call: "execute-payment", fault: "unreadable" },
      charged,
      (reply) => {
        expect(reply).toMatchObject(html)
        expect(() => read(reply)).toThrow(SyntaxError)
      },
    ],
    [
      "wrongAmount: one won too much is reported, the right one charged",
      { call: "execute-payment", fault: "wrongAmount" },
      charged,
      (reply) => expect(read(reply).success).toMatchObject({ amount: 4_501, paidAmount: 4_500 }),
    ],
    [
      "wrongAmount with a value",
      { call: "execute-payment", fault: "wrongAmount", value: 45 },
      charged,
      (reply) => expect(read(reply).success.amount).toBe(45),
    ],
    [
      "wrongMode: LIVE is reported for TEST",
      { call: "execute-payment", fault: "wrongMode" },
      charged,
      (reply) => expect(read(reply).success.mode).toBe("LIVE"),
    ],
    [
      "wrongOrderNo: another order is reported",
      { call: "execute-payment", fault: "wrongOrderNo" },
      charged,
      (reply) => expect(read(reply).success.orderNo).toBe("order-0"),
    ],
    [
      "wrongPayToken: another token is reported",
      { call: "execute-payment", fault: "wrongPayToken", value: "other" },
      charged,
      (reply) => expect(read(reply).success.payToken).toBe("other"),
    ],
  ])("%s", ([, fault, charges, check]) =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn(fault)
      check(yield* sendExecute(payToken))
      const entries = yield* ledger
      expect(entries.map((entry) => [entry.amount, entry.orderNo, entry.payToken, entry.mode])).toEqual(
        Array.from({ length: charges }, () => [4_500, "order-1", payToken, "TEST"]),
      )
      expect(yield* payStatus(payToken)).toBe(charges === 1 ? "PAY_COMPLETE" : "PAY_APPROVED")
    }).pipe(freshBank()),
  )

  const results = [
    "HTTP_TIMEOUT",
    "NETWORK_ERROR",
    "EXECUTION_FAIL",
    "INTERRUPTED",
    "INTERNAL_ERROR",
  ] as const
  it.effect.each(results.flatMap((value) => [true, false].map((charged) => [value, charged] as const)))(
    "resultType %s says neither yes nor no, charged: %s",
    ([value, charged]) =>
      Effect.gen(function* () {
        const payToken = yield* approved()
        yield* switchOn({ call: "execute-payment", fault: "resultType", value, charged })
        const heard = yield* execute(payToken)
        expect(heard).toMatchObject({ resultType: value, success: undefined, error: { errorCode: value } })
        expect((yield* ledger).length).toBe(charged ? 1 : 0)
      }).pipe(freshBank()),
  )

  it.effect.each([...everyCode, 4010])("errorCode %s is a definite no, and nothing happened", (value) =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn({ call: "execute-payment", fault: "errorCode", value })
      expect(yield* execute(payToken)).toMatchObject({
        status: 200,
        resultType: "FAIL",
        error: {
          errorType: 0,
          errorCode: value,
          reason: expect.any(String),
          data: {},
          title: expect.any(String),
        },
      })
      expect(yield* ledger).toEqual([])
      expect((yield* execute(payToken)).resultType).toBe("SUCCESS")
    }).pipe(freshBank()),
  )
})

describe("time", () => {
  it.effect("a slow reply comes late, but it has happened at once", () =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn({ call: "execute-payment", fault: "slow", delayMs: 20_000 })
      const fiber = yield* Effect.forkChild(sendExecute(payToken), { startImmediately: true })
      yield* TestClock.adjust(19_999)
      expect(fiber.pollUnsafe()).toBeUndefined()
      expect((yield* statusOf(payToken)).success.payStatus).toBe("PAY_COMPLETE")
      yield* TestClock.adjust(1)
      expect(read(yield* Fiber.join(fiber)).resultType).toBe("SUCCESS")
    }).pipe(freshBank()),
  )

  it.effect("a late call happens only after its delay", () =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn({ call: "execute-payment", fault: "late", delayMs: 20_000 })
      const fiber = yield* Effect.forkChild(sendExecute(payToken), { startImmediately: true })
      yield* TestClock.adjust(19_999)
      expect((yield* statusOf(payToken)).success.payStatus).toBe("PAY_APPROVED")
      yield* TestClock.adjust(1)
      expect(read(yield* Fiber.join(fiber)).resultType).toBe("SUCCESS")
      expect((yield* ledger).map((entry) => entry.at)).toEqual([20_000])
    }).pipe(freshBank()),
  )

  it.effect("a late call happens although its caller has given up", () =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn({ call: "execute-payment", fault: "late", delayMs: 20_000 })
      const fiber = yield* Effect.forkChild(sendExecute(payToken), { startImmediately: true })
      yield* TestClock.adjust(15_000)
      yield* Fiber.interrupt(fiber)
      expect(yield* ledger).toEqual([])
      yield* TestClock.adjust(5_000)
      expect((yield* ledger).length).toBe(1)
    }).pipe(freshBank()),
  )

  it.effect("a call that is held up beyond the payment's time finds it lapsed", () =>
    Effect.gen(function* () {
      const payToken = yield* approved()
      yield* switchOn({ call: "execute-payment", fault: "late", delayMs: 900_000 })
      const fiber = yield* Effect.forkChild(sendExecute(payToken), { startImmediately: true })
      yield* TestClock.adjust(900_000)
      expect(read(yield* Fiber.join(fiber)).error.errorCode).toBe("COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS")
      expect(yield* ledger).toEqual([])
    }).pipe(freshBank()),
  )
})

describe("a fault is meant for", () => {
  it.effect("one call unless it says how many", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "make-payment", fault: "http503" })
      expect(yield* send("make-payment", anOrder())).toMatchObject({ status: 503 })
      expect(yield* send("make-payment", anOrder())).toMatchObject({ status: 200 })
    }).pipe(freshBank()),
  )

  it.effect("as many calls as it says", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "make-payment", fault: "http503", times: 3 })
      const statuses = []
      for (let round = 0; round < 5; round += 1) {
        const reply = yield* send("make-payment", anOrder({ orderNo: `order-${round}` }))
        statuses.push(reply._tag === "Reply" ? reply.status : null)
      }
      expect(statuses).toEqual([503, 503, 503, 200, 200])
      const simulator = yield* TossPaySimulator
      expect(yield* simulator.faults).toEqual([])
    }).pipe(freshBank()),
  )

  it.effect("every call until it is switched off", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      yield* switchOn({ call: "make-payment", fault: "replyLostBefore", times: "always" })
      for (let round = 0; round < 5; round += 1) expect(yield* send("make-payment", anOrder())).toEqual(lost)
      expect((yield* simulator.faults).length).toBe(1)
      yield* simulator.clearFaults
      expect((yield* ask("make-payment", anOrder())).resultType).toBe("SUCCESS")
    }).pipe(freshBank()),
  )

  it.effect("one kind of call, the others pass", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "refund-payment", fault: "replyLostBefore", times: "always" })
      const payToken = yield* paid()
      expect((yield* statusOf(payToken)).success.payStatus).toBe("PAY_COMPLETE")
    }).pipe(freshBank()),
  )

  it.effect("one payment, by its token or its order, however the call names it", () =>
    Effect.gen(function* () {
      const first = yield* make({ orderNo: "first" })
      const second = yield* make({ orderNo: "second" })
      yield* switchOn({ call: "get-payment-status", fault: "http503", payToken: second, times: "always" })
      yield* switchOn({ call: "get-payment-status", fault: "http429", orderNo: "first", times: "always" })
      const query = (body: Record<string, unknown>) =>
        Effect.map(send("get-payment-status", { isTestPayment: true, ...body }), (reply) =>
          reply._tag === "Reply" ? reply.status : null,
        )
      expect(yield* query({ payToken: first })).toBe(429)
      expect(yield* query({ orderNo: "first" })).toBe(429)
      expect(yield* query({ payToken: second })).toBe(503)
      expect(yield* query({ orderNo: "second" })).toBe(503)
      expect(yield* query({ payToken: "third" })).toBe(404)
    }).pipe(freshBank()),
  )

  it.effect("the calls after those of an older fault", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "make-payment", fault: "http503" })
      yield* switchOn({ call: "make-payment", fault: "http429" })
      const statuses = []
      for (let round = 0; round < 3; round += 1) {
        const reply = yield* send("make-payment", anOrder())
        statuses.push(reply._tag === "Reply" ? reply.status : null)
      }
      expect(statuses).toEqual([503, 429, 200])
    }).pipe(freshBank()),
  )
})

describe("faults of the other calls", () => {
  it.effect("a payment whose make was lost is found by its order number alone", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "make-payment", fault: "replyLostAfter" })
      expect(yield* send("make-payment", anOrder())).toEqual(lost)
      const heard = yield* ask("get-payment-status", { orderNo: "order-1", isTestPayment: true })
      expect(heard.success).toMatchObject({ payStatus: "PAY_STANDBY", payToken: "token-1" })
    }).pipe(freshBank()),
  )

  it.effect("a token that was made wrong belongs to nobody", () =>
    Effect.gen(function* () {
      yield* switchOn({ call: "make-payment", fault: "wrongPayToken" })
      const payToken = yield* make()
      expect((yield* statusOf(payToken)).status).toBe(404)
    }).pipe(freshBank()),
  )

  it.effect("a refund whose reply was lost has happened", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      yield* switchOn({ call: "refund-payment", fault: "replyLostAfter" })
      expect(yield* send("refund-payment", { payToken, reason: "단순변심", isTestPayment: true })).toEqual(
        lost,
      )
      expect((yield* statusOf(payToken)).success).toMatchObject({
        payStatus: "REFUND_SUCCESS",
        refundableAmount: 0,
      })
      expect((yield* refund(payToken)).error.errorCode).toBe("REFUND_ALREADY_REFUNDED")
    }).pipe(freshBank()),
  )

  it.effect("a lie about a refusal is the refusal", () =>
    Effect.gen(function* () {
      const payToken = yield* make()
      yield* switchOn({ call: "execute-payment", fault: "wrongAmount" })
      expect((yield* execute(payToken)).error.errorCode).toBe("EXECUTE_PAY_NOT_APPROVED")
    }).pipe(freshBank()),
  )
})

describe("a fault that could never bend anything is refused", () => {
  const decode = Schema.decodeUnknownExit(Fault)
  it.effect.each<unknown>([
    {},
    { call: "execute-payment" },
    { call: "cancel-payment", fault: "http503" },
    { call: "execute-payment", fault: "explode" },
    { call: "execute-payment", fault: "slow" },
    { call: "execute-payment", fault: "slow", delayMs: -1 },
    { call: "execute-payment", fault: "slow", delayMs: 1.5 },
    { call: "execute-payment", fault: "http503", times: 0 },
    { call: "execute-payment", fault: "http503", times: "sometimes" },
    { call: "execute-payment", fault: "resultType", value: "SUCCESS", charged: true },
    { call: "execute-payment", fault: "resultType", value: "HTTP_TIMEOUT" },
    { call: "execute-payment", fault: "errorCode", value: "" },
    { call: "make-payment", fault: "wrongAmount" },
    { call: "refund-payment", fault: "wrongMode" },
    { call: "make-payment", fault: "wrongOrderNo" },
    { call: "make-payment", fault: "http503", payToken: "token-1" },
  ])("%j", (fault) => Effect.sync(() => expect(Exit.isFailure(decode(fault))).toBe(true)))
})

describe("the bank under faults", () => {
  const target = fc.record({
    call: fc.constantFrom<CallName>("make-payment", "execute-payment", "refund-payment"),
  })
  const harmless = fc.constantFrom(
    { fault: "replyLostBefore" },
    { fault: "http503" },
    { fault: "http429" },
    { fault: "resultType", value: "HTTP_TIMEOUT", charged: false },
    { fault: "errorCode", value: "COMMON_TIMEOUT" },
  )
  const passing = fc.constantFrom(
    { fault: "replyLostAfter" },
    { fault: "slow", delayMs: 0 },
    { fault: "late", delayMs: 0 },
    { fault: "http503", charged: true },
    { fault: "unreadable" },
    { fault: "wrongPayToken" },
    { fault: "resultType", value: "INTERNAL_ERROR", charged: true },
  )
  const faultOf = (kind: fc.Arbitrary<object>) =>
    fc.tuple(target, kind).map(([call, kind]) => Schema.decodeUnknownSync(Fault)({ ...call, ...kind }))

  const booksAfterwards = (call: CallName, faults: ReadonlyArray<Fault>, calls: number) =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const payToken =
        call === "make-payment" ? "none" : yield* call === "refund-payment" ? paid() : approved()
      for (const fault of faults) yield* simulator.setFault(fault)
      const body = { ...anOrder(), payToken, reason: "단순변심" }
      for (let round = 0; round < calls; round += 1) yield* send(call, body)
      return { payments: yield* simulator.payments, ledger: yield* simulator.ledger }
    }).pipe(freshBank(), Effect.provide(TestClock.layer()), Effect.runPromise)

  it("has done nothing where a fault says that nothing happened", () =>
    fc.assert(
      fc.asyncProperty(faultOf(harmless), async (fault) => {
        expect(await booksAfterwards(fault.call, [fault], 1)).toEqual(
          await booksAfterwards(fault.call, [], 0),
        )
      }),
    ))

  it("has done the same as ever where a fault only bends the reply", () =>
    fc.assert(
      fc.asyncProperty(faultOf(passing), async (fault) => {
        expect(await booksAfterwards(fault.call, [fault], 1)).toEqual(
          await booksAfterwards(fault.call, [], 1),
        )
      }),
    ))
})
