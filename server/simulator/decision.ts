/** What a decision of the bank may know, and what it is made of. */

import type { Bank } from "./bank.ts"
import type { Ids } from "./ids.ts"
import type { BankEvent } from "./payment.ts"

export interface Settings {
  /** Whether a second execute of a paid payment is refused, or charges the buyer again. No source says which. */
  readonly repeatedExecute: "reject" | "charge"
  /** Whether a second refund of a refunded payment is refused, or gives the money back again. No source says which. */
  readonly repeatedRefund: "reject" | "refund"
  /** How long a payment made from now on may stay unexecuted before it is cancelled. */
  readonly lapseAfterMs: number
  /** How long a refund is at REFUND_PROGRESS before the money is back and the call is answered. */
  readonly refundTakesMs: number
  /** Won that may be given back on one day in Korea; `null`: any amount. */
  readonly refundsPerDay: number | null
  /** Buyers, by their toss user key, who have left Toss, so that nothing can be given back to them. */
  readonly inactiveUsers: ReadonlyArray<string>
}

/** TossPay reference: pay states (expiry). */
export const defaultSettings: Settings = {
  repeatedExecute: "reject",
  repeatedRefund: "reject",
  lapseAfterMs: 15 * 60 * 1000,
  refundTakesMs: 0,
  refundsPerDay: null,
  inactiveUsers: [],
}

/** What a decision may know besides the books. */
export interface World {
  /** Epoch milliseconds. */
  readonly now: number
  readonly ids: Ids
  readonly settings: Settings
}

/** What happens, and what the one who asked is told. */
export interface Decision<A> {
  readonly events: ReadonlyArray<BankEvent>
  readonly value: A
}

/** What happens at once, and what is decided when some time is over; only then is the one who asked told. */
export interface Begun<A> {
  readonly events: ReadonlyArray<BankEvent>
  readonly afterMs: number
  readonly end: (bank: Bank, world: World) => Decision<A>
}
