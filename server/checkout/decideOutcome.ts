/**
 * A person's word on a payment that a day of questions left open, or that failed and is still watched. TossPay is asked once
 * more, and what it says now is the evidence: nobody decides against it, and nothing is executed.
 */

import { Effect } from "effect"
import { mayBeDecided, type PayStatus, planAnswer, type StatePath } from "../../machines/index.ts"
import { Refusal, type Unavailable } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { Payers } from "../payers/payers.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"

/** What became of a person's word. */
export const decisionMeanings = {
  DECIDED: "Decided by what TossPay says.",
  NOTHING_OPEN: "Nothing about it waits for a decision.",
  NO_END: "Not decided: what TossPay says is no end.",
  NO_ANSWER: "Not decided: TossPay gave no answer, so it is still not known whether the buyer was charged.",
  PAYMENT_NOT_FOUND: "Not decided: TossPay knows no such payment. Ask its support.",
  PAYER_FORGOTTEN:
    "Not decided: its payer was forgotten, so TossPay cannot be asked. Look it up on TossPay's dashboard.",
} as const

export interface Decided {
  readonly decided: boolean
  readonly reason: keyof typeof decisionMeanings
  readonly orderId: string
  /** As it is now: undecided, it is as it was, or somebody else has moved it meanwhile. */
  readonly state: StatePath
  /** What TossPay said; `null` where it was not asked, or knows no such payment. */
  readonly payStatus: PayStatus | null
}

/**
 * Refused as CHECKOUT_NOT_FOUND; unavailable while the database is. TossPay is asked only where the machine waits for a person, and what
 * the answer comes to is for the machine to say.
 */
export const decideOutcome = (orderId: string, wish: Wish) => decideWithin(tries, orderId, wish)

/** Who decides, and why: both go on record. */
interface Wish {
  readonly who: string
  readonly why: string
}

/** How often TossPay is asked, where the checkout moves meanwhile. */
const tries = 3

const decideWithin = Effect.fn("decideOutcome")(function* (
  triesLeft: number,
  orderId: string,
  wish: Wish,
): Effect.fn.Return<Decided, Refusal | Unavailable, Advance | EventLog | Payers | TossPay> {
  const found = yield* (yield* EventLog).find({ by: "orderId", value: orderId })
  if (found === null) return yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
  const { order, payToken } = found.checkout.context
  const became = (
    reason: Decided["reason"],
    { state } = found.checkout,
    payStatus: PayStatus | null = null,
  ) => ({ decided: reason === "DECIDED", reason, orderId, state, payStatus })
  if (!mayBeDecided(found.checkout)) return became("NOTHING_OPEN")
  const userKey = yield* (yield* Payers).userKeyOf(order.payer)
  if (userKey === null) return became("PAYER_FORGOTTEN")
  const outcome = yield* (yield* TossPay).status(order, payToken, userKey)
  switch (outcome._tag) {
    case "Answered": {
      const { answer } = outcome
      const { recorded, refused } = yield* (yield* Advance).take(found, (checkout, at) =>
        planAnswer(found.checkout, checkout, { type: "OutcomeCorrected", at, ...wish, answer }),
      )
      const now = recorded.checkout
      if (refused !== null && now.version !== found.checkout.version && triesLeft > 1) {
        return yield* decideWithin(triesLeft - 1, orderId, wish)
      }
      const reason = refused === null ? "DECIDED" : mayBeDecided(now) ? "NO_END" : "NOTHING_OPEN"
      return became(reason, now, answer.payStatus)
    }
    case "NotFound":
      return became("PAYMENT_NOT_FOUND")
    case "Postponed":
    case "Refused":
      yield* Effect.logWarning(`TossPay does not tell the status: ${outcome.code}`)
      return became("NO_ANSWER")
    case "Unknown":
      return became("NO_ANSWER")
  }
})
