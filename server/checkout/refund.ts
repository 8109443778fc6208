/**
 * Giving money back on a person's word. One caller claims the refund with a row; everybody else, on whichever server,
 * and the automatic refund of a mismatch, go by that claim and get the same answer.
 */

import { Effect } from "effect"
import {
  isRefundAnswerable,
  mayBeRefunded,
  nextRefundAttempt,
  plan,
  type RefundResult,
  type RefundWish,
  refundRequested,
  refundResult,
} from "../../machines/index.ts"
import { Refusal, type Unavailable } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { Payers } from "../payers/payers.ts"
import type { TossPay } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"
import { type Pace, recoverIfDue } from "./recover.ts"

/**
 * `patienceMs`: how long a caller waits for a call that somebody else makes. `pace`: at which an overdue one is recovered.
 * Refused as CHECKOUT_NOT_FOUND. A payer who was forgotten gets nothing back from here: TossPay wants to know whose payment it
 * is, so no call is claimed that could not be made.
 */
export const refundCheckout = (patienceMs: number, pace: Pace) =>
  Effect.fnUntraced(function* (orderId: string, wish: Omit<RefundWish, "origin">): Refunding {
    const advance = yield* Advance
    const find = Effect.flatMap(EventLog, (log) => log.find({ by: "orderId", value: orderId }))
    const found = yield* find
    if (found === null) return yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
    const { payer } = found.checkout.context.order
    if (mayBeRefunded(found.checkout) && (yield* (yield* Payers).userKeyOf(payer)) === null) {
      return { ...refundResult(found.checkout), outcome: "refused", reason: "PAYER_FORGOTTEN" } as const
    }
    // The call that comes next as things stand now: whoever is slower does not make the one after it.
    const attempt = nextRefundAttempt(found.checkout)
    const { recorded, refused } = yield* advance.take(found, (checkout, at) =>
      plan(checkout, { ...refundRequested(checkout, at, wish), attempt }),
    )
    if (refused === null) return refundResult(recorded.checkout)
    const moved = yield* recoverIfDue(recorded, pace)
    const current = moved ? ((yield* find) ?? recorded) : recorded
    return refundResult((yield* advance.waitUntil(current, isRefundAnswerable, patienceMs)).checkout)
  }, Effect.withSpan("refundCheckout"))

type Refunding = Effect.fn.Return<RefundResult, Refusal | Unavailable, Advance | EventLog | Payers | TossPay>
