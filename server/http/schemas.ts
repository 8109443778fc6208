/** What the parts of the HTTP contract have in common. */

import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { maxWon, stateNames, statePaths } from "../../machines/index.ts"

/** Text from outside: bounded, and storable (PostgreSQL keeps neither NUL nor broken surrogates). */
export const text = (maxLength: number) =>
  Schema.String.check(
    Schema.isMaxLength(maxLength),
    Schema.makeFilter((value: string) => !value.includes("\u0000") && value.isWellFormed(), {
      expected: "text without NUL characters or broken surrogates",
    }),
  )

/** A whole number in a query. */
export const wholeFromText = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))

export const Won = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxWon })).annotate({
  description: "Whole won, 1 to 9,999,999.",
})

export const State = Schema.Literals(stateNames)

export const At = Schema.Literals(statePaths).annotate({
  description: "The state to its finer half, for a copy of the machine in the webview.",
})

export const Time = Schema.String.annotate({ format: "date-time" })

const Actions = Schema.Array(Schema.Literals(["authenticate", "execute", "wait", "create"])).annotate({
  description: "What the buyer may do now.",
})
export const SafeToRetry = Schema.Boolean.annotate({
  description: "A new payment cannot charge the buyer twice.",
})

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

/** What every no says. `reason` is stable, `message` is for people. */
export const noOf = <const Reasons extends ReadonlyArray<string>>(...reasons: Reasons) => ({
  ok: Schema.Literal(false),
  reason: Schema.Literals(reasons),
  message: Schema.String,
  detail: Schema.optionalKey(Schema.String).annotate({
    description: "For who wrote the caller: what is wrong.",
  }),
})

/** A no that says nothing else. */
export const refused = <const Reasons extends ReadonlyArray<string>>(status: number, ...reasons: Reasons) =>
  Schema.Struct(noOf(...reasons)).pipe(HttpApiSchema.status(status))

/** What any request may be answered with. */
export const everywhere = [
  refused(401, "UNAUTHENTICATED"),
  refused(413, "BODY_TOO_LARGE"),
  refused(422, "INVALID_REQUEST"),
  refused(429, "RATE_LIMITED"),
  refused(
    503,
    "DATABASE_UNAVAILABLE",
    "TOSSPAY_UNAVAILABLE",
    "AUTHENTICATION_UNAVAILABLE",
    "PAYER_KEY_UNAVAILABLE",
    "FEED_UNAVAILABLE",
    "SERVER_BUSY",
    "SERVER_OUTDATED",
  ),
] as const

export const notFound = refused(404, "CHECKOUT_NOT_FOUND")
