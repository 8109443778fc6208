/** What a caller takes up while something is done for it. */

import { Context } from "effect"

export interface Place {
  /** Takes it up as well, for what goes on when the caller is gone; the answer gives it back, and is to be called once. */
  readonly hold: () => () => void
}

/** Nobody's, where nobody counts: recovery, and the commands. */
export const Place = Context.Reference<Place>("tosspay-checkout/server/Place", {
  defaultValue: () => ({ hold: () => () => {} }),
})
