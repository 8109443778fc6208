/** The HTTP server: API, API reference, health, pages. */

import { ByteSize, Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { CurrentSettings } from "../config.ts"
import { Database, promptQuery } from "../database/postgres.ts"
import { LiveFeed } from "../log/liveFeed.ts"
import { adminOnly } from "./admin/access.ts"
import { deliveriesHandlers } from "./admin/deliveriesHandlers.ts"
import { adminHandlers } from "./admin/handlers.ts"
import { sessionHandlers } from "./admin/sessionHandlers.ts"
import { CheckoutApi } from "./api.ts"
import { Capacity } from "./capacity.ts"
import { consolePages } from "./console.ts"
import { demoPages } from "./demo.ts"
import { Draining, endStreamsFirst } from "./draining.ts"
import { gates, largestBodyBytes } from "./gate.ts"
import { paymentHandlers } from "./handlers.ts"
import { RateLimits } from "./limits.ts"
import { listener } from "./listener.ts"
import { metrics } from "./metrics.ts"
import { reference } from "./reference.ts"

const api = HttpApiBuilder.layer(CheckoutApi, { openapiPath: "/openapi.json" }).pipe(
  Layer.provide([
    paymentHandlers,
    Layer.provide(Layer.mergeAll(adminHandlers, deliveriesHandlers, sessionHandlers), adminOnly),
  ]),
)

const json = (status: number, body: unknown) => HttpServerResponse.jsonUnsafe(body, { status })

/** `/healthz`: the process lives. `/readyz`: it can do its work. */
const health = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const sql = yield* Database
    yield* router.add("GET", "/healthz", Effect.succeed(json(200, { ok: true })))
    yield* router.add(
      "GET",
      "/readyz",
      promptQuery(() => sql`SELECT 1 FROM checkout LIMIT 0`).pipe(
        Effect.timeout(2_000),
        Effect.match({
          onSuccess: () => json(200, { ok: true, database: "up" }),
          onFailure: () => json(503, { ok: false, database: "away" }),
        }),
      ),
    )
  }),
)

export interface HttpOptions {
  /**
   * Only where a simulator runs along, which is never in production: the demo opens its sheet there, and `/demo.json` gives whoever
   * asks the token of the back office, for the demo's stage.
   */
  readonly simulatorUrl?: string | null
}

/** Listens when it is built, and stops taking requests when its scope closes. */
export const httpServer = ({ simulatorUrl = null }: HttpOptions) =>
  Layer.unwrap(
    Effect.map(CurrentSettings, (settings) =>
      endStreamsFirst.pipe(
        Layer.provideMerge(
          HttpRouter.serve(
            Layer.mergeAll(
              api,
              reference,
              health,
              metrics,
              demoPages(simulatorUrl),
              consolePages,
              gates(settings.allowedOrigins),
            ),
            { disableLogger: true, disableListenLog: true },
          ),
        ),
        Layer.provide([
          Draining.layer,
          LiveFeed.layer,
          RateLimits.layer(settings.rateLimitPerMinute),
          Capacity.layer(settings.requestsAtOnce),
        ]),
        Layer.provide(Layer.succeed(HttpServerRequest.MaxBodySize, ByteSize.bytes(largestBodyBytes))),
        Layer.provideMerge(listener(settings)),
      ),
    ),
  )
