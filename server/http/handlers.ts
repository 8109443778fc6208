/** One line per use case: decode is done, the caller is proven, the answer is made elsewhere. */

import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { createCheckout } from "../checkout/create.ts"
import { executeCheckout } from "../checkout/execute.ts"
import { listOrders, readOrder } from "../checkout/orders.ts"
import { paceBy } from "../checkout/recover.ts"
import { reportAuthentication } from "../checkout/report.ts"
import { CurrentSettings } from "../config.ts"
import { Authenticator } from "../identity/authenticator.ts"
import { Payers } from "../payers/payers.ts"
import { withoutControls } from "../text.ts"
import { answered, executeResponse, language } from "./answers.ts"
import { CheckoutApi } from "./api.ts"
import { RateLimits } from "./limits.ts"

const defaultPageSize = 20

export const paymentHandlers = HttpApiBuilder.group(CheckoutApi, "payment", (handlers) =>
  Effect.gen(function* () {
    const settings = yield* CurrentSettings
    const mode = settings.tossPay.testPayment ? "TEST" : "LIVE"
    const { leaseMs, ttlMs, onMismatch } = settings
    const create = createCheckout({ mode, leaseMs, ttlMs, onMismatch })
    const pace = paceBy(settings)
    const execute = executeCheckout(settings.tossPay.timeoutMs, pace)

    return handlers.handleAll({
      create: Effect.fnUntraced(function* ({ payload, headers }) {
        const { payer, userKey } = yield* caller
        const { checkout } = yield* create(payer, userKey, {
          wish: "items" in payload ? { items: payload.items } : { amount: payload.amount },
          expectedAmount: payload.expectedAmount ?? null,
          reference: payload.reference ?? null,
          idempotencyKey: headers["idempotency-key"] ?? null,
          language: yield* language,
        })
        const { order, payToken, expiresAt } = checkout.context
        return {
          orderId: order.orderId,
          payToken: payToken ?? "",
          amount: order.amount,
          currency: "KRW" as const,
          state: "minted" as const,
          expiresAt: expiresAt ?? "",
        }
      }, answered),
      authentication: ({ payload }) =>
        answered(
          Effect.flatMap(caller, ({ payer }) =>
            reportAuthentication(
              payer,
              payload.payToken,
              payload.outcome,
              withoutControls(payload.reason ?? "") || null,
            ),
          ),
        ),
      execute: Effect.fnUntraced(function* ({ payload }) {
        const { payer } = yield* caller
        return executeResponse(yield* execute(payer, payload.payToken), yield* language)
      }, answered),
      order: ({ params }) =>
        answered(Effect.flatMap(caller, ({ payer }) => readOrder(payer, params.orderId, pace))),
      orders: ({ query }) =>
        answered(
          Effect.flatMap(caller, ({ payer }) =>
            listOrders(payer, query.limit ?? defaultPageSize, query.cursor ?? null),
          ),
        ),
    })
  }),
)

/** The proven caller, who has not asked too often; the log and the laws know it by its fingerprint. */
const caller = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const userKey = yield* (yield* Authenticator).userKeyOf(request.headers)
  const payer = (yield* Payers).fingerprint(userKey)
  yield* (yield* RateLimits).ofCaller(payer)
  return { userKey, payer }
})
