/**
 * What each row of the log holds in `data`, as schemas: the runtime twin of the machine's facts, held to them by
 * test/log/factSchema.test.ts. docs/events.md is made from it, and rows of unknown origin are judged by it.
 */

import { Schema } from "effect"
import { type FactType, isWon, payStatuses } from "../../machines/index.ts"

const won = (description: string) => Schema.Int.annotate({ description }).pipe(Schema.refine(isWon))
const Won = won("in whole won")
const WonClaimed = Schema.Int.annotate({ description: "in whole won, as TossPay says" })
const Time = Schema.String.annotate({ description: "ISO 8601 with zone", format: "date-time" })
const Attempt = Schema.Int.annotate({ description: "which call it is about, counted from 1" })

const said = (description: string) => Schema.String.annotate({ description })
const orNull = <S extends Schema.Constraint>(schema: S) => Schema.NullOr(schema)

const Order_ = Schema.Struct({
  orderId: said("TossPay's orderNo"),
  amount: Won,
  amountTaxFree: won("the part that carries no VAT, in whole won"),
  mode: Schema.Literals(["LIVE", "TEST"]),
  items: Schema.Array(
    Schema.Struct({
      sku: Schema.String,
      name: Schema.String,
      price: won("of one piece, in whole won"),
      quantity: Schema.Int,
    }),
  ),
  payer: said("the payer's fingerprint"),
  reference: orNull(said("the shop's own order number")),
  ttlMs: Schema.Int.annotate({ description: "how long the payToken may stay unpaid" }),
  leaseMs: Schema.Int.annotate({ description: "how long one worker owns a call" }),
  onMismatch: Schema.optionalKey(
    Schema.Literals(["refund", "hold"]).annotate({
      description:
        "what becomes of money that does not agree with the order; absent before machine version 2: `hold`",
    }),
  ),
})

const Answer = Schema.Struct({
  source: Schema.Literals(["execute-payment", "get-payment-status"]),
  payStatus: orNull(Schema.Literals(payStatuses)).annotate({
    description:
      "`null` for execute-payment, whose reply has no status: a reply without an error is a charge",
  }),
  mode: Schema.String,
  orderNo: Schema.String,
  payToken: Schema.String,
  amount: WonClaimed,
  paidAmount: orNull(WonClaimed),
  discountedAmount: orNull(WonClaimed),
  transactionId: orNull(Schema.String),
  method: orNull(Schema.String),
  instrument: orNull(said("the card or account as TossPay masked it")),
  paidAt: orNull(Time),
  refundableAmount: Schema.optionalKey(
    orNull(
      Schema.Int.annotate({ description: "what could still be given back; only get-payment-status says so" }),
    ),
  ),
  refundedAmount: Schema.optionalKey(
    WonClaimed.annotate({ description: "what all refunds come to; only get-payment-status lists them" }),
  ),
  refundedAt: Schema.optionalKey(orNull(Time)),
  charges: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "the transaction ids of all charges; only get-payment-status lists them",
    }),
  ),
})

const Checks = Schema.Array(
  Schema.Struct({
    field: Schema.Literals(["amount", "paidAndDiscounted", "orderNo", "payToken", "mode"]),
    ours: orNull(Schema.Union([Schema.String, Schema.Int])),
    theirs: orNull(Schema.Union([Schema.String, Schema.Int])),
    agrees: Schema.Boolean,
  }),
).annotate({ description: "both sides of every comparison with the order" })

const Cause = Schema.Literals([
  "TIMEOUT",
  "CONNECTION_LOST",
  "SERVER_ERROR",
  "UNREADABLE",
  "NO_RESULT",
  "NOT_SENT",
  "THROTTLED",
]).annotate({ description: "why there is no usable answer" })
const unanswered = {
  cause: Cause,
  code: Schema.optionalKey(
    said("TossPay's own code, where it answered and left open what became of the call"),
  ),
}

const refusal = { code: said("TossPay's own code"), message: orNull(said("TossPay's own text")) }
const reason = { reason: orNull(said("the SDK's free text")) }
const refunded = {
  refundedAmount: orNull(WonClaimed),
  refundNo: orNull(Schema.String),
  transactionId: orNull(Schema.String),
  refundedAt: orNull(Time),
}
const decision = { who: said("the person"), why: said("the person's reason") }
const evidence = { answer: Answer, checks: Checks }

/** The fields of `data` for each type of fact. */
export const factFields = {
  CheckoutOpened: { order: Order_ },
  TokenMinted: { payToken: Schema.String },
  TokenRefused: refusal,
  TokenLost: unanswered,
  TokenExpired: {},
  AuthenticationStarted: {},
  AuthenticationSucceeded: {},
  AuthenticationRejected: reason,
  AuthenticationUnknown: reason,
  ExecutionStarted: { attempt: Attempt },
  PaymentExecuted: { attempt: Attempt, ...evidence },
  ExecutionRefused: { attempt: Attempt, ...refusal },
  ExecutionPostponed: { attempt: Attempt, ...refusal },
  OutcomeUnknown: { attempt: Attempt, ...unanswered },
  LeaseExpired: {},
  StatusAsked: {},
  StatusReported: {
    ...evidence,
    origin: Schema.optionalKey(
      Schema.Literal("dashboard").annotate({ description: "it tells of a refund that is none of ours" }),
    ),
  },
  StatusNotFound: {},
  StatusUnavailable: unanswered,
  OutcomeCorrected: { ...decision, ...evidence },
  RefundRequested: { attempt: Attempt, ...decision },
  RefundStarted: {
    attempt: Attempt,
    ...decision,
    origin: Schema.Literals(["person", "policy"]).annotate({ description: "who wants it" }),
  },
  RefundConfirmed: { attempt: Attempt, ...refunded },
  RefundRefused: { attempt: Attempt, ...refusal },
  RefundPostponed: { attempt: Attempt, ...refusal },
  RefundOutcomeUnknown: { attempt: Attempt, ...unanswered },
} as const satisfies Record<FactType, Schema.Struct.Fields>

/** Parts that several facts have, under a name of their own in the docs. */
export const factParts = { order: Order_, answer: Answer, checks: Checks } as const

/** `data` of one type of fact, and nothing besides. */
export const factData = (type: FactType): Schema.Codec<unknown> =>
  // A struct without fields would let anything in.
  Object.keys(factFields[type]).length === 0
    ? Schema.Record(Schema.String, Schema.Never)
    : (Schema.Struct(factFields[type]) as Schema.Codec<unknown>)

/** Why this is not the data of such a fact; `null` if it is. */
export const dataFault = (type: string, data: unknown): string | null => {
  if (!Object.hasOwn(factFields, type)) return `there is no fact ${type}`
  const result = decoders[type as FactType](data)
  return result._tag === "Success" ? null : result.failure.message.split("\n").join(" ")
}

const decoders = Object.fromEntries(
  (Object.keys(factFields) as ReadonlyArray<FactType>).map((type) => [
    type,
    Schema.decodeUnknownResult(factData(type), { onExcessProperty: "error" }),
  ]),
) as Record<FactType, ReturnType<typeof Schema.decodeUnknownResult<Schema.Codec<unknown>>>>
