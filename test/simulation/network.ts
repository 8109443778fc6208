/** The way to the bank: a proxy that repeats what it is not sure of, and a bank that books what nobody asked for. */

import { Effect } from "effect"
import type { Send } from "../../server/tosspay/transport.ts"
import type { SeededRandom } from "./random.ts"

export interface Network {
  /** Whether the bank charges again when the same execution comes again; if so, no proxy may repeat it. */
  readonly repeatedExecute: "reject" | "charge"
}

/** Sends each call, and some of them twice; whoever sent it gets one of the two replies. */
export const unsteady =
  (random: SeededRandom, { repeatedExecute }: Network) =>
  (send: Send): Send =>
  (call, userKey, body) => {
    const once = send(call, userKey, call === "make-payment" ? misheard(random, body) : body)
    const mayRepeat = call !== "execute-payment" || repeatedExecute === "reject"
    if (!mayRepeat || !random.chance(repeats)) return once
    return Effect.flatMap(once, (first) => Effect.map(once, (second) => random.pick([first, second])))
  }

/** The bank books a payment over another amount than it was asked for: what it says of it later is true. */
const misheard = (random: SeededRandom, body: Parameters<Send>[2]): Parameters<Send>[2] =>
  random.chance(wrongBookings) ? { ...body, amount: Number(body["amount"]) + 100 } : body

const repeats = 0.08
const wrongBookings = 0.03
