/** What goes wrong at the bank and on the way to it, scaled to leases of a second or two. */

import type { CallName, Fault } from "../../server/simulator/index.ts"
import type { SeededRandom } from "../simulation/random.ts"

const calls: ReadonlyArray<CallName> = [
  "make-payment",
  "execute-payment",
  "execute-payment",
  "execute-payment",
  "get-payment-status",
  "get-payment-status",
]

const codes = ["COMMON_NOT_ENOUGH_CASH", "COMMON_BREAK_TIME_OF_BANK", "PAYMENT_EXISTING_PAYMENT", 4010]

const broken = ["HTTP_TIMEOUT", "NETWORK_ERROR", "EXECUTION_FAIL", "INTERRUPTED", "INTERNAL_ERROR"]

/** Replies that lie about one field: what was agreed and what was answered differ. */
const lies = ["wrongAmount", "wrongMode", "wrongOrderNo", "wrongPayToken"]

/**
 * A late call arrives well within one lease: the one assumption about time that the product makes (ADR 4), with room
 * for a machine that is busy.
 */
const latestPartOfLease = 0.6

const kinds: ReadonlyArray<(random: SeededRandom, leaseMs: number) => object> = [
  () => ({ fault: "replyLostBefore" }),
  () => ({ fault: "replyLostAfter" }),
  (random, leaseMs) => ({ fault: "slow", delayMs: random.whole(50, leaseMs) }),
  (random, leaseMs) => ({
    fault: "late",
    delayMs: random.whole(50, Math.floor(leaseMs * latestPartOfLease)),
  }),
  (random) => ({ fault: random.pick(["http503", "http404"]), charged: random.chance(0.5) }),
  () => ({ fault: "http429" }),
  () => ({ fault: "unreadable" }),
  (random) => ({ fault: "resultType", value: random.pick(broken), charged: random.chance(0.5) }),
  (random) => ({ fault: "errorCode", value: random.pick(codes) }),
]

export const drawFault = (random: SeededRandom, leaseMs: number): Fault => {
  const call = random.pick(calls)
  const lie = call !== "make-payment" && random.chance(0.05)
  const kind = lie ? { fault: random.pick(lies) } : random.pick(kinds)(random, leaseMs)
  return { call, times: random.whole(1, 2), ...kind } as Fault
}
