/** New identities. Time-ordered (UUID version 7), so that the indexes of a growing log stay compact. */

import { Effect, Random } from "effect"
import type { Mode } from "../../machines/index.ts"

/**
 * A checkout's own id and its TossPay orderNo. Test and live payments share one number space at TossPay, so the
 * order number says which it is (TossPay reference: orderNo rules). `nowMs` is the log's time: whoever looks for the checkouts of
 * a day goes by it, whichever server made them.
 */
export const newOrderIds = Effect.fnUntraced(function* (mode: Mode, nowMs: number) {
  const checkoutId = yield* uuid7(nowMs)
  return { checkoutId, orderId: `${mode.toLowerCase()}-${checkoutId}` }
})

/** Not above any id that is made at this moment or later. */
export const idAt = (epochMs: number): string => {
  const time = timeIn(Math.max(0, epochMs))
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

const uuid7 = Effect.fnUntraced(function* (epochMs: number) {
  const time = timeIn(epochMs)
  const bits26 = yield* Random.nextIntBetween(0, 2 ** 26, { halfOpen: true })
  const bits48 = yield* Random.nextIntBetween(0, 2 ** 48, { halfOpen: true })
  const third = (0x7000 | (bits26 & 0x0fff)).toString(16)
  const fourth = (0x8000 | (bits26 >>> 12)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-${third}-${fourth}-${bits48.toString(16).padStart(12, "0")}`
})

const timeIn = (epochMs: number) => epochMs.toString(16).padStart(12, "0")
