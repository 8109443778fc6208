/** Who waits for news of a checkout within this process is told at once, without a look into the database. */

import { Effect } from "effect"
import type { Recorded } from "../log/eventLog.ts"

type Tell = (recorded: Recorded) => void

export const makeNews = () => {
  const watchers = new Map<string, Set<Tell>>()
  return {
    /** Tells everybody who waits for this checkout how it stands now. */
    announce: (recorded: Recorded): void => {
      for (const tell of watchers.get(recorded.checkout.checkoutId) ?? []) tell(recorded)
    },
    /** The next version of a checkout that this process writes. */
    next: ({ checkout }: Recorded): Effect.Effect<Recorded> =>
      Effect.callback((resume) => {
        const told = watchers.get(checkout.checkoutId) ?? new Set()
        const leave = () => {
          told.delete(tell)
          if (told.size === 0) watchers.delete(checkout.checkoutId)
        }
        const tell: Tell = (recorded) => {
          if (recorded.checkout.version <= checkout.version) return
          leave()
          resume(Effect.succeed(recorded))
        }
        watchers.set(checkout.checkoutId, told.add(tell))
        return Effect.sync(leave)
      }),
  }
}
