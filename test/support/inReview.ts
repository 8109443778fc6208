/** A payment that a day of questions left open. */

import { Effect } from "effect"
import { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { approved, execute } from "./buying.ts"
import { happen } from "./orders.ts"
import { TossPaySimulator } from "./server.ts"

/** Charged, with every reply lost; from now on TossPay answers again. */
export const paidInReview = Effect.gen(function* () {
  const simulator = yield* TossPaySimulator
  const order = yield* approved
  yield* simulator.setFault({ call: "execute-payment", fault: "replyLostAfter", times: 1 })
  yield* simulator.setFault({ call: "get-payment-status", fault: "unreadable", times: 100 })
  yield* execute(order)
  yield* askedForADay(order.orderId)
  yield* simulator.clearFaults
  return order
})

/** As if TossPay had told nothing for a day. */
const askedForADay = Effect.fnUntraced(function* (orderId: string) {
  const log = yield* EventLog
  let recorded = yield* log.find({ by: "orderId", value: orderId })
  while (recorded !== null && recorded.checkout.state !== "executing.review") {
    recorded = yield* happen(
      recorded,
      { type: "StatusAsked" },
      { type: "StatusUnavailable", cause: "TIMEOUT" },
    )
  }
}, Effect.provide(postgresEventLog))
