/**
 * A person's word on a payment that a day of questions left open. TossPay is asked once more, and what it says now is the
 * evidence: nobody decides against it, and nothing is executed.
 */

import { Effect } from "effect"
import { type PayStatus, plan, type StatePath } from "../../machines/index.ts"
import { Refusal, type Unavailable } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { Payers } from "../payers/payers.ts"
import { TossPay, tossPayIsAway } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"

/** What came of it. Undecided, the checkout is as it was, or somebody else has moved it meanwhile. */
export interface Decided {
  readonly decided: boolean
  readonly orderId: string
  readonly state: StatePath
  /** What TossPay said; `null` where it knows no such payment, or could not be asked because its payer was forgotten. */
  readonly payStatus: PayStatus | null
}

/**
 * Refused as CHECKOUT_NOT_FOUND; unavailable while TossPay gives no answer to go by. Whether there is anything to decide, and what
 * the answer comes to, is for the machine to say.
 */
export const decideOutcome = Effect.fn("decideOutcome")(function* (
  orderId: string,
  /** Both go on record. */
  { who, why }: { readonly who: string; readonly why: string },
): Effect.fn.Return<Decided, Refusal | Unavailable, Advance | EventLog | Payers | TossPay> {
  const found = yield* (yield* EventLog).find({ by: "orderId", value: orderId })
  if (found === null) return yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
  const { state, context } = found.checkout
  const { order, payToken } = context
  const undecided = { decided: false, orderId, state, payStatus: null } as const
  const userKey = yield* (yield* Payers).userKeyOf(order.payer)
  if (userKey === null) return undecided
  const outcome = yield* (yield* TossPay).status(order, payToken, userKey)
  switch (outcome._tag) {
    case "NotFound":
      return undecided
    case "Answered": {
      const { answer } = outcome
      const { recorded, refused } = yield* (yield* Advance).take(found, (checkout, at) =>
        plan(checkout, { type: "OutcomeCorrected", at, who, why, answer }),
      )
      const decided = refused === null
      return { decided, orderId, state: recorded.checkout.state, payStatus: answer.payStatus }
    }
    default:
      return yield* tossPayIsAway
  }
})
