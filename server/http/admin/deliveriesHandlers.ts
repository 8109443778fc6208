/** The back office's side of subscriptions and alerts. */

import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Alerts } from "../../alerts/alerts.ts"
import { closeAbout } from "../../alerts/notice.ts"
import { Deliveries } from "../../subscriptions/deliveries.ts"
import {
  deliveryFilter,
  listDeliveries,
  resumeSubscription,
  retryDeliveries,
  retryDelivery,
} from "../../subscriptions/inspect.ts"
import { answered } from "../answers.ts"
import { CheckoutApi } from "../api.ts"
import { whoAsks } from "./access.ts"
import { iso, json } from "./handlers.ts"

const defaultPageSize = 50

export const deliveriesHandlers = HttpApiBuilder.group(CheckoutApi, "deliveries", (handlers) =>
  Effect.succeed(
    handlers.handleAll({
      deliveries: ({ query: { limit = defaultPageSize, cursor = null, from, to, failing, ...rest } }) =>
        answered(
          Effect.gen(function* () {
            const filter = deliveryFilter({
              ...rest,
              failing: failing === "true" || undefined,
              from: iso(from),
              to: iso(to),
            })
            const page = yield* listDeliveries(filter, limit, cursor)
            return json({ ...page, subscriptions: yield* (yield* Deliveries).status })
          }),
        ),
      retry: ({ params }) => answered(Effect.map(retryDelivery(params.id), json)),
      retryAll: ({ params: { subscription }, payload: { state } }) =>
        answered(Effect.map(retryDeliveries({ subscription, state }), (retried) => json({ retried }))),
      resume: ({ params: { subscription } }) =>
        answered(Effect.map(resumeSubscription(subscription), (resumed) => json({ resumed }))),
      alerts: ({ query: { limit = defaultPageSize, open } }) =>
        answered(
          Effect.gen(function* () {
            const alerts = yield* Alerts
            return json({ alerts: yield* open === "true" ? alerts.open : alerts.latest(limit) })
          }),
        ),
      closeAlert: ({ payload }) =>
        answered(
          Effect.gen(function* () {
            const who = yield* whoAsks(payload)
            return json({ closed: yield* closeAbout(payload.orderId, who, payload.why.trim()) })
          }),
        ),
    }),
  ),
)
