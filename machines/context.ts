/**
 * What a checkout remembers between two facts, and how each fact changes it.
 * Pure assignments only: which of them runs when is written in checkout.ts.
 */

import type { FactOf, FactType, Order, RefundWish } from "./facts.ts"
import { examine, isRefundedInFull, mismatchReason, type PaymentAnswer } from "./payment.ts"

export interface Reason {
  /** Stable, upper case. */
  readonly code: string
  /** What TossPay or the SDK said, for people; `null` when nothing was said. */
  readonly message: string | null
}

/** The refund that was asked for last, and how far its calls have come. */
export interface Refund extends RefundWish {
  /** Calls started so far, for this wish and those before it. */
  readonly attempt: number
  /**
   * The `waitedMs` from which no call can give money back any more: 0 where each was answered and none gave anything back,
   * `null` while one is under way, within its lease.
   */
  readonly quietAtMs: number | null
  /** TossPay's definite no to the last call. */
  readonly refusal: Reason | null
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
  /** Questions for the status since the last call or news; they widen the schedule. */
  readonly asks: number
  /** The time planned between those questions, in milliseconds. */
  readonly waitedMs: number
  /** When each execute call began since the buyer last said that they authenticated, ISO. */
  readonly calledAt: ReadonlyArray<string>
  /** The answer that says money moved; once that is back, with the amount that went back. */
  readonly payment: PaymentAnswer | null
  /** `null` as long as no refund was asked for here; TossPay's own dashboard makes refunds too. */
  readonly refund: Refund | null
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

const because = (code: string, message: string | null = null): Reason => ({ code, message })

/** This is the reason, unless there is one already. */
const unless =
  (code: string, news: Partial<CheckoutContext> = {}): Change =>
  (context, fact) => ({ ...context, ...news, reason: context.reason ?? because(code), updatedAt: fact.at })

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
  lossKept: change(() => ({ reason: because("TOSSPAY_UNAVAILABLE") })),
  rejectionKept: change<"AuthenticationRejected">((_, fact) => ({
    ...fresh,
    reason: because("AUTHENTICATION_REJECTED", fact.reason),
  })),
  questionOpened: change(() => fresh),
  hintKept: change(() => ({ ...fresh, calledAt: [] })),
  /** What an earlier sheet or call came to says nothing of this one. */
  startedAnew: change(() => ({ ...fresh, reason: null })),
  standbyKept: unless("NOT_AUTHENTICATED"),
  askCounted: change((context) => ({
    asks: context.asks + 1,
    waitedMs: context.waitedMs + askDelayMs(context),
  })),
  attemptCounted: change((context, { at }) => ({
    ...fresh,
    calledAt: [...context.calledAt, at],
    reason: null,
    attempts: context.attempts + 1,
    unanswered: [...context.unanswered, context.attempts + 1],
  })),
  notAuthenticated: unless("NOT_AUTHENTICATED", fresh),
  lapseKept: unless("PAY_TOKEN_LAPSED"),
  cancelKept: unless("PAYMENT_CANCELLED"),
  failureKept: unless("PAYMENT_FAILED", fresh),
  paymentKept: change<"PaymentExecuted" | "StatusReported" | "OutcomeCorrected">((_, fact) => ({
    ...fresh,
    reason: null,
    payment: { ...fact.answer, paidAt: fact.answer.paidAt ?? fact.at },
    refundedAt: isRefundedInFull(fact.answer) ? (fact.answer.refundedAt ?? fact.at) : null,
  })),
  differenceKept: change<"PaymentExecuted" | "StatusReported" | "OutcomeCorrected">((context, fact) => ({
    ...fresh,
    reason: because(mismatchReason(examine(context.order, context.payToken, fact.answer))),
    payment: fact.answer,
  })),
  refundAsked: change<"RefundRequested">((context, { who, why }) => ({
    ...fresh,
    refund: { who, why, origin: "person", attempt: refundCalls(context), quietAtMs: 0, refusal: null },
  })),
  refundClaimed: change<"RefundStarted">((context, { who, why, origin }) => ({
    refund: { who, why, origin, attempt: refundCalls(context) + 1, quietAtMs: null, refusal: null },
  })),
  refundLost: change(({ order, refund, waitedMs }) => ({
    refund: refund && { ...refund, quietAtMs: waitedMs + order.leaseMs },
  })),
  refundAnswered: change(({ refund }) => ({ refund: refund && { ...refund, quietAtMs: 0 } })),
  refundRefusalKept: change<"RefundRefused">(({ refund }, fact) => ({
    refund: refund && { ...refund, quietAtMs: 0, refusal: reasonOf(fact) },
  })),
  refundKept: change<"RefundConfirmed" | "StatusReported">(({ payment }, fact) => ({
    ...fresh,
    // TossPay's status says how much there was to give back; the answer that called for the refund may have claimed less.
    payment: payment && { ...payment, ...("answer" in fact && { amount: fact.answer.amount }) },
    refundedAt: ("answer" in fact ? fact.answer : fact).refundedAt ?? fact.at,
  })),
  finalityKept: change<"StatusReported">(({ payment }, { answer: { payStatus } }) => ({
    payment: payment && { ...payment, payStatus },
  })),
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
  calledAt: [],
  payment: null,
  refund: null,
  refundedAt: null,
})

/** Refund calls made so far. */
export const refundCalls = ({ refund }: CheckoutContext): number => refund?.attempt ?? 0

/** No refund call of ours can have given anything back: none was made, or each was answered. */
export const nothingGivenBack = ({ refund }: CheckoutContext): boolean =>
  refund === null || refund.quietAtMs === 0

const reasonOf = ({ code, message }: Reason): Reason => because(code, message)

const plus = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString()
