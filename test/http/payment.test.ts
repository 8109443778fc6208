import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { Database, Shop, shop, TossPaySimulator } from "../support/server.ts"

const create = (body: unknown = { items: [{ sku: "coffee", quantity: 2 }] }, options = {}) =>
  Effect.flatMap(Shop, (shop) => shop.call("POST", "/api/payment/create", body, options))

const execute = (payToken: string, options = {}) =>
  Effect.flatMap(Shop, (shop) => shop.call("POST", "/api/payment/execute", { payToken }, options))

const read = (orderId: string, options = {}) =>
  Effect.flatMap(Shop, (shop) => shop.call("GET", `/api/payment/orders/${orderId}`, undefined, options))

const approve = (payToken: string) => Effect.flatMap(Shop, (shop) => shop.sheet(payToken, "approve"))

const charges = (orderId: string) =>
  Effect.gen(function* () {
    const ledger = yield* (yield* TossPaySimulator).ledger
    return ledger.filter((entry) => entry.orderNo === orderId && entry.kind === "charge")
  })

const rows = (sqlText: string) =>
  Effect.gen(function* () {
    const sql = yield* Database
    return yield* Effect.promise(() => sql.unsafe(sqlText))
  })

describe("a checkout over HTTP", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("is priced by the server, authenticated, executed, and settled", () =>
      Effect.gen(function* () {
        const created = yield* create({ items: [{ sku: "coffee", quantity: 2 }], expectedAmount: 9000 })
        expect(created.status).toBe(201)
        expect(created.body).toMatchObject({ amount: 9000, currency: "KRW", state: "minted" })
        const { payToken, orderId } = created.body
        yield* approve(payToken)
        const executed = yield* execute(payToken)
        expect(executed.status).toBe(200)
        expect(executed.body).toMatchObject({ ok: true, state: "settled", orderId, amount: 9000 })
        expect(Number.isNaN(Date.parse(executed.body.approvedAt))).toBe(false)
        const order = yield* read(orderId)
        expect(order.body).toMatchObject({
          orderId,
          state: "settled",
          safeToRetry: false,
          refund: null,
          actions: [],
        })
        expect(yield* charges(orderId)).toHaveLength(1)
      }),
    )

    it.effect.each([
      ["ko-KR,ko;q=0.9,en;q=0.8", "커피"],
      ["en-US", "Coffee"],
      ["fr", "커피"],
    ] as const)("names its goods to a buyer who speaks %s, and to TossPay's sheet: %s", ([spoken, name]) =>
      Effect.gen(function* () {
        const { payToken, orderId } = (yield* create(undefined, { headers: { "accept-language": spoken } }))
          .body
        expect((yield* read(orderId)).body.items).toMatchObject([{ sku: "coffee", name, quantity: 2 }])
        expect(yield* (yield* TossPaySimulator).payment(payToken)).toMatchObject({ productDesc: name })
      }),
    )

    it.effect("tells TossPay the tax split, which adds up to the amount", () =>
      Effect.gen(function* () {
        const items = [
          { sku: "coffee", quantity: 1 },
          { sku: "book", quantity: 1 },
        ]
        const { payToken } = (yield* create({ items })).body
        const payment = yield* (yield* TossPaySimulator).payment(payToken)
        expect(payment).toMatchObject({
          amount: 16_500,
          amountTaxFree: 12_000,
          amountVat: 410,
          amountTaxable: 4_090,
        })
      }),
    )

    it.effect("is charged once, and everybody gets the same answer, however many execute at once", () =>
      Effect.gen(function* () {
        const { payToken, orderId } = (yield* create()).body
        yield* approve(payToken)
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => execute(payToken)),
          { concurrency: "unbounded" },
        )
        for (const answer of [...answers, yield* execute(payToken)]) {
          expect(answer.status).toBe(200)
          expect(answer.body).toEqual(answers[0]?.body)
        }
        expect(yield* charges(orderId)).toHaveLength(1)
      }),
    )

    it.effect("stays with the buyer when it was not authenticated, and the same token works afterwards", () =>
      Effect.gen(function* () {
        const { payToken, orderId } = (yield* create()).body
        const early = yield* execute(payToken)
        expect(early.status).toBe(400)
        expect(early.body).toMatchObject({
          ok: false,
          reason: "EXECUTE_PAY_NOT_APPROVED",
          state: "minted",
          orderId,
        })
        yield* approve(payToken)
        expect((yield* execute(payToken)).body).toMatchObject({ ok: true, state: "settled" })
        expect(yield* charges(orderId)).toHaveLength(1)
      }),
    )

    it.effect("keeps the sheet's reason as it came, and offers the same token again", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const { payToken } = (yield* create()).body
        const report = (outcome: string, reason?: string) =>
          shop.call("POST", "/api/payment/authentication", { payToken, outcome, reason })
        expect((yield* report("started")).body).toMatchObject({ state: "authenticating" })
        const rejected = yield* report("rejected", "사용자가 닫음 🙈")
        expect(rejected.status).toBe(200)
        expect(rejected.body).toMatchObject({
          state: "minted",
          reason: "AUTHENTICATION_REJECTED",
          detail: "사용자가 닫음 🙈",
          actions: ["authenticate"],
        })
      }),
    )

    it.effect(
      "asks TossPay when the sheet's answer is unknown, and finishes what the buyer authenticated",
      () =>
        Effect.gen(function* () {
          const shop = yield* Shop
          const { payToken, orderId } = (yield* create()).body
          yield* approve(payToken)
          const view = yield* shop.call("POST", "/api/payment/authentication", {
            payToken,
            outcome: "unknown",
          })
          expect(view.body).toMatchObject({ state: "settled" })
          expect(yield* charges(orderId)).toHaveLength(1)
        }),
    )

    it.effect("belongs to its buyer: to anybody else it does not exist", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const { payToken, orderId } = (yield* create()).body
        yield* approve(payToken)
        const stranger = { as: "somebody-else" }
        for (const answer of [
          yield* execute(payToken, stranger),
          yield* read(orderId, stranger),
          yield* shop.call(
            "POST",
            "/api/payment/authentication",
            { payToken, outcome: "rejected" },
            stranger,
          ),
        ]) {
          expect(answer.status).toBe(404)
          expect(answer.body).toMatchObject({ ok: false, reason: "CHECKOUT_NOT_FOUND" })
        }
        expect(yield* charges(orderId)).toHaveLength(0)
        const orders = yield* shop.call("GET", "/api/payment/orders", undefined, stranger)
        expect(orders.body).toEqual({ orders: [], cursor: null })
      }),
    )

    it.effect("is listed to its buyer, newest first, page by page", () =>
      Effect.gen(function* () {
        const shop = yield* Shop
        const options = { as: "the-lister" }
        const ids: Array<string> = []
        for (let index = 0; index < 5; index += 1)
          ids.unshift((yield* create({ amount: 500 }, options)).body.orderId)
        const first = yield* shop.call("GET", "/api/payment/orders?limit=3", undefined, options)
        const second = yield* shop.call(
          "GET",
          `/api/payment/orders?limit=3&cursor=${first.body.cursor}`,
          undefined,
          options,
        )
        const listed = [...first.body.orders, ...second.body.orders].map(
          (order: { orderId: string }) => order.orderId,
        )
        expect(listed).toEqual(ids)
        expect(second.body.cursor).toBeNull()
      }),
    )

    it.effect("an amount that TossPay changed is a mismatch, whatever else the answer says", () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const { payToken, orderId } = (yield* create()).body
        yield* approve(payToken)
        yield* simulator.setFault({
          call: "execute-payment",
          fault: "wrongAmount",
          times: 1,
          payToken,
        } as never)
        const answer = yield* execute(payToken)
        expect(answer.status).toBe(400)
        expect(answer.body).toMatchObject({
          ok: false,
          reason: "AMOUNT_MISMATCH",
          state: "mismatched",
          orderId,
        })
        const [row] = yield* rows(
          `SELECT data FROM checkout_event WHERE type = 'PaymentExecuted' AND to_state = 'mismatched.owed'`,
        )
        expect(row?.["data"].checks).toContainEqual(
          expect.objectContaining({ field: "amount", ours: 9000, agrees: false }),
        )
      }),
    )

    it.effect(
      "a reply that is lost after the charge is found out by asking, and nothing is charged twice",
      () =>
        Effect.gen(function* () {
          const simulator = yield* TossPaySimulator
          const { payToken, orderId } = (yield* create()).body
          yield* approve(payToken)
          yield* simulator.setFault({
            call: "execute-payment",
            fault: "replyLostAfter",
            times: 1,
            payToken,
          } as never)
          const answer = yield* execute(payToken)
          expect(answer.status).toBe(200)
          expect(answer.body).toMatchObject({ ok: true, state: "settled" })
          expect(yield* charges(orderId)).toHaveLength(1)
        }),
    )

    it.effect("while nobody can tell, the answer is 202 and never a failure", () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const { payToken, orderId } = (yield* create()).body
        yield* approve(payToken)
        yield* simulator.setFault({
          call: "execute-payment",
          fault: "replyLostAfter",
          times: 1,
          payToken,
        } as never)
        yield* simulator.setFault({
          call: "get-payment-status",
          fault: "http503",
          times: 1,
          payToken,
        } as never)
        const answer = yield* execute(payToken)
        expect(answer.status).toBe(202)
        expect(answer.body).toMatchObject({ ok: false, reason: "EXECUTING", state: "executing", orderId })
        expect(answer.body.retryAfterMs).toBeGreaterThan(0)
        expect(answer.headers.get("retry-after")).toBeTruthy()
        const order = yield* read(orderId)
        expect(order.body).toMatchObject({ state: "executing", safeToRetry: false, actions: ["wait"] })
        expect(yield* charges(orderId)).toHaveLength(1)
      }),
    )
  })
})

