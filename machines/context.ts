/**
 * What a checkout remembers between two facts, and how each fact changes it.
 * Pure assignments only: which of them runs when is written in checkout.ts.
 */

import type { FactOf, FactType, Order } from "./facts.ts"
import { examine, mismatchReason, type PaymentAnswer } from "./payment.ts"

export interface Reason {
  /** Stable, upper case. */
  readonly code: string
  /** What TossPay or the SDK said, for people; `null` when nothing was said. */
  readonly message: string | null
}

export interface CheckoutContext {
  readonly order: Order
  readonly payToken: string | null
  readonly openedAt: string
  readonly updatedAt: string
  /** When the token lapses, ISO; `null` before there is one. */
  readonly expiresAt: string | null
  readonly reason: Reason | null
  /** Execute calls made so far. */
  readonly attempts: number
  /** The attempts of which no reply was ever seen: each call may still charge, however late it arrives. */
  readonly unanswered: ReadonlyArray<number>
  /** Questions for the status since the last definite news; they widen the schedule. */
  readonly asks: number
  /** The time planned between those questions, in milliseconds. */
  readonly waitedMs: number
  /** The answer that says money moved. */
  readonly payment: PaymentAnswer | null
  readonly refundedAt: string | null
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** After this long without an answer a person is asked. */
export const patienceMs = 24 * hourMs

const longestAskMs = 6 * hourMs

/**
 * How long to wait before asking TossPay for the status again. The steps triple, so that with the default
 * lease of 45 s they are 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, 3 h and then 6 h: eleven questions in a day.
 */
export const askDelayMs = (context: Pick<CheckoutContext, "asks" | "order">): number =>
  Math.min(Math.round((context.order.leaseMs / 9) * 3 ** context.asks), longestAskMs)

/** The time left until the token lapses, judged at the last fact. Never below 0. */
export const untilExpiryMs = (context: CheckoutContext): number =>
  context.expiresAt === null ? 0 : Math.max(0, Date.parse(context.expiresAt) - Date.parse(context.updatedAt))

type Change<T extends FactType = FactType> = (context: CheckoutContext, fact: FactOf<T>) => CheckoutContext

const change =
  <T extends FactType>(
    apply: (context: CheckoutContext, fact: FactOf<T>) => Partial<CheckoutContext>,
  ): Change<T> =>
  (context, fact) => ({ ...context, ...apply(context, fact), updatedAt: fact.at })

const fresh = { asks: 0, waitedMs: 0 }

/** One named change per way a fact can be remembered; `noted` only moves the time on. */
export const changes = {
  noted: change(() => ({})),
  tokenKept: change<"TokenMinted">((context, fact) => ({
    payToken: fact.payToken,
    expiresAt: plus(fact.at, context.order.ttlMs),
  })),
  mintRefusalKept: change<"TokenRefused">((_, fact) => ({ reason: reasonOf(fact) })),
  refusalKept: change<"ExecutionRefused" | "ExecutionPostponed">((context, fact) => ({
    ...fresh,
    reason: reasonOf(fact),
    unanswered: context.unanswered.filter((attempt) => attempt !== fact.attempt),
  })),
  lossKept: change<"TokenLost">((_, fact) => ({
    reason: { code: "TOSSPAY_UNAVAILABLE", message: fact.cause },
  })),
  mintAbandoned: change(() => ({ reason: { code: "TOSSPAY_UNAVAILABLE", message: null } })),
  rejectionKept: change<"AuthenticationRejected">((_, fact) => ({
    ...fresh,
    reason: { code: "AUTHENTICATION_REJECTED", message: fact.reason },
  })),
  questionOpened: change(() => fresh),
  askCounted: change((context) => ({
    asks: context.asks + 1,
    waitedMs: context.waitedMs + askDelayMs(context),
  })),
  attemptCounted: change((context) => ({
    ...fresh,
    reason: null,
    attempts: context.attempts + 1,
    unanswered: [...context.unanswered, context.attempts + 1],
  })),
  notAuthenticated: change((context) => ({
    ...fresh,
    reason: context.reason ?? { code: "NOT_AUTHENTICATED", message: null },
  })),
  approvalSeen: change(() => ({ ...fresh, reason: null })),
  lapseKept: change((context) => ({ reason: context.reason ?? { code: "PAY_TOKEN_LAPSED", message: null } })),
  cancelKept: change((context) => ({
    reason: context.reason ?? { code: "PAYMENT_CANCELLED", message: null },
  })),
  failureKept: change((context) => ({
    ...fresh,
    reason: context.reason ?? { code: "PAYMENT_FAILED", message: null },
  })),
  paymentKept: change<"PaymentExecuted" | "StatusReported" | "OutcomeCorrected">((_, fact) => ({
    ...fresh,
    reason: null,
    payment: { ...fact.answer, paidAt: fact.answer.paidAt ?? fact.at },
    refundedAt: isRefunded(fact.answer) ? fact.at : null,
  })),
  differenceKept: change<"PaymentExecuted" | "StatusReported" | "OutcomeCorrected">((context, fact) => ({
    ...fresh,
    reason: { code: mismatchReason(examine(context.order, context.payToken, fact.answer)), message: null },
    payment: fact.answer,
  })),
  refundKept: change<"RefundConfirmed" | "StatusReported">((_, fact) => ({
    ...fresh,
    refundedAt: (fact.type === "RefundConfirmed" ? fact.refundedAt : null) ?? fact.at,
  })),
  refundRefusalKept: change(() => fresh),
} satisfies Record<string, Change<never>>

/** A checkout at its first fact. */
export const opened = (order: Order, at: string): CheckoutContext => ({
  order,
  payToken: null,
  openedAt: at,
  updatedAt: at,
  expiresAt: null,
  reason: null,
  attempts: 0,
  unanswered: [],
  asks: 0,
  waitedMs: 0,
  payment: null,
  refundedAt: null,
})

const reasonOf = ({ code, message }: Reason): Reason => ({ code, message })

const isRefunded = (answer: PaymentAnswer): boolean =>
  answer.payStatus === "REFUND_SUCCESS" || answer.payStatus === "SETTLEMENT_REFUND_COMPLETE"

const plus = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString()
