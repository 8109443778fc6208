/**
 * Who waits for news of a checkout within this process is told at once of what this process does. For what another one does
 * somebody has to look into the database; all who wait share what one of them finds.
 */

import { Effect } from "effect"
import type { Checkout } from "../../machines/index.ts"
import type { Recorded } from "../log/eventLog.ts"

type Tell = (recorded: Recorded) => void

interface Waiting {
  readonly told: Set<Tell>
  /** When one of them looked last, by the monotonic clock. */
  lookedAtMs: number
}

export const makeNews = () => {
  const checkouts = new Map<string, Waiting>()
  return {
    /** Tells everybody who waits for this checkout how it stands now. */
    announce: (recorded: Recorded): void => {
      for (const tell of checkouts.get(recorded.checkout.checkoutId)?.told ?? []) tell(recorded)
    },
    /** Whether to look, for somebody who would every `everyMs`; not where another one who waits just has. */
    isMyTurn: ({ checkoutId }: Checkout, everyMs: number, nowMs: number): boolean => {
      const waiting = checkouts.get(checkoutId)
      if (waiting === undefined) return true
      // Half as long: of several whose turns come one after the other there is always one that is not too early.
      if (nowMs - waiting.lookedAtMs < everyMs / 2) return false
      waiting.lookedAtMs = nowMs
      return true
    },
    /** The next version of a checkout that this process writes, or finds. */
    next: ({ checkout }: Recorded): Effect.Effect<Recorded> =>
      Effect.callback((resume) => {
        const waiting = checkouts.get(checkout.checkoutId) ?? { told: new Set(), lookedAtMs: -Infinity }
        const leave = () => {
          waiting.told.delete(tell)
          if (waiting.told.size === 0) checkouts.delete(checkout.checkoutId)
        }
        const tell: Tell = (recorded) => {
          if (recorded.checkout.version <= checkout.version) return
          leave()
          resume(Effect.succeed(recorded))
        }
        checkouts.set(checkout.checkoutId, waiting)
        waiting.told.add(tell)
        return Effect.sync(leave)
      }),
  }
}
