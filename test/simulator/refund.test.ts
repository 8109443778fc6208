import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { type SimulatorOptions, TossPaySimulator } from "../../server/simulator/index.ts"
import { type PayStatus, payStatuses } from "../../server/simulator/status.ts"
import { countingIds, paid, read, refund, send, standingAt, statusOf } from "./support.ts"

const bankWith = (options: SimulatorOptions = {}) =>
  Effect.provide(TossPaySimulator.layer({ ids: countingIds(), ...options }))

const dayMs = 24 * 60 * 60 * 1000

const refunds = TossPaySimulator.use(({ ledger }) =>
  Effect.map(ledger, (entries) => entries.filter(({ kind }) => kind === "refund")),
)
const payStatus = (payToken: string) => Effect.map(statusOf(payToken), ({ success }) => success.payStatus)
const onDashboard = (payToken: string, part?: number) =>
  TossPaySimulator.use((simulator) => simulator.dashboardRefund(payToken, part))
const change = (changes: Parameters<TossPaySimulator["Service"]["changeSettings"]>[0]) =>
  TossPaySimulator.use((simulator) => simulator.changeSettings(changes))

describe("a refund that takes its time", () => {
  it.effect("is at REFUND_PROGRESS until the money is back, and is answered then", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      const call = yield* Effect.forkChild(refund(payToken))
      yield* TestClock.adjust(9_999)
      expect((yield* statusOf(payToken)).success).toMatchObject({
        payStatus: "REFUND_PROGRESS",
        refundableAmount: 4_500,
        transactions: [{ stepType: "PAY" }],
      })
      expect(yield* refunds).toEqual([])
      expect((yield* refund(payToken)).error.errorCode).toBe("COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS")
      yield* TestClock.adjust(1)
      expect((yield* Fiber.join(call)).success).toMatchObject({
        refundedAmount: -4_500,
        refundNo: "refund-1",
      })
      expect(yield* payStatus(payToken)).toBe("REFUND_SUCCESS")
      expect(yield* refunds).toHaveLength(1)
    }).pipe(bankWith({ refundTakesMs: 10_000 })),
  )

  it.effect("is not taken back by a caller who gives up", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      const call = yield* Effect.forkChild(refund(payToken))
      yield* TestClock.adjust(1_000)
      yield* Fiber.interrupt(call)
      yield* TestClock.adjust(9_000)
      expect(yield* payStatus(payToken)).toBe("REFUND_SUCCESS")
      expect(yield* refunds).toMatchObject([{ amount: 4_500, madeBy: "shop" }])
    }).pipe(bankWith({ refundTakesMs: 10_000 })),
  )

  it.effect("fails when it is moved back meanwhile, and may be tried again", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      const call = yield* Effect.forkChild(refund(payToken))
      yield* TestClock.adjust(1_000)
      yield* TossPaySimulator.use((simulator) => simulator.moveStatus(payToken, "PAY_COMPLETE"))
      yield* TestClock.adjust(9_000)
      expect((yield* Fiber.join(call)).error.errorCode).toBe("COMMON_REFUND_ERROR")
      expect(yield* refunds).toEqual([])
      yield* change({ refundTakesMs: 0 })
      expect((yield* refund(payToken)).resultType).toBe("SUCCESS")
    }).pipe(bankWith({ refundTakesMs: 10_000 })),
  )
})

