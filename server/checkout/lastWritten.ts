/**
 * What this process wrote last of checkouts that may be executed: whoever executes one need not read it again, which saves
 * a busy server a quarter of its work. It may be stale, because others write too; nothing is lost by that, because the version is
 * the lock.
 */

import { mayBeExecuted } from "../../machines/index.ts"
import type { Recorded } from "../log/eventLog.ts"

/** Holds at most `most` checkouts; the one that was written longest ago goes first. */
export const makeLastWritten = (most = 4_000) => {
  const byPayToken = new Map<string, Recorded>()
  return {
    keep: (recorded: Recorded): void => {
      const { payToken } = recorded.checkout.context
      if (payToken === null) return
      byPayToken.delete(payToken)
      if (!mayBeExecuted(recorded.checkout)) return
      byPayToken.set(payToken, recorded)
      if (byPayToken.size <= most) return
      const [oldest] = byPayToken.keys()
      if (oldest !== undefined) byPayToken.delete(oldest)
    },
    /** Once: should it lead nowhere, the next one reads. */
    take: (payToken: string): Recorded | null => {
      const recorded = byPayToken.get(payToken) ?? null
      byPayToken.delete(payToken)
      return recorded
    },
  }
}
