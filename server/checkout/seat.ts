/** What a caller takes up among all those that something is done for. */

import { Context } from "effect"

export interface Seat {
  /** Takes it up as well, for what goes on when the caller is gone; the answer gives it back, and is to be called once. */
  readonly hold: () => () => void
}

/** Nobody's, where nobody counts: recovery, and the commands. */
export const Seat = Context.Reference<Seat>("tosspay-checkout/server/Seat", {
  defaultValue: () => ({ hold: () => () => {} }),
})
