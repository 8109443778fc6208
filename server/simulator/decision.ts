/** What a decision of the bank may know, and what it is made of. */

import type { Ids } from "./ids.ts"
import type { BankEvent } from "./payment.ts"

export interface Settings {
  /** Whether a second execute of a paid payment is refused, or charges the buyer again. No source says which. */
  readonly repeatedExecute: "reject" | "charge"
  /** Whether a second refund of a refunded payment is refused, or gives the money back again. No source says which. */
  readonly repeatedRefund: "reject" | "refund"
  /** How long a payment made from now on may stay unexecuted before it is cancelled. */
  readonly lapseAfterMs: number
}

/** TossPay reference: pay states (expiry). */
export const defaultSettings: Settings = {
  repeatedExecute: "reject",
  repeatedRefund: "reject",
  lapseAfterMs: 15 * 60 * 1000,
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
