/** More requests than a server can work on: it says so at once, and does what it has begun. */

import { it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { describe, expect } from "vitest"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

describe("a server that has as much to do as it can", () => {
  it.layer(shop({ REQUESTS_AT_ONCE: "3" }), { excludeTestServices: true })((it) => {
    it.effect("tells the next to come again, ends well what it has begun, and is open again at once", () =>
      Effect.gen(function* () {
        const { call, sheet } = yield* Shop
        const bank = yield* TossPaySimulator
        const orders = yield* Effect.forEach([1, 2, 3], () =>
          Effect.gen(function* () {
            const { body } = yield* call("POST", "/api/payment/create", { amount: 5000 })
            yield* sheet(body.payToken, "approve")
            return body as { readonly payToken: string; readonly orderId: string }
          }),
        )
        yield* bank.setFault({ fault: "slow", call: "execute-payment", delayMs: 1_500, times: "always" })
        const paying = yield* Effect.forEach(orders, ({ payToken }) =>
          Effect.forkChild(call("POST", "/api/payment/execute", { payToken })),
        )

        const look = call("GET", "/api/payment/orders")
        const refused = yield* Effect.repeat(look, { until: ({ status }) => status !== 200 })
        expect(refused).toMatchObject({ status: 503, body: { ok: false, reason: "SERVER_BUSY" } })
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
        expect(yield* call("GET", "/healthz")).toMatchObject({ status: 200 })

        for (const [index, answer] of (yield* Effect.forEach(paying, Fiber.join)).entries()) {
          expect(answer).toMatchObject({ status: 200, body: { ok: true, orderId: orders[index]?.orderId } })
        }
        expect(yield* look).toMatchObject({ status: 200 })
        expect((yield* bank.ledger).filter(({ kind }) => kind === "charge")).toHaveLength(3)
      }),
    )
  })
})
