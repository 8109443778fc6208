/** Watches the wire: how many calls that move money are on their way for a checkout at the same moment. */

import { Effect } from "effect"
import type { Send } from "../../server/tosspay/transport.ts"

const movingMoney = ["execute-payment", "refund-payment"] as const

type MovesMoney = (typeof movingMoney)[number]

export interface InFlight {
  /** Lies between each process and the bank. */
  readonly network: (send: Send) => Send
  /** The most calls of a kind that were under way at once for one payToken. */
  readonly most: (call: MovesMoney) => number
}

export const watchMoney = (): InFlight => {
  const underWay = new Map<string, number>()
  const most = { "execute-payment": 0, "refund-payment": 0 }
  const add = (call: MovesMoney, payToken: string, change: number) => {
    const count = (underWay.get(`${call} ${payToken}`) ?? 0) + change
    underWay.set(`${call} ${payToken}`, count)
    most[call] = Math.max(most[call], count)
  }
  return {
    most: (call) => most[call],
    network: (send) => (name, userKey, body) => {
      const call = movingMoney.find((moving) => moving === name)
      if (call === undefined) return send(name, userKey, body)
      const payToken = String(body["payToken"])
      return Effect.acquireUseRelease(
        Effect.sync(() => add(call, payToken, 1)),
        () => send(name, userKey, body),
        () => Effect.sync(() => add(call, payToken, -1)),
      )
    },
  }
}
