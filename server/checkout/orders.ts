/** Finding a checkout for the one who may see it. Somebody else's is as unknown as one that does not exist. */

import { Effect } from "effect"
import { type OrderView, orderView } from "../../machines/index.ts"
import { cursorOf, isMoment, isUuid, placeAt } from "../cursor.ts"
import { Refusal } from "../errors.ts"
import { type Cursor, EventLog, type Lookup, type Recorded } from "../log/eventLog.ts"
import { type Pace, recoverIfDue } from "./recover.ts"

/** Who asks: the fingerprint of a proven toss user key. */
export type Payer = string

export const findOwn = Effect.fnUntraced(function* (payer: Payer, lookup: Lookup) {
  const recorded = yield* (yield* EventLog).find(lookup)
  return recorded !== null && isOf(payer, recorded)
    ? recorded
    : yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
})

export const isOf = (payer: Payer, { checkout }: Recorded): boolean => checkout.context.order.payer === payer

/** One order as it stands. An overdue one is recovered first; the reader need not wait for the worker. */
export const readOrder = Effect.fnUntraced(function* (payer: Payer, orderId: string, pace: Pace) {
  const lookup = { by: "orderId", value: orderId } as const
  const found = yield* findOwn(payer, lookup)
  const moved = yield* recoverIfDue(found, pace)
  return orderView((moved ? yield* findOwn(payer, lookup) : found).checkout)
})

export interface OrderPage {
  readonly orders: ReadonlyArray<OrderView>
  /** Where the next page starts; `null` at the end. */
  readonly cursor: string | null
}

/** The payer's own orders, newest first. */
export const listOrders = Effect.fnUntraced(function* (payer: Payer, limit: number, cursor: string | null) {
  const after = yield* placeAt(cursor, readPlace)
  const found = yield* (yield* EventLog).ofPayer(payer, limit + 1, after)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    orders: shown.map(({ checkout }) => orderView(checkout)),
    cursor:
      found.length > limit && last !== undefined
        ? cursorOf(last.checkout.context.openedAt, last.checkout.checkoutId)
        : null,
  } satisfies OrderPage
})

const readPlace = (createdAt?: string, checkoutId?: string, ...more: ReadonlyArray<string>): Cursor | null =>
  isMoment(createdAt) && isUuid(checkoutId) && more.length === 0 ? { createdAt, checkoutId } : null
