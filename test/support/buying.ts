/** An order over HTTP, taken as far as a test needs it. */

import { Effect } from "effect"
import { Shop } from "./server.ts"

export interface AnOrder {
  readonly orderId: string
  readonly payToken: string
}

export const created = Effect.gen(function* () {
  const { body } = yield* (yield* Shop).call("POST", "/api/payment/create", { amount: 5000 })
  return body as AnOrder
})

export const approved = Effect.tap(created, ({ payToken }) =>
  Effect.flatMap(Shop, ({ sheet }) => sheet(payToken, "approve")),
)

export const execute = ({ payToken }: AnOrder) =>
  Effect.flatMap(Shop, ({ call }) => call("POST", "/api/payment/execute", { payToken }))

/** The back office gives the money back; `ADMIN_TOKEN` has to be set. */
export const giveBack = (orderId: string | null) =>
  Effect.flatMap(Shop, ({ call, env }) =>
    call(
      "POST",
      `/admin/api/checkouts/${orderId}/refund`,
      { reason: "the cup was cold" },
      { headers: { authorization: `Bearer ${env["ADMIN_TOKEN"]}` } },
    ),
  )

export const paid = Effect.tap(approved, execute)
