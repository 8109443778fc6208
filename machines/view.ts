/**
 * What people are told of a checkout: the order view, and the answer to a request to execute.
 * Both follow from the machine, so no client has to guess what it may do.
 */

import { nothingGivenBack } from "./context.ts"
import type { Checkout } from "./decide.ts"
import type { Item } from "./facts.ts"
import { actionsOf, type BuyerAction } from "./screen.ts"
import {
  executingStates,
  type Outcome,
  type StateName,
  type StatePath,
  stateInfo,
  stateName,
} from "./states.ts"
import { timerOf } from "./timers.ts"

export interface RefundView {
  readonly state: "refunding" | "refunded"
  readonly amount: number
  readonly refundedAt?: string
}

export interface OrderView {
  readonly orderId: string
  readonly state: StateName
  /** The same state to its finer half, for a copy of the machine in the webview. */
  readonly at: StatePath
  readonly amount: number
  readonly currency: "KRW"
  readonly items: ReadonlyArray<Item>
  readonly reference?: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly expiresAt?: string
  /** Stable code of what went wrong last. */
  readonly reason?: string
  /** What TossPay or the SDK said about it, for people. */
  readonly detail?: string
  readonly approvedAt?: string
  readonly actions: ReadonlyArray<BuyerAction>
  readonly safeToRetry: boolean
  readonly refund: RefundView | null
}

export const orderView = (checkout: Checkout): OrderView => {
  const { context } = checkout
  const { order } = context
  const info = stateInfo(checkout.state)
  return {
    orderId: order.orderId,
    state: stateName(checkout.state),
    at: checkout.state,
    amount: order.amount,
    currency: "KRW",
    items: order.items,
    ...(order.reference !== null && { reference: order.reference }),
    createdAt: context.openedAt,
    updatedAt: context.updatedAt,
    ...(context.expiresAt !== null && { expiresAt: context.expiresAt }),
    ...(context.reason !== null && { reason: context.reason.code }),
    ...(context.reason?.message != null && { detail: context.reason.message }),
    ...approval(checkout),
    actions: actionsOf(checkout.state),
    safeToRetry: info.safeToRetry,
    refund: refundView(checkout),
  }
}

/** The answer to a request to execute, before it becomes HTTP. */
export interface ExecuteAnswer {
  readonly outcome: Outcome
  readonly state: StateName
  readonly at: StatePath
  readonly orderId: string
  readonly amount: number
  readonly reason: string
  readonly detail?: string
  readonly approvedAt?: string
  readonly safeToRetry: boolean
  /** When it is worth asking again; only of use while the outcome is pending. */
  readonly retryAfterMs: number
}

export const executeAnswer = (checkout: Checkout): ExecuteAnswer => {
  const { context } = checkout
  const info = stateInfo(checkout.state)
  const dueMs = timerOf(checkout)?.afterMs ?? longestWaitMs
  return {
    outcome: info.outcome,
    state: stateName(checkout.state),
    at: checkout.state,
    orderId: context.order.orderId,
    amount: context.order.amount,
    reason: context.reason?.code ?? defaultReason[info.outcome],
    ...(context.reason?.message != null && { detail: context.reason.message }),
    ...approval(checkout),
    safeToRetry: info.safeToRetry,
    retryAfterMs: Math.min(Math.max(dueMs, shortestWaitMs), longestWaitMs),
  }
}

/** Its outcome is known, or will not be known soon: no use in making the buyer wait for it. */
export const isAnswerable = (checkout: Checkout): boolean => !stateInfo(checkout.state).tellsSoon

/** What became of a request to give the money back. */
export interface RefundResult {
  readonly outcome: "refunded" | "refunding" | "refused"
  readonly orderId: string
  readonly at: StatePath
  /** Stable; TossPay's own code where TossPay said no. */
  readonly reason: string
  /** TossPay's own text, to be shown as it came. */
  readonly detail?: string
  /** Who asked for the refund that this is about; absent when it was made on TossPay's own dashboard. */
  readonly who?: string
  readonly refund: RefundView | null
}

export const refundResult = (checkout: Checkout): RefundResult => {
  const { order, refund } = checkout.context
  const { refund: state } = stateInfo(checkout.state)
  const detail = refund?.refusal?.message ?? null
  return {
    outcome: state ?? "refused",
    orderId: order.orderId,
    at: checkout.state,
    reason: state === null ? whyRefused(checkout) : state === "refunded" ? "REFUNDED" : whyNotYet(checkout),
    ...(state === null && detail !== null && { detail }),
    ...(refund !== null && { who: refund.who }),
    refund: refundView(checkout),
  }
}

/**
 * TossPay settled it with the shop; or it refused; or nothing came of the refund; or whether there is anything to give back is
 * being found out; or there is not.
 */
const whyRefused = ({ state, context: { payment, refund, unanswered } }: Checkout): string => {
  if (payment?.payStatus === "SETTLEMENT_COMPLETE") return "SETTLEMENT_COMPLETE"
  if (refund !== null) return refund.refusal?.code ?? "REFUND_FAILED"
  const isAskedAbout = unanswered.length > 0 && stateInfo(state).owner === "server"
  return executingStates.includes(state) || isAskedAbout ? "NOT_KNOWN_YET" : "NOT_CHARGED"
}

/** A person has to look; or it is known that no call gave it back, and the next one is made by itself; or one may have. */
const whyNotYet = ({ state, context }: Checkout): string => {
  if (stateInfo(state).owner === "person") return "REFUND_REVIEW"
  const isWaiting = context.refund?.refusal === null && nothingGivenBack(context)
  return isWaiting ? "REFUND_WAITS" : "REFUNDING"
}

/** The refund is done, or refused, or a person looks into it: no use in waiting. */
export const isRefundAnswerable = ({ state }: Checkout): boolean => {
  const { owner, refund } = stateInfo(state)
  return refund !== "refunding" || owner === "person"
}

/** It holds the shop's reference: a second payment under it might charge twice. */
export const holdsReference = (checkout: Checkout): boolean => !stateInfo(checkout.state).safeToRetry

/** Paid and not given back: the shop's reference is spent. */
export const isPaidFor = (checkout: Checkout): boolean => {
  const info = stateInfo(checkout.state)
  return info.outcome === "paid" && !info.safeToRetry
}

/** TossPay gave it a payToken, whatever happened to it since. */
export const isMinted = (checkout: Checkout): boolean => checkout.context.payToken !== null

/** It failed before anybody held a payToken, so the same request may try again with a new order. */
export const wasNeverMinted = (checkout: Checkout): boolean =>
  !isMinted(checkout) && stateInfo(checkout.state).safeToRetry

const shortestWaitMs = 500
const longestWaitMs = 5_000

const defaultReason: Record<Outcome, string> = {
  paid: "PAID",
  pending: "EXECUTING",
  mismatched: "AMOUNT_MISMATCH",
  failed: "PAYMENT_FAILED",
  unauthenticated: "NOT_AUTHENTICATED",
}

/** When the money moved, for money that agrees with the order. */
const approval = (checkout: Checkout): { approvedAt?: string } => {
  const paidAt = checkout.context.payment?.paidAt ?? null
  return stateInfo(checkout.state).outcome === "paid" && paidAt !== null ? { approvedAt: paidAt } : {}
}

const refundView = ({ state, context }: Checkout): RefundView | null => {
  const refund = stateInfo(state).refund
  if (refund === null) return null
  return {
    state: refund,
    amount: context.payment?.amount ?? context.order.amount,
    ...(context.refundedAt !== null && { refundedAt: context.refundedAt }),
  }
}
