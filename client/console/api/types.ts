/** What the back office's API answers, as far as the console reads it (the server's /openapi.json has all of it). */

import type { FactType, Mode, OrderView, StateName, StatePath } from "../../../machines/index.ts"

export interface CheckoutRow extends OrderView {
  readonly checkoutId: string
  readonly version: number
  readonly mode: Mode | null
  /** The payer's fingerprint. */
  readonly payer: string
  readonly payToken: string | null
  readonly owner: "buyer" | "server" | "person" | "nobody"
  readonly dueAt: string | null
  readonly hash: string
  /** Its events do not fold to its state: somebody touched the database. */
  readonly broken: { readonly version: number; readonly why: string } | null
  /** The first event that a newer release wrote; what its events come to only that release can say. Older servers do not tell. */
  readonly newer?: { readonly version: number; readonly machineVersion: number } | null
}

export interface EventRow {
  readonly checkoutId: string
  readonly version: number
  readonly type: FactType
  readonly from: StatePath | null
  readonly to: StatePath
  /** What the fact says: an object, unless somebody touched the database. */
  readonly data: unknown
  readonly machineVersion: number
  readonly recordedAt: string
  readonly prevHash: string | null
  readonly hash: string
}

export interface FeedEvent extends EventRow {
  readonly cursor: string
  readonly orderId: string
}

export interface CheckoutPage {
  readonly checkouts: ReadonlyArray<CheckoutRow>
  /** Where the next page starts; `null` at the end. */
  readonly cursor: string | null
}

export interface CheckoutRecord {
  readonly checkout: CheckoutRow
  readonly timer: { readonly fact: FactType; readonly dueAt: string | null } | null
  readonly events: ReadonlyArray<EventRow>
}

export interface Summary {
  readonly from: string
  readonly to: string
  readonly considered: number
  readonly isWhole: boolean
  readonly states: ReadonlyArray<{ readonly at: StatePath; readonly count: number; readonly amount: number }>
  readonly funnel: ReadonlyArray<{ readonly state: StateName; readonly count: number }>
  readonly timeToSettleMs: {
    readonly median: number
    readonly p90: number
    readonly p99: number
    readonly most: number
  } | null
  readonly reasons: ReadonlyArray<{
    readonly state: "failed" | "mismatched"
    readonly reason: string
    readonly count: number
  }>
  readonly buckets: ReadonlyArray<{
    readonly from: string
    readonly counts: Readonly<Partial<Record<StateName, number>>>
    readonly settledAmount: number
  }>
  readonly bucketMs: number
  readonly unfinished: ReadonlyArray<{
    readonly at: StatePath
    readonly count: number
    readonly since: string
  }>
  readonly mismatches: ReadonlyArray<CheckoutRow>
}

/** What a verification of the log found. */
export interface Verification {
  readonly ok: boolean
  /** What lies before that checkpoint was in order then and was not read again; `null`: all was read. */
  readonly since: { readonly checkpoint: number; readonly verifiedAt: string } | null
  /** When the whole log was last read and found in order; `null`: that is not on record. */
  readonly wholeAt: string | null
  readonly events: number
  readonly checkpoint: { readonly number: number; readonly count: number; readonly sealedAt: string } | null
  readonly unsealed: number
  /** How many of the events read a newer release wrote, which alone can judge them. */
  readonly unjudged: number
  readonly verifiedAt: string
  readonly durationMs: number
  readonly findings: ReadonlyArray<{
    readonly kind: string
    readonly checkoutId: string | null
    readonly version: number | null
    readonly checkpoint: number | null
    readonly words: string
  }>
  readonly findingCount: number
}

/** A message to a subscriber, and what became of it. */
export interface Delivery {
  readonly id: string
  readonly subscription: string
  readonly kind:
    | "settled"
    | "refunded"
    | "refundFailed"
    | "mismatched"
    | "resolved"
    | "alertRaised"
    | "alertEnded"
  /** An order id, or what an alert is about. */
  readonly subject: string
  /** Since it was ordered last. */
  readonly tries: number
  /** When the next try is due. */
  readonly dueAt: string | null
  /** What the last try failed with. */
  readonly error: string | null
  readonly changedAt: string
}

export interface Subscription {
  readonly subscription: string
  readonly waiting: number
  /** How many of the waiting ones have failed so far. */
  readonly failing: number
  readonly dead: number
  readonly waitingSince: string | null
  readonly pausedAt: string | null
  readonly pausedWhy: string | null
}

export interface DeliveriesPage {
  readonly deliveries: ReadonlyArray<Delivery>
  readonly subscriptions: ReadonlyArray<Subscription>
}

export type AlertKind =
  | "mismatch"
  | "outcome-unknown"
  | "refund-failed"
  | "refund-stuck"
  | "certificate-expiring"
  | "dead-letters"
  | "subscription-paused"
  | "chain-broken"
  | "books-differ"

export interface Alert {
  readonly alertId: string
  readonly kind: AlertKind
  readonly subject: string
  readonly detail: string
  readonly raisedAt: string
}

export interface AlertsPage {
  readonly alerts: ReadonlyArray<Alert>
}
