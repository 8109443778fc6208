/** What is due in each state when nothing else has happened by then. Only the server keeps time, so only it needs this. */

import { askDelayMs, type CheckoutContext, untilExpiryMs } from "./context.ts"
import { type Checkout, type Plan, plan, type Refused } from "./decide.ts"
import type { FactOf, FactType } from "./facts.ts"
import type { StatePath } from "./states.ts"

export interface Timer {
  readonly fact: Extract<FactType, "LeaseExpired" | "TokenExpired" | "StatusAsked">
  readonly afterMs: number
}

/** Which fact is due, and when, if nothing else happens; `null` for an end. */
export const timerOf = ({ state, context }: Pick<Checkout, "state" | "context">): Timer | null =>
  timers[state]?.(context) ?? null

/** The fact that was due at this version; refused once anything else has happened. `at`: ISO 8601. */
export const planDue = (checkout: Checkout, version: number, at: string): Plan | Refused => {
  const timer = timerOf(checkout)
  const type = timer?.fact ?? "StatusAsked"
  return timer === null || checkout.version !== version
    ? { _tag: "Refused", checkout, fact: type }
    : plan(checkout, { type, at } as FactOf<typeof type>)
}

const leaseEnds = ({ order }: CheckoutContext): Timer => ({ fact: "LeaseExpired", afterMs: order.leaseMs })

const tokenLapses = (context: CheckoutContext): Timer => ({
  fact: "TokenExpired",
  afterMs: untilExpiryMs(context),
})

const nextQuestion = (context: CheckoutContext): Timer => ({
  fact: "StatusAsked",
  afterMs: askDelayMs(context),
})

/** Whichever comes first: the next question or the end of the token. */
const questionOrLapse =
  (afterMs: (context: CheckoutContext) => number) =>
  (context: CheckoutContext): Timer =>
    afterMs(context) < untilExpiryMs(context)
      ? { fact: "StatusAsked", afterMs: afterMs(context) }
      : tokenLapses(context)

/** While a refund call is under way its lease runs; then its outcome is asked for. */
const leaseOrQuestion = (context: CheckoutContext): Timer =>
  context.refund?.quietAtMs === null ? leaseEnds(context) : nextQuestion(context)

/** The sheet may stay open this long before TossPay is asked. */
const sheetPatienceMs = 180_000

const timers: Readonly<Record<StatePath, ((context: CheckoutContext) => Timer) | null>> = {
  "minted.requesting": leaseEnds,
  "minted.ready": tokenLapses,
  "minted.lapsing": nextQuestion,
  "authenticating.sheet": questionOrLapse(() => sheetPatienceMs),
  "authenticating.unknown": questionOrLapse(askDelayMs),
  "authenticated.claimed": nextQuestion,
  "authenticated.confirmed": nextQuestion,
  "executing.calling": leaseEnds,
  "executing.unknown": nextQuestion,
  "executing.postponed": nextQuestion,
  "executing.refused": nextQuestion,
  "executing.review": nextQuestion,
  "settled.paid": null,
  "settled.owed": nextQuestion,
  "settled.refunding": leaseOrQuestion,
  "settled.stuck": nextQuestion,
  "settled.refunded": null,
  "mismatched.charged": nextQuestion,
  "mismatched.owed": nextQuestion,
  "mismatched.refunding": leaseOrQuestion,
  "mismatched.stuck": nextQuestion,
  "mismatched.refunded": null,
  "mismatched.open": nextQuestion,
  "mismatched.closed": null,
  "failed.open": nextQuestion,
  "failed.closed": null,
}