describe("creating twice", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    const key = (value: string) => ({ headers: { "idempotency-key": value } })

    it.effect("with the same key and body gives the same answer, even at the same moment", () =>
      Effect.gen(function* () {
        const body = { items: [{ sku: "coffee", quantity: 1 }] }
        const first = yield* create(body, key("k-1"))
        expect(first.status).toBe(201)
        expect((yield* create(body, key("k-1"))).body).toEqual(first.body)
        const racers = yield* Effect.all(
          Array.from({ length: 8 }, () => create(body, key("k-2"))),
          { concurrency: "unbounded" },
        )
        const made = racers.filter((answer) => answer.status === 201)
        expect(new Set(made.map((answer) => answer.body.payToken)).size).toBe(1)
        for (const answer of racers) {
          if (answer.status === 201) continue
          expect(answer.status).toBe(409)
          expect(answer.body.reason).toBe("IN_PROGRESS")
          expect(answer.headers.get("retry-after")).toBeTruthy()
        }
      }),
    )

    it.effect("with the same key and another body is refused", () =>
      Effect.gen(function* () {
        yield* create({ amount: 500 }, key("k-3"))
        const other = yield* create({ amount: 600 }, key("k-3"))
        expect(other.status).toBe(422)
        expect(other.body.reason).toBe("IDEMPOTENCY_KEY_REUSED")
      }),
    )

    it.effect("keys of two buyers have nothing to do with each other", () =>
      Effect.gen(function* () {
        const mine = yield* create({ amount: 500 }, key("k-4"))
        const theirs = yield* create({ amount: 600 }, { ...key("k-4"), as: "buyer-2" })
        expect([mine.status, theirs.status]).toEqual([201, 201])
      }),
    )

    it.effect("with the same reference gives the live checkout, and says so once it is paid", () =>
      Effect.gen(function* () {
        const body = { amount: 700, reference: "shop-1" }
        const first = yield* create(body)
        expect((yield* create(body)).body.payToken).toBe(first.body.payToken)
        yield* approve(first.body.payToken)
        yield* execute(first.body.payToken)
        const again = yield* create(body)
        expect(again.status).toBe(409)
        expect(again.body).toMatchObject({
          reason: "ALREADY_PAID",
          order: { orderId: first.body.orderId, state: "settled" },
        })
      }),
    )

    it.effect("under a live reference remembers the key, and still compares the price", () =>
      Effect.gen(function* () {
        const body = { amount: 750, reference: "shop-2" }
        const first = yield* create(body)
        const second = yield* create(body, key("k-6"))
        expect(second.body.payToken).toBe(first.body.payToken)
        expect((yield* create({ ...body, amount: 800 }, key("k-6"))).body.reason).toBe(
          "IDEMPOTENCY_KEY_REUSED",
        )
        expect((yield* create({ ...body, expectedAmount: 1 })).body).toMatchObject({
          reason: "PRICE_CHANGED",
          amount: 750,
        })
      }),
    )

    it.effect("with another price than expected is refused with the price, and opens nothing", () =>
      Effect.gen(function* () {
        const answer = yield* create(
          { items: [{ sku: "coffee", quantity: 1 }], expectedAmount: 4000 },
          { as: "haggler" },
        )
        expect(answer.status).toBe(409)
        expect(answer.body).toMatchObject({ reason: "PRICE_CHANGED", amount: 4500 })
        const shop = yield* Shop
        expect(
          (yield* shop.call("GET", "/api/payment/orders", undefined, { as: "haggler" })).body.orders,
        ).toEqual([])
      }),
    )

    it.effect("after TossPay was away works under the same key", () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        yield* simulator.setFault({ call: "make-payment", fault: "http503", times: 1 } as never)
        const first = yield* create({ amount: 900 }, key("k-5"))
        expect(first.status).toBe(503)
        expect(first.body.reason).toBe("TOSSPAY_UNAVAILABLE")
        expect(first.headers.get("retry-after")).toBeTruthy()
        expect((yield* create({ amount: 900 }, key("k-5"))).status).toBe(201)
      }),
    )
  })
})
