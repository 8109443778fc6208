/**
 * Everything that can happen to a checkout. Each is a row of the event log, named in the past tense;
 * what the machine refuses leaves no row.
 */

import type { Won } from "./money.ts"
import type { Expected, PaymentAnswer, RefundAnswer } from "./payment.ts"

export interface Item {
  readonly sku: string
  readonly name: string
  /** Price of one piece. */
  readonly price: Won
  readonly quantity: number
}

/** What is being paid for. Fixed when the checkout is opened; nothing changes it afterwards. */
export interface Order extends Expected {
  /** TossPay's orderNo: one per checkout, never used again. */
  readonly orderId: string
  /** The part of the amount that carries no VAT. */
  readonly amountTaxFree: Won
  readonly items: ReadonlyArray<Item>
  /** Who pays: a keyed fingerprint of the toss user key, never the key itself. */
  readonly payer: string
  /** The shop's own order number, if it gave one. */
  readonly reference: string | null
  /** How long a minted payToken may stay unpaid. */
  readonly ttlMs: number
  /** How long one worker owns a call that changes something at TossPay. */
  readonly leaseMs: number
  /**
   * What becomes of money that does not agree with the order: it is given back at once, or it waits for a person. Orders of
   * machine version 1 say nothing of it, and wait.
   */
  readonly onMismatch?: MismatchPolicy
}

export type MismatchPolicy = "refund" | "hold"

/** Who wants a refund, and what for. */
export interface RefundWish {
  /** The person who asked for it, or the policy that did. */
  readonly who: string
  readonly why: string
  readonly origin: "person" | "policy"
}

/** When it was recorded, ISO with zone, by the log's own clock; never earlier than the fact before it. */
interface Recorded {
  readonly at: string
}

/** A definite no from TossPay. `message` is TossPay's own text, to be shown as it came. */
export interface Refusal {
  readonly code: string
  readonly message: string | null
}

/** Why a call to TossPay has no usable answer. */
export type NoAnswer =
  | "TIMEOUT"
  | "CONNECTION_LOST"
  | "SERVER_ERROR"
  | "UNREADABLE"
  | "NO_RESULT"
  | "NOT_SENT"
  | "THROTTLED"

/** That a call to TossPay has no usable answer. */
export interface Unanswered {
  readonly cause: NoAnswer
  /** TossPay's own code, where it answered and left open what became of the call. */
  readonly code?: string
}

type Facts = {
  CheckoutOpened: { readonly order: Order }
  TokenMinted: { readonly payToken: string }
  TokenRefused: Refusal
  TokenLost: Unanswered
  TokenExpired: unknown

  AuthenticationStarted: unknown
  AuthenticationSucceeded: unknown
  /** `reason` is the SDK's free text: shown or replaced, never matched on. */
  AuthenticationRejected: { readonly reason: string | null }
  AuthenticationUnknown: { readonly reason: string | null }

  /** On record before TossPay is called: the claim of one worker. `attempt` counts from 1. */
  ExecutionStarted: { readonly attempt: number }
  PaymentExecuted: { readonly attempt: number; readonly answer: PaymentAnswer }
  ExecutionRefused: { readonly attempt: number } & Refusal
  ExecutionPostponed: { readonly attempt: number } & Refusal
  OutcomeUnknown: { readonly attempt: number } & Unanswered
  LeaseExpired: unknown

  StatusAsked: unknown
  /**
   * `dashboard`: it tells of a refund that is none of ours, so that somebody made it at TossPay. `isOfVersion1`: that believed it
   * of any payment that money had gone back, executed again at once, and for ever, what was approved, and did not wait for the end
   * of a charge under way.
   */
  StatusReported: {
    readonly answer: PaymentAnswer
    readonly origin?: "dashboard"
    readonly isOfVersion1?: true
  }
  /** `isOfVersion1`: that believed it even while a call was unanswered. */
  StatusNotFound: { readonly isOfVersion1?: true }
  /** `isOfVersion1`: that waited for ever for a refund of somebody else's. */
  StatusUnavailable: Unanswered & { readonly isOfVersion1?: true }
  /** A person's decision. It needs a fresh answer of TossPay as its evidence. `isOfVersion1`: as for `StatusReported`. */
  OutcomeCorrected: {
    readonly who: string
    readonly why: string
    readonly answer: PaymentAnswer
    readonly isOfVersion1?: true
  }

  /** A person's wish, and the call that it asks for, counted from 1: whoever is slower does not ask for the one after it. */
  RefundRequested: { readonly attempt: number } & Omit<RefundWish, "origin">
  /** On record before TossPay is called: the claim of one worker. `attempt` counts from 1; version 1 did not count. */
  RefundStarted: { readonly attempt: number } & RefundWish
  RefundConfirmed: { readonly attempt: number } & RefundAnswer
  RefundRefused: { readonly attempt: number } & Refusal
  RefundPostponed: { readonly attempt: number } & Refusal
  RefundOutcomeUnknown: { readonly attempt: number } & Unanswered
}

export type FactType = keyof Facts

export type FactOf<T extends FactType> = T extends FactType
  ? { readonly type: T } & Recorded & Facts[T]
  : never

/** One recorded fact of a checkout's life. */
export type Fact = FactOf<FactType>

/** A fact that has happened but is not on record yet. */
export type News = Unrecorded<Fact>

type Unrecorded<F> = F extends Fact ? Omit<F, "at"> : never
