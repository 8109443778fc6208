/**
 * The HTTP contract with the webview, as schemas: what is decoded, what is answered, and what the API reference shows.
 */

import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { type StatePath, stateNames, states } from "../../machines/index.ts"

/** Text from outside: bounded, and storable (PostgreSQL keeps neither NUL nor broken surrogates). */
const text = (maxLength: number) =>
  Schema.String.check(
    Schema.isMaxLength(maxLength),
    Schema.makeFilter((value: string) => !value.includes("\u0000") && value.isWellFormed(), {
      expected: "text without NUL characters or broken surrogates",
    }),
  )

const Won = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999_999 })).annotate({
  description: "Whole won, 1 to 9,999,999.",
})

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

export const CreateBody = Schema.Union([
  Schema.Struct({
    items: Schema.Array(Line).check(Schema.isMinLength(1), Schema.isMaxLength(100)),
    ...createFields,
  }),
  Schema.Struct({ amount: Won, ...createFields }),
])

export const AuthenticationBody = Schema.Struct({
  payToken: PayToken,
  outcome: Schema.Literals(["started", "succeeded", "rejected", "unknown"]),
  reason: Schema.optional(Schema.NullOr(text(500))),
})

export const ExecuteBody = Schema.Struct({ payToken: PayToken })

const State = Schema.Literals(stateNames)
const Time = Schema.String.annotate({ format: "date-time" })
const Actions = Schema.Array(Schema.Literals(["authenticate", "execute", "wait", "create"])).annotate({
  description: "What the buyer may do now.",
})
const SafeToRetry = Schema.Boolean.annotate({ description: "A new payment cannot charge the buyer twice." })

const At = Schema.Literals(Object.keys(states) as ReadonlyArray<StatePath>).annotate({
  description: "The state to its finer half, for a copy of the machine in the webview.",
})

export const Created = Schema.Struct({
  orderId: Schema.String,
  payToken: Schema.String,
  amount: Schema.Int,
  currency: Schema.Literal("KRW"),
  state: Schema.Literal("minted"),
  expiresAt: Time,
}).pipe(HttpApiSchema.status(201))

export const Order = Schema.Struct({
  orderId: Schema.String,
  state: State,
  at: At,
  amount: Schema.Int,
  currency: Schema.Literal("KRW"),
  items: Schema.Array(
    Schema.Struct({ sku: Schema.String, name: Schema.String, price: Schema.Int, quantity: Schema.Int }),
  ),
  reference: Schema.optionalKey(Schema.String),
  createdAt: Time,
  updatedAt: Time,
  expiresAt: Schema.optionalKey(Time),
  reason: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String),
  approvedAt: Schema.optionalKey(Time),
  actions: Actions,
  safeToRetry: SafeToRetry,
  refund: Schema.NullOr(
    Schema.Struct({
      state: Schema.Literals(["refunding", "refunded"]),
      amount: Schema.Int,
      refundedAt: Schema.optionalKey(Time),
    }),
  ),
}).annotate({ identifier: "Order" })

export const Orders = Schema.Struct({ orders: Schema.Array(Order), cursor: Schema.NullOr(Schema.String) })

export const Settled = Schema.Struct({
  ok: Schema.Literal(true),
  state: Schema.Literal("settled"),
  at: At,
  orderId: Schema.String,
  amount: Schema.Int,
  approvedAt: Schema.optionalKey(Time),
})

export const Executing = Schema.Struct({
  ok: Schema.Literal(false),
  reason: Schema.Literal("EXECUTING"),
  message: Schema.String,
  state: State,
  at: At,
  orderId: Schema.String,
  retryAfterMs: Schema.Int,
}).pipe(HttpApiSchema.status(202))

/** A no. `reason` is stable, `message` is for people. */
const no = <const Reasons extends ReadonlyArray<string>>(status: number, ...reasons: Reasons) =>
  Schema.Struct({
    ok: Schema.Literal(false),
    reason: Schema.Literals(reasons),
    message: Schema.String,
  }).pipe(HttpApiSchema.status(status))

const NotPaid = Schema.Struct({
  ok: Schema.Literal(false),
  reason: Schema.String.annotate({ description: "AMOUNT_MISMATCH, a code of ours, or TossPay's own code." }),
  message: Schema.String,
  state: State,
  at: At,
  orderId: Schema.String,
  safeToRetry: SafeToRetry,
}).pipe(HttpApiSchema.status(400))

const everywhere = [
  no(401, "UNAUTHENTICATED"),
  no(413, "BODY_TOO_LARGE"),
  no(422, "INVALID_REQUEST"),
  no(503, "DATABASE_UNAVAILABLE", "TOSSPAY_UNAVAILABLE", "SHUTTING_DOWN"),
] as const

const notFound = no(404, "CHECKOUT_NOT_FOUND")

export class PaymentApi extends HttpApiGroup.make("payment")
  .add(
    HttpApiEndpoint.post("create", "/create", {
      headers: {
        "idempotency-key": Schema.optional(Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,255}$/))),
      },
      payload: CreateBody,
      success: Created,
      error: [
        ...everywhere,
        no(409, "PRICE_CHANGED", "ALREADY_PAID", "IN_PROGRESS"),
        no(422, "UNKNOWN_PRODUCT", "AMOUNT_OUT_OF_RANGE", "IDEMPOTENCY_KEY_REUSED"),
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
        limit: Schema.optional(
          Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 100 })),
        ),
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
  .annotateMerge(
    OpenApi.annotations({
      title: "tosspay-checkout",
      description: "TossPay checkout for Apps in Toss mini-apps: create, authenticate, execute, read.",
      version: "0.1.0",
    }),
  ) {}
