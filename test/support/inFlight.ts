/** Watches the wire: how many execute calls of a checkout are on their way at the same moment. */

import { Effect } from "effect"
import type { Send } from "../../server/tosspay/transport.ts"

export interface InFlight {
  /** Lies between each process and the bank. */
  readonly network: (send: Send) => Send
  /** The most execute calls that were under way at once for one payToken. */
  readonly most: () => number
}

export const watchExecutions = (): InFlight => {
  const underWay = new Map<string, number>()
  let most = 0
  const add = (payToken: string, change: number) => {
    const count = (underWay.get(payToken) ?? 0) + change
    underWay.set(payToken, count)
    most = Math.max(most, count)
  }
  return {
    most: () => most,
    network: (send) => (call, userKey, body) => {
      if (call !== "execute-payment") return send(call, userKey, body)
      const payToken = String(body["payToken"])
      return Effect.acquireUseRelease(
        Effect.sync(() => add(payToken, 1)),
        () => send(call, userKey, body),
        () => Effect.sync(() => add(payToken, -1)),
      )
    },
  }
}
