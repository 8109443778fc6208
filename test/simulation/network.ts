/** The way to the bank: a proxy that repeats what it is not sure of, and a bank that books what nobody asked for. */

import { Effect } from "effect"
import type { Send } from "../../server/tosspay/transport.ts"
import type { SeededRandom } from "./random.ts"

/** Whether a call that moves money may be repeated now. */
export type MayRepeat = Effect.Effect<Readonly<Record<"execute-payment" | "refund-payment", boolean>>>

/** Sends each call, and some of them twice; whoever sent it gets one of the two replies. */
export const unsteady =
  (random: SeededRandom, mayRepeat: MayRepeat) =>
  (send: Send): Send =>
  (call, userKey, body) => {
    const once = send(call, userKey, call === "make-payment" ? misheard(random, body) : body)
    if (!random.chance(repeats)) return once
    const twice = Effect.flatMap(once, (first) => Effect.map(once, (second) => random.pick([first, second])))
    return call === "execute-payment" || call === "refund-payment"
      ? Effect.flatMap(mayRepeat, ({ [call]: may }) => (may ? twice : once))
      : twice
  }

/** The bank books a payment over another amount than it was asked for: what it says of it later is true. */
const misheard = (random: SeededRandom, body: Parameters<Send>[2]): Parameters<Send>[2] =>
  random.chance(wrongBookings) ? { ...body, amount: Number(body["amount"]) + 100 } : body

const repeats = 0.08
const wrongBookings = 0.03
