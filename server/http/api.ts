/**
 * The HTTP contract with the webview, as schemas: what is decoded, what is answered, and what the API reference shows.
 */

import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { version } from "../version.ts"
import { AdminApi } from "./admin/api.ts"
import { DeliveriesApi } from "./admin/deliveriesApi.ts"
import { SessionApi } from "./admin/sessionApi.ts"
import {
  At,
  everywhere,
  noOf,
  notFound,
  Order,
  refused,
  SafeToRetry,
  State,
  Time,
  text,
  Won,
  wholeFromText,
} from "./schemas.ts"

const PayToken = Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,64}$/))

const NonBlank = text(100).check(Schema.isPattern(/\S/))

const Line = Schema.Struct({
  sku: text(64),
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999 })),
  amount: Schema.optional(Won).annotate({ description: "For products with an open price." }),
})

const createFields = {
  expectedAmount: Schema.optional(
    Schema.Int.annotate({ description: "The total that the buyer was shown." }),
  ),
  reference: Schema.optional(NonBlank).annotate({ description: "The shop's own order number." }),
}

const CreateBody = Schema.Union([
  Schema.Struct({
    items: Schema.Array(Line).check(Schema.isMinLength(1), Schema.isMaxLength(100)),
    ...createFields,
  }),
  Schema.Struct({ amount: Won, ...createFields }),
])

const AuthenticationBody = Schema.Struct({
  payToken: PayToken,
  outcome: Schema.Literals(["started", "succeeded", "rejected", "unknown"]),
  reason: Schema.optional(Schema.NullOr(text(500))),
})

const ExecuteBody = Schema.Struct({ payToken: PayToken })

export const Created = Schema.Struct({
  orderId: Schema.String,
  payToken: Schema.String,
  amount: Schema.Int,
  currency: Schema.Literal("KRW"),
  state: Schema.Literal("minted"),
  expiresAt: Time,
}).pipe(HttpApiSchema.status(201))

export const Orders = Schema.Struct({ orders: Schema.Array(Order), cursor: Schema.NullOr(Schema.String) })

const Settled = Schema.Struct({
  ok: Schema.Literal(true),
  state: Schema.Literal("settled"),
  at: At,
  orderId: Schema.String,
  amount: Schema.Int,
  approvedAt: Schema.optionalKey(Time),
})

const Executing = Schema.Struct({
  ok: Schema.Literal(false),
  reason: Schema.Literal("EXECUTING"),
  message: Schema.String,
  state: State,
  at: At,
  orderId: Schema.String,
  retryAfterMs: Schema.Int,
}).pipe(HttpApiSchema.status(202))

const NotPaid = Schema.Struct({
  ok: Schema.Literal(false),
  reason: Schema.String.annotate({ description: "AMOUNT_MISMATCH, a code of ours, or TossPay's own code." }),
  message: Schema.String,
  state: State,
  at: At,
  orderId: Schema.String,
  amount: Schema.Int,
  safeToRetry: SafeToRetry,
}).pipe(HttpApiSchema.status(400))

const NotMade = Schema.Struct({
  ok: Schema.Literal(false),
  reason: Schema.String.annotate({ description: "TossPay's own code." }),
  message: Schema.String,
  state: Schema.Literal("failed"),
  safeToRetry: SafeToRetry,
}).pipe(HttpApiSchema.status(400))

const PriceChanged = Schema.Struct({
  ...noOf("PRICE_CHANGED"),
  amount: Schema.Int.annotate({
    description: "What it costs now, in won: to take it, ask again with it as `expectedAmount`.",
  }),
}).pipe(HttpApiSchema.status(409))

const AlreadyPaid = Schema.Struct({ ...noOf("ALREADY_PAID"), order: Order }).pipe(HttpApiSchema.status(409))

class PaymentApi extends HttpApiGroup.make("payment")
  .add(
    HttpApiEndpoint.post("create", "/create", {
      headers: {
        "idempotency-key": Schema.optional(Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,255}$/))),
      },
      payload: CreateBody,
      success: Created,
      error: [
        ...everywhere,
        NotMade,
        PriceChanged,
        AlreadyPaid,
        refused(409, "IN_PROGRESS"),
        refused(422, "UNKNOWN_PRODUCT", "AMOUNT_OUT_OF_RANGE", "IDEMPOTENCY_KEY_REUSED"),
      ],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Open a checkout",
        description:
          "The server prices the order and has TossPay mint the payToken that locks order and amount.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.post("authentication", "/authentication", {
      payload: AuthenticationBody,
      success: Order,
      error: [...everywhere, notFound],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Report what the payment sheet told the webview",
        description: "Recorded as a hint. Nothing that a webview says makes an order paid.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.post("execute", "/execute", {
      payload: ExecuteBody,
      success: [Settled, Executing],
      error: [...everywhere, notFound, NotPaid],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Execute and verify the payment",
        description: "The same request gets the same answer, however often and however many at once.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("order", "/orders/:orderId", {
      params: { orderId: text(100) },
      success: Order,
      error: [...everywhere, notFound],
    }).annotateMerge(OpenApi.annotations({ summary: "Read one order" })),
  )
  .add(
    HttpApiEndpoint.get("orders", "/orders", {
      query: {
        cursor: Schema.optional(text(200)),
        limit: Schema.optional(wholeFromText(1, 100)),
      },
      success: Orders,
      error: [...everywhere],
    }).annotateMerge(OpenApi.annotations({ summary: "List one's own orders, newest first" })),
  )
  .prefix("/api/payment")
  .annotateMerge(
    OpenApi.annotations({ title: "Payment", description: "What a mini-app's webview calls." }),
  ) {}

export class CheckoutApi extends HttpApi.make("tosspay-checkout")
  .add(PaymentApi)
  .add(AdminApi)
  .add(DeliveriesApi)
  .add(SessionApi)
  .annotateMerge(
    OpenApi.annotations({
      title: "tosspay-checkout",
      description: "TossPay checkout for Apps in Toss mini-apps: create, authenticate, execute, read.",
      version,
    }),
  ) {}
