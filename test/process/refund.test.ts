import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { expect } from "vitest"
import { type AnOrder, created, paid } from "../support/buying.ts"
import { interruptedAt, run } from "../support/cli.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const token = "a-token-of-the-back-office"

const office = shop({ ADMIN_TOKEN: token })

/** The back office over HTTP. */
const refund = (
  orderId: string,
  body: object = { reason: "단순 변심", who: "kim" },
  as = `Bearer ${token}`,
) =>
  Effect.flatMap(Shop, ({ call }) =>
    call("POST", `/admin/api/checkouts/${orderId}/refund`, body, { headers: { authorization: as } }),
  )

/** The command beside the server. */
const command = (orderId: string, ...flags: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) => run(env, "refund", orderId, "--reason", "커피가 식었어요", ...flags))

const settled = ({ payToken }: AnOrder) =>
  Effect.flatMap(TossPaySimulator, (simulator) => simulator.moveStatus(payToken, "SETTLEMENT_COMPLETE"))

const refunds = Effect.flatMap(TossPaySimulator, ({ ledger }) =>
  Effect.map(ledger, (entries) => entries.filter(({ kind }) => kind === "refund")),
)

const startedFor = (orderId: string) =>
  Effect.gen(function* () {
    const { call } = yield* Shop
    const headers = { authorization: `Bearer ${token}` }
    const { body } = yield* call("GET", `/admin/api/checkouts/${orderId}`, undefined, { headers })
    return body.events.filter(({ type }: { type: string }) => type === "RefundStarted")
  })

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
      const [lost, done, left] = [yield* paid, yield* paid, yield* paid]
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

describe("refund", () => {
  it.live(
    "gives the payment back and ends with 0, once, whoever asks again",
    () =>
      Effect.gen(function* () {
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ repeatedRefund: "refund" })
        const both = yield* Effect.all([command(orderId), command(orderId, "--who", "lee", "--json")], {
          concurrency: 2,
        })
        expect(both[0]).toMatchObject({
          code: 0,
          err: "",
          out: expect.stringMatching(new RegExp(`^${orderId}: 5000 won given back at 2.*\n$`)),
        })
        expect(both[1].code).toBe(0)
        expect(JSON.parse(both[1].out)).toMatchObject({ outcome: "refunded", orderId, reason: "REFUNDED" })
        expect(yield* refund(orderId)).toMatchObject({ status: 200 })
        expect(yield* refunds).toHaveLength(1)
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "ends with 1 where it is refused, 2 where it is used wrongly, 3 where the database is away",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const done = yield* paid
        yield* settled(done)
        const [refused, unknown, blank, reasonless, nobody, longName, away] = yield* Effect.all(
          [
            command(done.orderId),
            command("nothing"),
            run(env, "refund", done.orderId, "--reason", "  "),
            run(env, "refund", done.orderId),
            run(env, "refund", done.orderId, "--reason", "x", "--who", " "),
            run(env, "refund", done.orderId, "--reason", "x", "--who", "x".repeat(101)),
            run(
              { ...env, DATABASE_URL: "postgres://postgres@127.0.0.1:1/nowhere" },
              ...["refund", done.orderId, "--reason", "x"],
            ),
          ],
          { concurrency: 3 },
        )
        expect(refused).toMatchObject({
          code: 1,
          err: "",
          out: `${done.orderId}: refused, SETTLEMENT_COMPLETE: TossPay has settled this payment and refunds it no more.\n`,
        })
        expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("there is no order nothing") })
        expect(blank).toMatchObject({
          code: 2,
          err: expect.stringContaining('--reason: "  ". Expected: 1 to 200 characters'),
        })
        expect(reasonless).toMatchObject({ code: 2 })
        for (const wrong of [nobody, longName]) {
          expect(wrong).toMatchObject({
            code: 2,
            err: expect.stringContaining("Expected: 1 to 100 characters"),
          })
        }
        expect(away).toMatchObject({ code: 3, err: expect.stringContaining("DATABASE_URL") })
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "that TossPay puts off ends with 1, and says that it will be made by itself",
    () =>
      Effect.gen(function* () {
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ refundsPerDay: 1_000 })
        expect(yield* command(orderId)).toMatchObject({
          code: 1,
          out: `${orderId}: not yet, REFUND_WAITS: The refund is noted and will be made by itself as soon as TossPay lets us; nothing more is to be done.\n`,
        })
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "that is interrupted while TossPay is called says that a server goes on with it, and how to look",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ refundTakesMs: 2_000 })
        const called = yield* Effect.forkChild(
          Effect.repeat(startedFor(orderId), { until: ({ length }) => length > 0 }),
        )
        const words = ["refund", orderId, "--reason", "x"]
        expect(yield* interruptedAt(Effect.runPromise(Fiber.join(called)), env, ...words)).toMatchObject({
          code: 130,
          out: "",
          err: `interrupted; a server goes on with what is on record; look with: audit show ${orderId}\n`,
        })
        const looked = yield* run(env, "audit", "show", orderId)
        expect(looked.out).toContain("RefundStarted")
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "of a payer who was forgotten is refused with the reason",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        expect(yield* run(env, "audit", "forget", orderId, "--why", "asked for it")).toMatchObject({
          code: 0,
        })
        expect(yield* command(orderId)).toMatchObject({
          code: 1,
          out: expect.stringMatching(`^${orderId}: refused, PAYER_FORGOTTEN: The buyer was forgotten.*\n$`),
        })
        expect(yield* startedFor(orderId)).toEqual([])
      }).pipe(Effect.provide(office)),
    60_000,
  )
})
