/** Refunds by the back office, over HTTP and from the command line. */

import { Effect } from "effect"
import type { AnOrder } from "../support/buying.ts"
import { run } from "../support/cli.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

export const token = "a-token-of-the-back-office"

export const office = shop({ ADMIN_TOKEN: token })

/** The back office over HTTP. */
export const refund = (
  orderId: string,
  body: object = { reason: "단순 변심", who: "kim" },
  as = `Bearer ${token}`,
) =>
  Effect.flatMap(Shop, ({ call }) =>
    call("POST", `/admin/api/checkouts/${orderId}/refund`, body, { headers: { authorization: as } }),
  )

/** The command beside the server. */
export const command = (orderId: string, ...flags: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) => run(env, "refund", orderId, "--reason", "커피가 식었어요", ...flags))

export const settled = ({ payToken }: AnOrder) =>
  Effect.flatMap(TossPaySimulator, (simulator) => simulator.moveStatus(payToken, "SETTLEMENT_COMPLETE"))

export const refunds = Effect.flatMap(TossPaySimulator, ({ ledger }) =>
  Effect.map(ledger, (entries) => entries.filter(({ kind }) => kind === "refund")),
)

export const startedFor = (orderId: string) =>
  Effect.gen(function* () {
    const { call } = yield* Shop
    const headers = { authorization: `Bearer ${token}` }
    const { body } = yield* call("GET", `/admin/api/checkouts/${orderId}`, undefined, { headers })
    return body.events.filter(({ type }: { type: string }) => type === "RefundStarted")
  })
