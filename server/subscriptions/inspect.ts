/** Deliveries as people see them: found, read with what they say, and ordered again. For the CLI and the back office. */

import { Effect } from "effect"
import { cursorOf, isMoment, placeAt } from "../cursor.ts"
import { Refusal } from "../errors.ts"
import {
  Deliveries,
  type Delivery,
  type DeliveryFilter,
  type DeliveryPlace,
  deliveryIdOf,
  readDeliveryId,
} from "./deliveries.ts"
import { messageIdOf, messageOf } from "./messages.ts"

export interface DeliveryView extends Omit<Delivery, "topic" | "version"> {
  readonly id: string
  readonly messageId: string
}

/** A filter without what was left open. */
export const deliveryFilter = (
  given: {
    readonly [K in keyof DeliveryFilter]: DeliveryFilter[K] | undefined
  },
): DeliveryFilter => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

/** The latest first. */
export const listDeliveries = Effect.fn("listDeliveries")(function* (
  filter: DeliveryFilter,
  limit: number,
  cursor: string | null,
) {
  const after = yield* placeAt(cursor, readPlace)
  const found = yield* (yield* Deliveries).list(filter, limit + 1, after)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    deliveries: shown.map(viewOf),
    cursor: found.length > limit && last !== undefined ? cursorOf(last.happenedAt, deliveryIdOf(last)) : null,
  }
})

/** One delivery, and its message as the subscriber gets it. Refused as DELIVERY_NOT_FOUND. */
export const readDelivery = Effect.fn("readDelivery")(function* (id: string) {
  const delivery = yield* find(id)
  return { delivery: viewOf(delivery), message: yield* messageOf(delivery) }
})

/** Has one tried again at once, whatever became of it before. Refused as DELIVERY_NOT_FOUND. */
export const retryDelivery = Effect.fn("retryDelivery")(function* (id: string) {
  yield* (yield* Deliveries).retry({ keys: [yield* find(id)] })
  return viewOf(yield* find(id))
})

/** Has all that are meant tried again at once. Returns how many. Refused as SUBSCRIPTION_NOT_FOUND. */
export const retryDeliveries = Effect.fn("retryDeliveries")(function* (filter: DeliveryFilter) {
  if (filter.subscription !== undefined) yield* expectSubscription(filter.subscription)
  return yield* (yield* Deliveries).retry(filter)
})

/** Returns whether it was paused. Refused as SUBSCRIPTION_NOT_FOUND. */
export const resumeSubscription = Effect.fn("resumeSubscription")(function* (subscription: string) {
  yield* expectSubscription(subscription)
  return yield* (yield* Deliveries).resume(subscription)
})

const expectSubscription = Effect.fnUntraced(function* (name: string) {
  const known = (yield* (yield* Deliveries).status).map(({ subscription }) => subscription)
  if (known.includes(name)) return
  const detail = `there is no such subscription, only ${known.join(", ")}`
  return yield* new Refusal({ reason: "SUBSCRIPTION_NOT_FOUND", detail })
})

const find = Effect.fnUntraced(function* (id: string) {
  const key = readDeliveryId(id)
  const [delivery] = key === null ? [] : yield* (yield* Deliveries).list({ keys: [key] }, 1, null)
  if (delivery !== undefined) return delivery
  return yield* new Refusal({ reason: "DELIVERY_NOT_FOUND", detail: "there is no such delivery" })
})

const viewOf = (delivery: Delivery): DeliveryView => {
  const { topic: _, version: __, ...rest } = delivery
  return { id: deliveryIdOf(delivery), messageId: messageIdOf(delivery), ...rest }
}

const readPlace = (happenedAt?: string, id = "", ...more: ReadonlyArray<string>): DeliveryPlace | null => {
  const key = readDeliveryId(id)
  return isMoment(happenedAt) && key !== null && more.length === 0 ? { ...key, happenedAt } : null
}
