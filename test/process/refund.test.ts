import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { created, paid } from "../support/buying.ts"
import { Shop, TossPaySimulator } from "../support/server.ts"
import { office, refund, refunds, settled, startedFor } from "./refunding.ts"

describe("POST /admin/api/checkouts/:orderId/refund", () => {
  it.live("gives the payment back, with who and why on record; the buyer sees it in the order", () =>
    Effect.gen(function* () {
      const { orderId } = yield* paid
      expect(yield* refund(orderId)).toMatchObject({
        status: 200,
        body: {
          ok: true,
          reason: "REFUNDED",
          orderId,
          at: "settled.refunded",
          who: "kim",
          refund: { state: "refunded", amount: 5000, refundedAt: expect.any(String) },
        },
      })
      expect(yield* startedFor(orderId)).toMatchObject([
        { data: { attempt: 1, who: "kim", why: "단순 변심", origin: "person" } },
      ])
      expect(yield* (yield* Shop).call("GET", `/api/payment/orders/${orderId}`)).toMatchObject({
        status: 200,
        body: { state: "settled", safeToRetry: true, refund: { state: "refunded", amount: 5000 } },
      })
    }).pipe(Effect.provide(office)),
  )

  it.live("is one refund however often it is clicked, even by a bank that would give it back again", () =>
    Effect.gen(function* () {
      const { orderId } = yield* paid
      const simulator = yield* TossPaySimulator
      yield* simulator.changeSettings({ repeatedRefund: "refund", refundTakesMs: 300 })
      const clicks = yield* Effect.all(
        Array.from({ length: 5 }, () => refund(orderId)),
        { concurrency: "unbounded" },
      )
      for (const { status, body } of [...clicks, yield* refund(orderId)]) {
        expect({ status, reason: body.reason }).toEqual({ status: 200, reason: "REFUNDED" })
      }
      expect(yield* refunds).toHaveLength(1)
      expect(yield* startedFor(orderId)).toHaveLength(1)
    }).pipe(Effect.provide(office)),
  )

  it.live("answers 202 while it is not known, 409 with the reason where it is refused", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const [lost, done, left, whole] = [yield* paid, yield* paid, yield* paid, yield* paid]
      yield* simulator.setFault({ call: "refund-payment", payToken: lost.payToken, fault: "replyLostBefore" })
      expect(yield* refund(lost.orderId)).toMatchObject({
        status: 202,
        body: { ok: false, reason: "REFUNDING", refund: { state: "refunding" } },
      })
      yield* settled(done)
      for (const _ of ["at first", "again"]) {
        expect(yield* refund(done.orderId)).toMatchObject({
          status: 409,
          body: { ok: false, reason: "SETTLEMENT_COMPLETE", at: "settled.paid", refund: null },
        })
      }
      const says = { fault: "errorCode", value: "REFUND_ALREADY_REFUNDED" } as const
      yield* simulator.setFault({ call: "refund-payment", payToken: whole.payToken, ...says })
      expect(yield* refund(whole.orderId)).toMatchObject({
        status: 409,
        body: { reason: says.value, message: expect.stringContaining("TossPay contradicts itself") },
      })
      yield* simulator.changeSettings({ inactiveUsers: ["buyer-1"] })
      expect(yield* refund(left.orderId)).toMatchObject({
        status: 409,
        body: { reason: "INACTIVE_USER", message: "토스를 탈퇴한 사용자예요" },
      })
      expect(yield* refund((yield* created).orderId)).toMatchObject({
        status: 409,
        body: { reason: "NOT_CHARGED" },
      })
      expect(yield* refunds).toEqual([])
    }).pipe(Effect.provide(office)),
  )

  it.live("that TossPay puts off answers 202 with the word that it will be made by itself", () =>
    Effect.gen(function* () {
      const { orderId } = yield* paid
      yield* (yield* TossPaySimulator).changeSettings({ refundsPerDay: 1_000 })
      expect(yield* refund(orderId)).toMatchObject({
        status: 202,
        body: {
          ok: false,
          reason: "REFUND_WAITS",
          message: expect.stringContaining("will be made by itself"),
          refund: { state: "refunding" },
        },
      })
    }).pipe(Effect.provide(office)),
  )

  it.live("is for the back office alone, about an order that exists, and for a reason", () =>
    Effect.gen(function* () {
      const { orderId } = yield* paid
      expect(yield* refund(orderId, undefined, "Bearer guessed")).toMatchObject({ status: 401 })
      expect(yield* refund("nothing")).toMatchObject({ status: 404, body: { reason: "CHECKOUT_NOT_FOUND" } })
      for (const body of [
        ...[{}, { reason: "" }, { reason: "   " }, { reason: 7 }],
        ...["", "  ", "x".repeat(101)].map((who) => ({ reason: "cold", who })),
      ]) {
        expect(yield* refund(orderId, body)).toMatchObject({ status: 422 })
      }
      expect(yield* refunds).toEqual([])
    }).pipe(Effect.provide(office)),
  )
})
