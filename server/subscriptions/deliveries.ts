/**
 * The queues of all subscriptions, durable. Two implementations obey the same laws: postgres.ts and memory.ts. A queue and the
 * place up to which it was filled move together, so nothing is left out and nothing is put in twice.
 */

import { Context, type Effect } from "effect"
import type { Unavailable } from "../errors.ts"
import { messageIdOf, messageKinds, type Notice, type SourceName } from "./messages.ts"
import type { Place } from "./place.ts"

/** How far a subscription has come in each stream that it reads; `null`: at the beginning. */
export type Places = Readonly<Partial<Record<SourceName, Place | null>>>

export const deliveryStates = ["waiting", "delivered", "dead"] as const

/** `waiting` for a try or the next one; `delivered`: the handler has said so; `dead`: no more tries, a person may order some. */
type DeliveryState = (typeof deliveryStates)[number]

/** One message on its way to one subscription. */
export interface Delivery extends Notice {
  readonly subscription: string
  readonly state: DeliveryState
  /** Those that have begun. */
  readonly tries: number
  /** When the next try is due, ISO 8601; `null` if there will be none. */
  readonly dueAt: string | null
  /** What the last try failed with. */
  readonly error: string | null
  /** When this state was reached, ISO 8601. */
  readonly changedAt: string
}

/** What tells one delivery from all others. */
export type DeliveryKey = Pick<Delivery, "subscription" | "topic" | "version" | "kind">

/** A delivery as one word. */
export const deliveryIdOf = (key: DeliveryKey): string => `${key.subscription}:${messageIdOf(key)}`

/** `null` for a word that names no delivery. */
export const readDeliveryId = (id: string): DeliveryKey | null => {
  const [, subscription, topic, version, name] =
    /^([a-z0-9-]{1,64}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([1-9]\d{0,8})_([a-zA-Z]+)$/.exec(id) ??
    []
  const kind = messageKinds.find((each) => each === name)
  return subscription === undefined || topic === undefined || kind === undefined
    ? null
    : { subscription, topic, version: Number(version), kind }
}

/** A try: taken by one worker, which has to say how it ended. */
export interface Taken extends Notice {
  readonly subscription: string
  /** Which try this is; from 1, and from 1 again after a retry. */
  readonly tries: number
  /** Names this try alone, a UUID. What is said of any other than the last one does not count. */
  readonly tryId: string
}

export interface SubscriptionStatus {
  readonly subscription: string
  readonly waiting: number
  /** How many of the waiting ones have failed so far. */
  readonly failing: number
  readonly dead: number
  /** When the oldest waiting message happened, and the longest dead one died; `null` if there is none. */
  readonly waitingSince: string | null
  readonly deadSince: string | null
  readonly pausedAt: string | null
  readonly pausedWhy: string | null
}

/** Which deliveries are meant; what is absent does not matter. */
export interface DeliveryFilter {
  readonly subscription?: string
  readonly state?: DeliveryState
  readonly subject?: string
  /** Those that wait for another try because one has failed. */
  readonly failing?: true
  /** When it happened, ISO 8601: not before, and before. */
  readonly from?: string
  readonly to?: string
  /** These alone. */
  readonly keys?: ReadonlyArray<DeliveryKey>
}

/** A place in the list of deliveries. */
export type DeliveryPlace = DeliveryKey & Pick<Delivery, "happenedAt">

export class Deliveries extends Context.Service<
  Deliveries,
  {
    /** Makes a subscription known. One that is known keeps its places; a stream that it did not read so far is added. */
    register(subscription: string, places: Places): Effect.Effect<void, Unavailable>
    /** Takes the subscription, or goes on holding it, for `holdMs`. `null` if another worker holds it, or it is paused. */
    hold(subscription: string, worker: string, holdMs: number): Effect.Effect<Places | null, Unavailable>
    /** Lets go of it, so that another worker need not wait. */
    release(subscription: string, worker: string): Effect.Effect<void, Unavailable>
    /** Puts messages in and moves the place, together; neither if somebody else has moved it meanwhile. */
    enqueue(
      subscription: string,
      source: SourceName,
      from: Place | null,
      to: Place,
      notices: ReadonlyArray<Notice>,
    ): Effect.Effect<void, Unavailable>
    /**
     * Begins a try of each message that is due, soonest first, if the worker holds the subscription. A message waits while an
     * earlier one of the same topic does. A try that does not end within `holdMs` is due again.
     */
    take(
      subscription: string,
      worker: string,
      limit: number,
      holdMs: number,
    ): Effect.Effect<ReadonlyArray<Taken>, Unavailable>
    delivered(taken: Taken): Effect.Effect<void, Unavailable>
    /**
     * The try failed; the next is due in `retryInMs`, or there is none (`null`) and the message is dead. If a retry was ordered
     * while it was under way, the next is due at once.
     */
    failed(taken: Taken, error: string, retryInMs: number | null): Effect.Effect<void, Unavailable>
    pause(subscription: string, why: string): Effect.Effect<void, Unavailable>
    /** Returns whether it was paused. */
    resume(subscription: string): Effect.Effect<boolean, Unavailable>
    /** All of them, by name. */
    readonly status: Effect.Effect<ReadonlyArray<SubscriptionStatus>, Unavailable>
    /** The latest first; `after` is the last one of the page before. */
    list(
      filter: DeliveryFilter,
      limit: number,
      after: DeliveryPlace | null,
    ): Effect.Effect<ReadonlyArray<Delivery>, Unavailable>
    /**
     * Makes these due at once, as if none of their tries had been. A try that is under way goes on, and none begins beside it.
     * Returns how many.
     */
    retry(filter: DeliveryFilter): Effect.Effect<number, Unavailable>
  }
>()("tosspay-checkout/server/Deliveries") {}
