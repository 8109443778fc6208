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
  const words = yield* Effect.all([hex16, hex16, hex16, hex16, hex16])
  const [a, b, ...rest] = words as [number, number, number, number, number]
  const third = (0x7000 | (a & 0x0fff)).toString(16)
  const fourth = (0x8000 | (b & 0x3fff)).toString(16)
  const last = rest.map((word) => word.toString(16).padStart(4, "0")).join("")
  return `${time.slice(0, 8)}-${time.slice(8)}-${third}-${fourth}-${last}`
})

const hex16 = Random.nextIntBetween(0, 0x10000, { halfOpen: true })
