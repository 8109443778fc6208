/** How long requests take and how they end, by route. */

import { Effect, Option, type Types } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { countRequest } from "../telemetry/metrics.ts"

/** To be passed before everything else on the way in (gate.ts), so that it sees what everything else answers. */
export const timing = HttpRouter.middleware(
  Effect.fnUntraced(function* (
    httpEffect: Effect.Effect<HttpServerResponse.HttpServerResponse, Types.unhandled>,
  ) {
    const { method } = yield* HttpServerRequest.HttpServerRequest
    const begunAt = performance.now()
    const response = yield* httpEffect
    // The router leaves behind which route it took.
    const taken = yield* Effect.serviceOption(HttpRouter.RouteContext)
    const route = Option.match(taken, { onNone: () => "none", onSome: ({ route }) => route.path })
    yield* countRequest(method, route, response.status, performance.now() - begunAt)
    return response
  }),
  { global: true },
)
