/** New identities. Time-ordered (UUID version 7), so that the indexes of a growing log stay compact. */

import { Clock, Effect, Random } from "effect"
import type { Mode } from "../../machines/index.ts"

/**
 * A checkout's own id and its TossPay orderNo. Test and live payments share one number space at TossPay, so the
 * order number says which it is (TossPay reference: orderNo rules).
 */
export const newOrderIds = Effect.fnUntraced(function* (mode: Mode) {
  const checkoutId = yield* uuid7
  return { checkoutId, orderId: `${mode.toLowerCase()}-${checkoutId}` }
})

const uuid7 = Effect.gen(function* () {
  const time = (yield* Clock.currentTimeMillis).toString(16).padStart(12, "0")
  const bits26 = yield* Random.nextIntBetween(0, 2 ** 26, { halfOpen: true })
  const bits48 = yield* Random.nextIntBetween(0, 2 ** 48, { halfOpen: true })
  const third = (0x7000 | (bits26 & 0x0fff)).toString(16)
  const fourth = (0x8000 | (bits26 >>> 12)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-${third}-${fourth}-${bits48.toString(16).padStart(12, "0")}`
})
