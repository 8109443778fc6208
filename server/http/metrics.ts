/** `/metrics`, in Prometheus' text format. */

import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import type { Alerts } from "../alerts/alerts.ts"
import type { Database } from "../database/postgres.ts"
import type { EventLog } from "../log/eventLog.ts"
import type { Deliveries } from "../subscriptions/deliveries.ts"
import { lookAtGauges } from "../telemetry/metrics.ts"
import type { ClientCertificate } from "../tosspay/certificate.ts"
import type { TossPay } from "../tosspay/tosspay.ts"

export const metrics = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<
      Database | EventLog | Alerts | Deliveries | TossPay | ClientCertificate
    >()
    yield* router.add(
      "GET",
      "/metrics",
      Effect.provideContext(lookAtGauges, context).pipe(
        Effect.andThen(PrometheusMetrics.format()),
        Effect.map((text) =>
          HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" }),
        ),
      ),
    )
  }),
)
