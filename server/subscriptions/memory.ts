/** The queues in memory, for tests of what is built on them. */

import { randomUUID } from "node:crypto"
import { Clock, Effect, Layer } from "effect"
import {
  Deliveries,
  type Delivery,
  type DeliveryFilter,
  type DeliveryKey,
  type DeliveryPlace,
  deliveryIdOf,
  type Places,
  type SubscriptionStatus,
  type Taken,
} from "./deliveries.ts"

interface Held {
  places: Places
  by: string | null
  untilMs: number
  paused: { readonly at: string; readonly why: string } | null
}

type Stored = { -readonly [K in keyof Delivery]: Delivery[K] }

const iso = (ms: number): string => new Date(ms).toISOString()

const make = Effect.sync(() => {
  const subscriptions = new Map<string, Held>()
  const deliveries = new Map<string, Stored>()
  /** The try of each delivery that is under way, or was never said to have ended. */
  const tryIds = new Map<string, string>()

  const held = (name: string): Held => {
    const found = subscriptions.get(name)
    if (found === undefined) throw new Error(`no subscription is called ${name}`)
    return found
  }

  const atNow = <A>(use: (nowMs: number) => A) => Effect.map(Clock.currentTimeMillis, use)

  const all = (filter: DeliveryFilter) => [...deliveries.values()].filter(matches(filter))

  /** Ends the try; nothing if it is not the last one of its delivery. */
  const ended = (taken: Taken): Stored | undefined => {
    const id = deliveryIdOf(taken)
    if (tryIds.get(id) !== taken.tryId) return undefined
    tryIds.delete(id)
    return deliveries.get(id)
  }

  const isNext = (delivery: Delivery) =>
    !all({ subscription: delivery.subscription, state: "waiting" }).some(
      (other) => other.topic === delivery.topic && comesBefore(other, delivery),
    )

  return Deliveries.of({
    register: (name, places) =>
      Effect.sync(() => {
        const known = subscriptions.get(name)
        if (known === undefined) subscriptions.set(name, { places, by: null, untilMs: 0, paused: null })
        else known.places = { ...places, ...known.places }
      }),
    hold: (name, worker, holdMs) =>
      atNow((nowMs) => {
        const subscription = held(name)
        const isTaken = subscription.by !== null && subscription.by !== worker && subscription.untilMs > nowMs
        if (isTaken || subscription.paused !== null) return null
        Object.assign(subscription, { by: worker, untilMs: nowMs + holdMs })
        return subscription.places
      }),
    release: (name, worker) =>
      Effect.sync(() => {
        if (held(name).by === worker) Object.assign(held(name), { by: null, untilMs: 0 })
      }),
    enqueue: (subscription, source, from, to, notices) =>
      atNow((nowMs) => {
        const { places } = held(subscription)
        if (JSON.stringify(places[source]) !== JSON.stringify(from)) return
        held(subscription).places = { ...places, [source]: to }
        for (const notice of notices) {
          const id = deliveryIdOf({ subscription, ...notice })
          if (deliveries.has(id)) continue
          const rest = {
            state: "waiting",
            tries: 0,
            dueAt: iso(nowMs),
            error: null,
            changedAt: iso(nowMs),
          } as const
          deliveries.set(id, { subscription, ...notice, ...rest })
        }
      }),
    take: (name, worker, limit, holdMs) =>
      atNow((nowMs) => {
        const { by, untilMs, paused } = held(name)
        if (by !== worker || untilMs <= nowMs || paused !== null) return []
        return all({ subscription: name, state: "waiting" })
          .filter((delivery) => (delivery.dueAt ?? "") <= iso(nowMs) && isNext(delivery))
          .sort((a, b) => ((a.dueAt ?? "") < (b.dueAt ?? "") ? -1 : 1))
          .slice(0, limit)
          .map((delivery) => {
            Object.assign(delivery, { tries: delivery.tries + 1, dueAt: iso(nowMs + holdMs) })
            const tryId = randomUUID()
            tryIds.set(deliveryIdOf(delivery), tryId)
            return { ...delivery, tryId }
          })
      }),
    delivered: (taken) =>
      atNow((nowMs) => {
        const delivery = ended(taken)
        if (delivery === undefined) return
        Object.assign(delivery, { state: "delivered", dueAt: null, error: null, changedAt: iso(nowMs) })
      }),
    failed: (taken, error, retryInMs) =>
      atNow((nowMs) => {
        const delivery = ended(taken)
        if (delivery === undefined) return
        // No tries, although one has ended: a retry was ordered meanwhile.
        const nextInMs = delivery.tries === 0 ? 0 : retryInMs
        Object.assign(
          delivery,
          nextInMs === null
            ? { state: "dead", dueAt: null, error, changedAt: iso(nowMs) }
            : { dueAt: iso(nowMs + nextInMs), error },
        )
      }),
    pause: (name, why) =>
      atNow((nowMs) => {
        held(name).paused ??= { at: iso(nowMs), why }
      }),
    resume: (name) =>
      Effect.sync(() => {
        const subscription = subscriptions.get(name)
        const wasPaused = subscription !== undefined && subscription.paused !== null
        if (wasPaused) subscription.paused = null
        return wasPaused
      }),
    status: Effect.sync(() =>
      [...subscriptions]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([subscription, { paused }]): SubscriptionStatus => {
          const of = (state: Delivery["state"]) => all({ subscription, state })
          return {
            subscription,
            waiting: of("waiting").length,
            failing: all({ subscription, failing: true }).length,
            dead: of("dead").length,
            waitingSince:
              of("waiting")
                .map(({ happenedAt }) => happenedAt)
                .sort()[0] ?? null,
            deadSince:
              of("dead")
                .map(({ changedAt }) => changedAt)
                .sort()[0] ?? null,
            pausedAt: paused?.at ?? null,
            pausedWhy: paused?.why ?? null,
          }
        }),
    ),
    list: (filter, limit, after) =>
      Effect.sync(() =>
        all(filter)
          .sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1))
          .filter((delivery) => after === null || sortKey(delivery) < sortKey(after))
          .slice(0, limit),
      ),
    retry: (filter) =>
      atNow((nowMs) => {
        const found = all(filter)
        const now = iso(nowMs)
        for (const delivery of found) {
          const isUnderWay = tryIds.has(deliveryIdOf(delivery)) && (delivery.dueAt ?? now) > now
          const dueAt = isUnderWay ? delivery.dueAt : now
          Object.assign(delivery, { state: "waiting", tries: 0, dueAt, error: null, changedAt: now })
        }
        return found.length
      }),
  })
})

export const memoryDeliveries = Layer.effect(Deliveries, make)

const matches =
  ({ subscription, state, subject, failing, from, to, keys }: DeliveryFilter) =>
  (delivery: Delivery): boolean =>
    (subscription === undefined || delivery.subscription === subscription) &&
    (state === undefined || delivery.state === state) &&
    (subject === undefined || delivery.subject === subject) &&
    (failing === undefined || (delivery.state === "waiting" && delivery.error !== null)) &&
    (from === undefined || delivery.happenedAt >= from) &&
    (to === undefined || delivery.happenedAt < to) &&
    (keys === undefined || keys.some((key) => deliveryIdOf(key) === deliveryIdOf(delivery)))

/** Of one event, settled is told before refunded and mismatched before resolved. */
const comesBefore = (a: DeliveryKey, b: DeliveryKey): boolean =>
  a.version !== b.version ? a.version < b.version : a.kind > b.kind

const sortKey = ({ happenedAt, topic, version, kind, subscription }: DeliveryPlace): string =>
  [happenedAt, topic, String(version).padStart(10, "0"), kind, subscription].join(" ")
