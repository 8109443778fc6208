import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { expect } from "vitest"
import { Shop, shop } from "../support/server.ts"

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: object }>
}

/** An OpenTelemetry collector, as far as a test looks. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const spans: Array<Span> = []
    const services = new Set<string>()
    const server = createServer(async (request, response) => {
      const body = JSON.parse((await request.toArray()).join(""))
      expect(request.url).toBe("/v1/traces")
      for (const { resource, scopeSpans } of body.resourceSpans) {
        for (const { key, value } of resource.attributes)
          if (key === "service.name") services.add(value.stringValue)
        for (const { spans: some } of scopeSpans) spans.push(...some)
      }
      response.setHeader("content-type", "application/json").end("{}")
    })
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const { port } = server.address() as AddressInfo
    return { spans, services, server, url: `http://127.0.0.1:${port}` }
  }),
  ({ server }) => Effect.sync(() => server.closeAllConnections() ?? server.close()),
)

const traceId = "0af7651916cd43dd8448eb211c80319c"
const webviewSpanId = "b7ad6b7169203331"
const traceparent = `00-${traceId}-${webviewSpanId}-01`
const secret = "canary-user-key-5150"

/** One order is paid for; execute comes with the trace of the webview. */
const paid = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const { payToken, orderId } = (yield* call(
    "POST",
    "/api/payment/create",
    { amount: 5_000 },
    { as: secret },
  )).body
  yield* sheet(payToken, "approve")
  const executed = yield* call(
    "POST",
    "/api/payment/execute?note=canary-query",
    { payToken },
    { as: secret, headers: { traceparent } },
  )
  expect(executed.status).toBe(200)
  yield* call("GET", "/api/payment/orders/canary-path", undefined, { as: secret })
  yield* call("GET", "/canary-nowhere", undefined, { as: secret })
  yield* call("GET", "/metrics")
  return { payToken: payToken as string, orderId: orderId as string }
})

describe("a trace", () => {
  it.live(
    "leads from the webview through the request to the log and to TossPay, and says nothing it should not",
    () =>
      Effect.gen(function* () {
        const { spans, services, url } = yield* collector
        const { payToken, orderId } = yield* Effect.provide(
          paid,
          shop({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: "the-shop" }),
        )
        expect([...services]).toEqual(["the-shop"])

        const execute = spans.filter((span) => span.traceId === traceId)
        const [request] = execute.filter(({ parentSpanId }) => parentSpanId === webviewSpanId)
        expect(request?.name).toBe("POST /api/payment/execute")
        const count = (name: string) => execute.filter((span) => span.name === name).length
        expect(count("TossPay execute-payment")).toBe(1)
        // Claimed before the call, settled after it.
        expect(count("EventLog.append")).toBe(2)
        const ids = new Set(execute.map(({ spanId }) => spanId))
        for (const { parentSpanId = "" } of execute) {
          expect(parentSpanId === webviewSpanId || ids.has(parentSpanId)).toBe(true)
        }

        const attributes = spans.flatMap((span) => span.attributes)
        expect(attributes).toContainEqual({ key: "checkout.order_id", value: { stringValue: orderId } })
        expect(attributes).toContainEqual({ key: "tosspay.outcome", value: { stringValue: "Answered" } })
        for (const canary of [payToken, "canary"]) expect(JSON.stringify(spans)).not.toContain(canary)
        expect(spans.map(({ name }) => name)).not.toContain("GET /metrics")
      }).pipe(Effect.scoped),
    60_000,
  )

  it.live("is not made, and nothing is wrapped for it, unless there is somewhere to send it", () =>
    Effect.gen(function* () {
      yield* Effect.provide(
        Effect.gen(function* () {
          yield* paid
          expect(yield* Tracer.Tracer).toBe(Tracer.nativeTracer)
        }),
        shop(),
      )
    }),
  )
})
