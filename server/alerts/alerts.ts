/**
 * Alerts: what a person should know of. Each is raised once per occurrence, however often and by however many processes it is
 * noticed, and most of them end by themselves. What each means and what to do is in docs/runbook.md.
 */

import { Context, type Effect } from "effect"
import type { Unavailable } from "../errors.ts"
import type { Place } from "../subscriptions/place.ts"

/** Every kind of alert, and what it says in one line. Each has its heading in docs/runbook.md. */
export const alertKinds = {
  mismatch: "An answer of TossPay does not agree with the order.",
  "outcome-unknown": "Whether a buyer was charged has not been known for more than 10 minutes.",
  "refund-failed": "A refund was asked for or begun, and nothing came of it.",
  "refund-stuck": "A refund has had no outcome for more than a day.",
  "certificate-expiring": "The client certificate for TossPay expires within 30 days.",
  "dead-letters": "A subscription has messages that it could not deliver.",
  "subscription-paused": "A subscription takes no more messages until somebody resumes it.",
  "chain-broken": "The history of a checkout is not what was written.",
  "books-differ": "TossPay's books say something else of a checkout than ours.",
} as const

export type AlertKind = keyof typeof alertKinds

/** What a person may say is dealt with; the others end when what they say is over, and no sooner. */
export const closableKinds = ["refund-failed", "books-differ"] as const satisfies ReadonlyArray<AlertKind>

/** Something noticed. */
export interface Occurrence {
  readonly kind: AlertKind
  /** Tells one occurrence from another of its kind, and is the same whoever notices it. */
  readonly occurrence: string
  /** What it is about: an orderId, a subscription, a file. At most one alert of a kind is open about a subject. */
  readonly subject: string
  /** One line for people. No secrets and nothing personal. */
  readonly detail: string
}

export interface Alert extends Occurrence {
  readonly alertId: string
  /** ISO 8601, by the clock of the database. */
  readonly raisedAt: string
  /** `null` while it is open. */
  readonly endedAt: string | null
  /** Who closed it, and why; `null` if it is open or what it says is over. */
  readonly closedBy: string | null
  readonly closedWhy: string | null
}

/** That an alert was raised (version 1) or ended (version 2). */
export interface AlertNews extends Place {
  readonly subject: string
  readonly at: string
}

export class Alerts extends Context.Service<
  Alerts,
  {
    /** Returns whether it is news. Neither an occurrence that has ended is, nor what a person has closed in the same words. */
    raise(occurrence: Occurrence): Effect.Effect<boolean, Unavailable>
    /** Returns whether it was open. */
    end(kind: AlertKind, occurrence: string): Effect.Effect<boolean, Unavailable>
    /** Ends the open one about this subject, because a person has dealt with it. Returns whether there was one. */
    close(kind: AlertKind, subject: string, who: string, why: string): Effect.Effect<boolean, Unavailable>
    /** The open ones, the oldest first. */
    readonly open: Effect.Effect<ReadonlyArray<Alert>, Unavailable>
    /** The latest first, open or not. */
    latest(limit: number): Effect.Effect<ReadonlyArray<Alert>, Unavailable>
    find(alertId: string): Effect.Effect<Alert | null, Unavailable>
    /** What was raised and what ended after this place, in an order in which nothing is put in later. */
    news(after: Place | null, limit: number): Effect.Effect<ReadonlyArray<AlertNews>, Unavailable>
    /** The place after everything that `news` gives out by now. */
    readonly now: Effect.Effect<Place, Unavailable>
  }
>()("tosspay-checkout/server/Alerts") {}
