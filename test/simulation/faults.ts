/** What can go wrong at the bank and on the way to it, drawn at random. */

import type { CallName, Fault } from "../../server/simulator/index.ts"
import type { SeededRandom } from "./random.ts"

const calls: ReadonlyArray<CallName> = [
  "make-payment",
  "execute-payment",
  "execute-payment",
  "execute-payment",
  "get-payment-status",
  "get-payment-status",
]

const codes = [
  "COMMON_NOT_ENOUGH_CASH",
  "COMMON_BREAK_TIME_OF_BANK",
  "COMMON_TIMEOUT",
  "PAYMENT_EXISTING_PAYMENT",
  "CARD_SYSTEM_ERROR",
  4010,
]

const refundCodes = [
  "REFUND_EXCEED_DAILY",
  "INACTIVE_USER",
  "REFUND_ALREADY_REFUNDED",
  "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS",
  "COMMON_TIMEOUT",
]

type Kinds = ReadonlyArray<(random: SeededRandom) => object>

/** What can happen to any call. */
const ofAnyCall: Kinds = [
  () => ({ fault: "replyLostBefore" }),
  () => ({ fault: "replyLostAfter" }),
  (random) => ({ fault: "slow", delayMs: random.whole(0, 60_000) }),
  (random) => ({ fault: "late", delayMs: random.whole(0, latestCallMs) }),
  (random) => ({ fault: random.pick(["http503", "http404"]), charged: random.chance(0.5) }),
  () => ({ fault: "http429" }),
  () => ({ fault: "unreadable" }),
  (random) => ({
    fault: "resultType",
    value: random.pick(["HTTP_TIMEOUT", "NETWORK_ERROR", "EXECUTION_FAIL", "INTERRUPTED", "INTERNAL_ERROR"]),
    charged: random.chance(0.5),
  }),
]

const kinds: Kinds = [...ofAnyCall, (random) => ({ fault: "errorCode", value: random.pick(codes) })]

const kindsOfRefunds: Kinds = [
  ...ofAnyCall,
  (random) => ({ fault: "errorCode", value: random.pick(refundCodes) }),
  () => ({ fault: "wrongAmount" }),
  () => ({ fault: "wrongPayToken" }),
]

/** Replies that lie about one field: what was agreed and what was answered differ. */
const lies = ["wrongAmount", "wrongMode", "wrongOrderNo", "wrongPayToken"]

/** A call that we gave up on may still arrive this much later: one lease, as ADR 4 assumes. */
const latestCallMs = 45_000

export const drawFault = (random: SeededRandom): Fault => {
  const call = random.pick(calls)
  const lie = call !== "make-payment" && random.chance(0.1)
  const kind = lie ? { fault: random.pick(lies) } : random.pick(kinds)(random)
  return { call, times: random.whole(1, 3), ...kind } as Fault
}

/** What lets an execution come to nothing, and its status say so or nothing at all. */
const kindsInVain: Kinds = [
  () => ({ call: "execute-payment", fault: "replyLostBefore" }),
  () => ({ call: "execute-payment", fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" }),
  () => ({ call: "get-payment-status", fault: "unreadable" }),
]

/** Until somebody stops it; tokens are minted all the same. */
export const drawLastingFault = (random: SeededRandom): Fault => {
  const call = random.pick(["execute-payment", "get-payment-status", "refund-payment"] as const)
  const kind = random.pick(call === "refund-payment" ? kindsOfRefunds : kinds)(random)
  return {
    call,
    ...kind,
    ...(random.chance(0.5) && random.pick(kindsInVain)(random)),
    times: "always",
  } as Fault
}

/** What makes the same call necessary again, or seem so. */
const kindsInDoubt: Kinds = [
  () => ({ fault: "replyLostBefore" }),
  () => ({ fault: "replyLostAfter" }),
  () => ({ fault: "unreadable" }),
  () => ({ fault: "errorCode", value: "CARD_SYSTEM_ERROR" }),
  (random) => ({ fault: "late", delayMs: random.whole(0, latestCallMs) }),
]

/** Of one call, or of a few that come after each other. */
export const drawShortFault = (random: SeededRandom): Fault =>
  ({
    call: random.pick(["execute-payment", "get-payment-status", "get-payment-status", "refund-payment"]),
    times: random.whole(1, 5),
    ...random.pick(kindsInDoubt)(random),
  }) as Fault

export const drawRefundFault = (random: SeededRandom): Fault =>
  ({
    call: "refund-payment",
    times: random.whole(1, 3),
    ...random.pick(kindsOfRefunds)(random),
  }) as Fault