describe("a refund on TossPay's own dashboard", () => {
  it.effect(
    "may be of a part, and the rest goes back later, there or by a call; never more than was paid",
    () =>
      Effect.gen(function* () {
        const [one, other] = [yield* paid(), yield* paid({ orderNo: "other" })]
        for (const payToken of [one, other]) {
          expect(yield* onDashboard(payToken, 1_000)).toBe("REFUND_SUCCESS")
          expect((yield* statusOf(payToken)).success).toMatchObject({
            payStatus: "REFUND_SUCCESS",
            refundableAmount: 3_500,
            transactions: [{ stepType: "PAY" }, { stepType: "REFUND", transactionAmount: -1_000 }],
          })
          expect(yield* Effect.flip(onDashboard(payToken, 3_501))).toMatchObject({
            reason: "COMMON_REFUND_ERROR",
          })
        }
        expect(yield* onDashboard(one)).toBe("REFUND_SUCCESS")
        expect((yield* refund(other)).success).toMatchObject({ refundedAmount: -3_500, refundableAmount: 0 })
        for (const payToken of [one, other])
          expect((yield* statusOf(payToken)).success.refundableAmount).toBe(0)
        expect(yield* Effect.flip(onDashboard(one))).toMatchObject({ reason: "REFUND_ALREADY_REFUNDED" })
        expect(yield* refunds).toMatchObject([
          { amount: 1_000, madeBy: "dashboard" },
          { amount: 1_000, madeBy: "dashboard" },
          { amount: 3_500, madeBy: "dashboard" },
          { amount: 3_500, madeBy: "shop" },
        ])
      }).pipe(bankWith()),
  )

  it.effect("gives the whole payment back, once, and the books say who made it", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      expect(yield* onDashboard(payToken)).toBe("REFUND_SUCCESS")
      expect(yield* refunds).toMatchObject([{ amount: 4_500, madeBy: "dashboard" }])
      expect(yield* Effect.flip(onDashboard(payToken))).toMatchObject({
        reason: "REFUND_ALREADY_REFUNDED",
        payStatus: "REFUND_SUCCESS",
      })
      expect((yield* refund(payToken)).error.errorCode).toBe("REFUND_ALREADY_REFUNDED")
    }).pipe(bankWith()),
  )

  it.effect("takes its time as any other", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      const made = yield* Effect.forkChild(onDashboard(payToken))
      yield* TestClock.adjust(5_000)
      expect(yield* payStatus(payToken)).toBe("REFUND_PROGRESS")
      yield* TestClock.adjust(5_000)
      expect(yield* Fiber.join(made)).toBe("REFUND_SUCCESS")
    }).pipe(bankWith({ refundTakesMs: 10_000 })),
  )

  it.effect.each(payStatuses.filter((status) => status !== "PAY_COMPLETE"))("is refused at %s", (status) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const before = yield* refunds
      expect(yield* Effect.flip(onDashboard(payToken))).toMatchObject({ payStatus: status })
      expect(yield* refunds).toEqual(before)
    }).pipe(bankWith()),
  )
})

describe("what a shop cannot give back", () => {
  it.effect("is more than its ceiling on one day in Korea, and the next day it can", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 3, 7, 14, 59))
      const [one, two, three] = [
        yield* paid({ orderNo: "one" }),
        yield* paid({ orderNo: "two" }),
        yield* paid({ orderNo: "three" }),
      ]
      expect((yield* refund(one)).resultType).toBe("SUCCESS")
      expect(yield* onDashboard(two)).toBe("REFUND_SUCCESS")
      expect(yield* refund(three)).toMatchObject({
        status: 200,
        resultType: "FAIL",
        error: { errorCode: "REFUND_EXCEED_DAILY" },
      })
      yield* TestClock.adjust(60_000)
      expect((yield* refund(three)).resultType).toBe("SUCCESS")
    }).pipe(bankWith({ refundsPerDay: 9_000 })),
  )

  it.effect("is the payment of a buyer who left Toss", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      yield* change({ inactiveUsers: ["buyer"] })
      expect((yield* refund(payToken)).error.errorCode).toBe("INACTIVE_USER")
      expect(yield* Effect.flip(onDashboard(payToken))).toMatchObject({ reason: "INACTIVE_USER" })
      yield* change({ inactiveUsers: [] })
      expect((yield* refund(payToken)).resultType).toBe("SUCCESS")
    }).pipe(bankWith()),
  )

  it.effect("is what TossPay settled with it, a year after the charge", () =>
    Effect.gen(function* () {
      const payToken = yield* paid()
      yield* TestClock.adjust(365 * dayMs)
      expect(yield* payStatus(payToken)).toBe("PAY_COMPLETE")
      yield* TestClock.adjust(1)
      expect(yield* payStatus(payToken)).toBe("SETTLEMENT_COMPLETE")
      expect((yield* refund(payToken)).error.errorCode).toBe("COMMON_REFUND_ERROR")
    }).pipe(bankWith()),
  )
})

describe("a refund that is asked for again", () => {
  it.effect.each<[PayStatus, "reject" | "refund", number]>([
    ["REFUND_SUCCESS", "reject", 1],
    ["REFUND_SUCCESS", "refund", 2],
    ["SETTLEMENT_REFUND_COMPLETE", "refund", 1],
    ["PAY_STANDBY", "refund", 0],
  ])("at %s by a bank that would %s is %d", ([status, repeatedRefund, count]) =>
    Effect.gen(function* () {
      const payToken = yield* standingAt(status)
      const heard = read(yield* send("refund-payment", { payToken, reason: "x", isTestPayment: true }))
      expect(heard.resultType).toBe(count === 2 ? "SUCCESS" : "FAIL")
      const made = yield* refunds
      expect(made).toHaveLength(count)
      if (count === 2) {
        expect(made.map(({ madeBy }) => madeBy)).toEqual(["dashboard", "shop"])
        expect(new Set(made.map(({ transactionId }) => transactionId)).size).toBe(2)
      }
    }).pipe(bankWith({ repeatedRefund })),
  )
})
