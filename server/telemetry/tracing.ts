/**
 * OpenTelemetry traces, from a request (that may bring its `traceparent` from the webview) to the log and to TossPay, sent by
 * OTLP as JSON over HTTP. Off unless the standard variables name an endpoint; off means that nothing is wrapped, so it costs
 * nothing. A trace says what happened when, and nothing of what it was about but the order id.
 */

import { Cause, ConfigProvider, Effect, Exit, Layer, Option, Tracer } from "effect"
import { FetchHttpClient, HttpMiddleware } from "effect/http"
import { OtlpSerialization, OtlpTracer } from "effect/observability"
import type { Order } from "../../machines/index.ts"
import { text, url } from "../environment.ts"
import { EventLog } from "../log/eventLog.ts"
import { aroundCalls, TossPay } from "../tosspay/tosspay.ts"

export interface Tracing {
  /** There is somebody to send traces to. */
  readonly isOn: boolean
  readonly serviceName: string
}

export const tracingVariables = Effect.gen(function* () {
  const endpoints = [
    yield* url("OTEL_EXPORTER_OTLP_ENDPOINT"),
    yield* url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
  ]
  const isDisabled =
    (yield* text("OTEL_SDK_DISABLED")) === "true" || (yield* text("OTEL_TRACES_EXPORTER")) === "none"
  const serviceName = (yield* text("OTEL_SERVICE_NAME")) ?? "tosspay-checkout"
  return { isOn: !isDisabled && endpoints.some((endpoint) => endpoint !== null), serviceName }
})

/** Sends what is traced, and the rest of it before the scope closes. */
export const tracer = ({ isOn, serviceName }: Tracing) =>
  isOn
    ? Layer.effect(Tracer.Tracer, Effect.map(Tracer.Tracer, discreet)).pipe(
        Layer.provide(OtlpTracer.layerFromConfig({ resource: { serviceName } })),
        Layer.provide([FetchHttpClient.layer, OtlpSerialization.layerJson, exportedUnlessSaid]),
        Layer.merge(HttpMiddleware.layerTracerDisabledForUrls(["/metrics", "/healthz", "/readyz"])),
      )
    : Layer.empty

/** As the standard has it; Effect exports nothing unless it is told to. */
const exportedUnlessSaid = ConfigProvider.layerAdd(
  ConfigProvider.fromEnvRecord({ OTEL_TRACES_EXPORTER: "otlp" }),
)

/** The log with a span around everything that somebody waits for. */
export const tracedLog = <E, R>({ isOn }: Tracing, log: Layer.Layer<EventLog, E, R>) =>
  isOn
    ? Layer.effect(
        EventLog,
        Effect.map(EventLog, (log) =>
          EventLog.of({
            ...log,
            append: (append) => spanned("EventLog.append", log.append(append), databaseSpan),
            find: (lookup) => spanned("EventLog.find", log.find(lookup), databaseSpan),
            ofPayer: (...args) => spanned("EventLog.ofPayer", log.ofPayer(...args), databaseSpan),
            claimHolder: (...args) => spanned("EventLog.claimHolder", log.claimHolder(...args), databaseSpan),
          }),
        ),
      ).pipe(Layer.provide(log))
    : log

/** The same for calls to TossPay. */
export const tracedTossPay = <A, E, R>({ isOn }: Tracing, bank: Layer.Layer<TossPay | A, E, R>) =>
  isOn
    ? Layer.effect(
        TossPay,
        Effect.map(TossPay, (bank) => aroundCalls(bank, called)),
      ).pipe(Layer.provideMerge(bank))
    : bank

const spanned = <A, E, R>(
  name: string,
  effect: Effect.Effect<A, E, R>,
  attributes: Readonly<Record<string, string>>,
) => Effect.withSpan(effect, name, { kind: "client", attributes })

const databaseSpan = { "db.system.name": "postgresql" }

const called = <A extends { readonly _tag: string }>(call: string, order: Order, sent: Effect.Effect<A>) =>
  spanned(
    `TossPay ${call}`,
    Effect.tap(sent, ({ _tag }) => Effect.annotateCurrentSpan("tosspay.outcome", _tag)),
    { "checkout.order_id": order.orderId },
  )

/** All that a span may say besides its name and its times. Addresses, paths and texts of errors may be personal or secret. */
const sayable = new Set([
  "http.request.method",
  "http.route",
  "http.response.status_code",
  "db.system.name",
  "tosspay.outcome",
  "checkout.order_id",
])

const discreet = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      // What no request and no call has led to, such as a look for alerts, is nobody's trace.
      const isOwn = options.kind === "internal" && Option.isNone(options.parent)
      const span = tracer.span(isOwn ? { ...options, sampled: false } : options)
      const { attribute, end } = { attribute: span.attribute.bind(span), end: span.end.bind(span) }
      return Object.assign(span, {
        attribute: (key: string, value: unknown) => {
          if (sayable.has(key)) attribute(key, value)
          // A request has its route only once the router has found it.
          if (key === "http.route") Object.assign(span, { name: `${options.name} ${value}` })
        },
        event: () => {},
        end: (time: bigint, exit: Exit.Exit<unknown, unknown>) => end(time, wordless(exit)),
      })
    },
  })

/** That it failed, and with what kind of failure. */
const wordless = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return exit
  const { _tag, name } = (Cause.squash(exit.cause) ?? {}) as {
    readonly _tag?: unknown
    readonly name?: unknown
  }
  const failure = new Error(String(_tag ?? name ?? "failure"))
  failure.stack = ""
  return Exit.fail(failure)
}
