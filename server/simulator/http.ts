/**
 * Sheets, controls and the front page over HTTP: routes that pass on to the service and write down its answers.
 * Nothing is decided here.
 */

import { Effect, Layer, Schema } from "effect"
import {
  Headers,
  HttpMiddleware,
  HttpRouter,
  type HttpServerError,
  HttpServerRequest,
  HttpServerResponse,
} from "effect/http"
import { type NotPossible, SheetAction } from "./buyer.ts"
import { Fault } from "./faults.ts"
import { indexPage } from "./indexPage.ts"
import type { Page } from "./page.ts"
import type { LedgerEntry, Payment } from "./payment.ts"
import { sheetPage, unknownSheetPage } from "./sheetPage.ts"
import { TossPaySimulator } from "./simulator.ts"
import { payStatuses } from "./status.ts"
import { isoTime } from "./tossTime.ts"

const json = (status: number, body: unknown) => HttpServerResponse.jsonUnsafe(body, { status })

/** For people and tests: sheets and controls, open to every origin because the page that uses them is on another. */
export const sheetRoutes = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const simulator = yield* TossPaySimulator
    const payment = Effect.flatMap(payToken, simulator.payment)
    const sheetAction = bodyAs(SheetAction)
    yield* router.add(
      "GET",
      "/sheet/:payToken",
      Effect.map(payment, (payment) =>
        payment === null ? html(404, unknownSheetPage) : html(200, sheetPage(payment)),
      ),
    )
    yield* router.add(
      "GET",
      "/sheet/:payToken/payment",
      Effect.map(payment, (payment) =>
        payment === null ? json(404, unknownToken) : json(200, summary(payment)),
      ),
    )
    yield* router.add(
      "POST",
      "/sheet/:payToken",
      answered(
        Effect.gen(function* () {
          const payStatus = yield* simulator.sheet(yield* payToken, yield* sheetAction)
          return json(200, { payStatus })
        }),
      ),
    )
    yield* router.add("OPTIONS", "/sheet/*", preflight)
  }),
).pipe(Layer.provide(HttpRouter.middleware(HttpMiddleware.cors()).layer))

export const controlRoutes = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const simulator = yield* TossPaySimulator
    const faults = Effect.map(simulator.faults, (faults) => json(200, { faults }))
    const statusMove = bodyAs(StatusMove)
    const refund = bodyAs(DashboardRefund)
    const settings = Effect.map(simulator.settings, (settings) => json(200, settings))

    yield* router.add("GET", "/simulator/faults", faults)
    yield* router.add(
      "POST",
      "/simulator/faults",
      answered(bodyAs(Fault).pipe(Effect.flatMap(simulator.setFault), Effect.andThen(faults))),
    )
    yield* router.add("DELETE", "/simulator/faults", Effect.andThen(simulator.clearFaults, faults))
    yield* router.add("GET", "/simulator/settings", settings)
    yield* router.add(
      "PUT",
      "/simulator/settings",
      answered(
        bodyAs(SettingChanges).pipe(Effect.flatMap(simulator.changeSettings), Effect.andThen(settings)),
      ),
    )
    yield* router.add(
      "GET",
      "/simulator/ledger",
      Effect.map(simulator.ledger, (entries) => json(200, { ledger: entries.map(ledgerLine) })),
    )
    yield* router.add(
      "GET",
      "/simulator/payments",
      Effect.map(simulator.payments, (payments) => json(200, { payments: payments.map(paymentLine) })),
    )
    yield* router.add(
      "POST",
      "/simulator/payments/:payToken/status",
      answered(
        Effect.gen(function* () {
          const { payStatus } = yield* statusMove
          return json(200, { payStatus: yield* simulator.moveStatus(yield* payToken, payStatus) })
        }),
      ),
    )
    yield* router.add(
      "POST",
      "/simulator/payments/:payToken/refund",
      answered(
        Effect.gen(function* () {
          const { amount } = yield* refund
          return json(200, { payStatus: yield* simulator.dashboardRefund(yield* payToken, amount) })
        }),
      ),
    )
    yield* router.add("OPTIONS", "/simulator/*", preflight)
  }),
).pipe(Layer.provide(HttpRouter.middleware(HttpMiddleware.cors()).layer))

export const indexRoute = HttpRouter.use((router) =>
  Effect.gen(function* () {
    const { payments, ledger, faults, settings } = yield* TossPaySimulator
    const books = Effect.all({ payments, ledger, faults, settings })
    yield* router.add(
      "GET",
      "/",
      Effect.map(books, (books) => html(200, indexPage(books))),
    )
  }),
)

export const healthRoute = HttpRouter.add("GET", "/healthz", Effect.succeed(json(200, { ok: true })))

const html = (status: number, { html, headers }: Page) =>
  HttpServerResponse.text(html, {
    status,
    headers: Headers.fromInput(headers),
    contentType: "text/html; charset=utf-8",
  })

/** The CORS middleware answers before this is reached. */
const preflight = HttpServerResponse.empty()

const payToken = Effect.map(HttpRouter.params, ({ payToken }) => payToken ?? "")

const SettingChanges = Schema.Struct({
  repeatedExecute: Schema.optionalKey(Schema.Literals(["reject", "charge"])),
  repeatedRefund: Schema.optionalKey(Schema.Literals(["reject", "refund"])),
  lapseAfterMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 86_400_000 }))),
  refundTakesMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 }))),
  refundsPerDay: Schema.optionalKey(Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))),
  inactiveUsers: Schema.optionalKey(Schema.Array(Schema.String)),
})

/** Won; absent: all that is left. */
const DashboardRefund = Schema.Struct({
  amount: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
})

const StatusMove = Schema.Struct({ payStatus: Schema.Literals(payStatuses) })

/** No body is an empty one. Built once per route: compiling a schema costs more than the request that it reads. */
const bodyAs = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.flatMap(request.text, (text) => decode(text || "{}")),
  )
}

/** A refusal or a malformed body becomes an answer. */
const answered = <R>(
  handler: Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    NotPossible | Schema.SchemaError | HttpServerError.HttpServerError,
    R
  >,
) =>
  handler.pipe(
    Effect.catchTag("SchemaError", ({ message }) =>
      Effect.succeed(json(400, { reason: "INVALID_REQUEST", detail: message })),
    ),
    Effect.catchTag("NotPossible", ({ reason, payStatus }) =>
      Effect.succeed(payStatus === null ? json(404, unknownToken) : json(409, { reason, payStatus })),
    ),
  )

const unknownToken = { reason: "UNKNOWN_PAY_TOKEN" }

const summary = (payment: Payment) => ({
  payToken: payment.payToken,
  orderNo: payment.orderNo,
  productDesc: payment.productDesc,
  amount: payment.amount,
  payStatus: payment.payStatus,
  mode: payment.mode,
  expiresAt: isoTime(payment.expiresAt),
})

const ledgerLine = (entry: LedgerEntry) => ({ ...entry, at: isoTime(entry.at) })

const paymentLine = (payment: Payment) => ({
  ...payment,
  createdAt: isoTime(payment.createdAt),
  expiresAt: isoTime(payment.expiresAt),
  history: payment.history.map(({ payStatus, at }) => ({ payStatus, at: isoTime(at) })),
  movements: payment.movements.map(ledgerLine),
})
