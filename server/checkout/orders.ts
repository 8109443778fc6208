/** Finding a checkout for the one who may see it. Somebody else's is as unknown as one that does not exist. */

import { Effect } from "effect"
import { type OrderView, orderView } from "../../machines/index.ts"
import { Refusal } from "../errors.ts"
import { type Cursor, EventLog, type Lookup, type Recorded } from "../log/eventLog.ts"
import { type Pace, recoverIfDue } from "./recover.ts"

/** Who asks: the fingerprint of a proven toss user key. */
export type Payer = string

export const findOwn = Effect.fnUntraced(function* (payer: Payer, lookup: Lookup) {
  const recorded = yield* (yield* EventLog).find(lookup)
  return recorded !== null && recorded.checkout.context.order.payer === payer
    ? recorded
    : yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
})

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
  const after = cursor === null ? null : readCursor(cursor)
  if (cursor !== null && after === null) {
    return yield* new Refusal({
      reason: "INVALID_REQUEST",
      detail: "cursor is not one that this server gave out",
    })
  }
  const found = yield* (yield* EventLog).ofPayer(payer, limit + 1, after)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    orders: shown.map(({ checkout }) => orderView(checkout)),
    cursor: found.length > limit && last !== undefined ? cursorOf(last) : null,
  } satisfies OrderPage
})

const cursorOf = ({ checkout }: Recorded): string =>
  Buffer.from(`${checkout.context.openedAt} ${checkout.checkoutId}`).toString("base64url")

const readCursor = (cursor: string): Cursor | null => {
  const [, createdAt, checkoutId] =
    /^(\S{24}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
      Buffer.from(cursor, "base64url").toString("utf8"),
    ) ?? []
  if (createdAt === undefined || checkoutId === undefined) return null
  const time = new Date(createdAt)
  return !Number.isNaN(time.getTime()) && time.toISOString() === createdAt ? { createdAt, checkoutId } : null
}
