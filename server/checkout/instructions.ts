/**
 * What the machine asks for, carried out: a call to TossPay whose outcome is the next fact, the claim of one, or a word to the
 * operators.
 */

import { Effect } from "effect"
import {
  type Checkout,
  type Fact,
  type Instruction,
  type News,
  type NoAnswer,
  nextExecution,
  nextRefund,
  nextRefundAttempt,
  type Plan,
  plan,
  planAnswer,
  type Refused,
  refundResult,
  statusReported,
  type Unanswered,
} from "../../machines/index.ts"
import type { Unavailable } from "../errors.ts"
import { Payers } from "../payers/payers.ts"
import {
  type MintOutcome,
  type PaymentOutcome,
  type Postponed,
  type RefundOutcome,
  type StatusOutcome,
  TossPay,
  type Unknown,
} from "../tosspay/tosspay.ts"
import { type ClockReading, isInTime, withinLease } from "./lease.ts"

/** What somebody wants of a checkout as it stands, at a time. */
export type Step = (checkout: Checkout, at: string) => Plan | Refused

/** A step that records one fact. */
export const fact =
  (news: News): Step =>
  (checkout, at) =>
    plan(checkout, factOf(news)(checkout, at))

/** What was heard, as a fact about a checkout as it stands, at a time. */
type Heard = (checkout: Checkout, at: string) => Fact

const factOf =
  (news: News): Heard =>
  (_, at) =>
    ({ ...news, at }) as Fact

/** The step that follows from an instruction of a step that was begun then; `null` if nothing does. */
export const makeCarryOut = Effect.gen(function* () {
  const tossPay = yield* TossPay
  const payers = yield* Payers

  return (
    checkout: Checkout,
    instruction: Instruction,
    begun: ClockReading,
  ): Effect.Effect<Step | null, Unavailable> => {
    const { order, payToken, attempts, reason, refund } = checkout.context
    const call = <A>(use: (userKey: string) => Effect.Effect<A>) =>
      Effect.flatMap(
        payers.userKeyOf(order.payer),
        (userKey): Effect.Effect<A | typeof unasked> => (userKey === null ? forgotten : use(userKey)),
      )
    /**
     * A call that moves money. Once its lease may be over, somebody else may have made it: then it is not made. It ends within that lease,
     * which is the order's: this server may be patient for longer.
     */
    const callInTime = <A>(use: (userKey: string) => Effect.Effect<A>) =>
      call((userKey) =>
        Effect.flatMap(
          isInTime(begun, order.leaseMs),
          (inTime): Effect.Effect<A | Postponed | Unknown> =>
            inTime ? withinLease(use(userKey), order.leaseMs, givenUp) : Effect.succeed(tooLate),
        ),
      )
    switch (instruction) {
      case "requestToken":
        return Effect.map(
          call((userKey) => tossPay.make(order, userKey)),
          (made) => fact(mintNews(made)),
        )
      case "startExecution":
        return Effect.succeed((current, at) => plan(current, nextExecution(current, at)))
      case "executePayment":
        return Effect.map(
          callInTime((userKey) => tossPay.execute(order, payToken ?? "", userKey)),
          (executed) => fact(executionNews(attempts, executed)),
        )
      case "askStatus":
        return Effect.map(
          Effect.flatMap(
            call((userKey) => tossPay.status(order, payToken, userKey)),
            reported,
          ),
          (heard): Step =>
            (current, at) =>
              planAnswer(checkout, current, heard(current, at)),
        )
      case "startRefund": {
        // The call that TossPay's answer made safe, and no later one: whoever was faster has made it.
        const attempt = nextRefundAttempt(checkout)
        return Effect.succeed((current, at) => plan(current, { ...nextRefund(current, at), attempt }))
      }
      case "refundPayment":
        return Effect.map(
          callInTime((userKey) => tossPay.refund(order, payToken ?? "", refund?.why ?? "", userKey)),
          (outcome) => fact(refundNews(refund?.attempt ?? 0, outcome)),
        )
      case "raiseAlert": {
        const why = refund?.refusal?.code ?? reason?.code ?? refundResult(checkout).reason
        return Effect.as(Effect.logError(`this checkout needs a look: ${checkout.state}, ${why}`), null)
      }
    }
  }
})

/** Nobody refused what was not sent, or was one too many at that moment. By the code that stands for it. */
const notRefused: ReadonlyMap<string, NoAnswer> = new Map([
  ["NOT_SENT", "NOT_SENT"],
  ["COMMON_THROTTLED", "THROTTLED"],
])

/** TossPay wants to know whose payment it is, and nobody here knows any more. */
const unasked = { _tag: "Unknown", cause: "NOT_SENT" } as const

const forgotten = Effect.as(
  Effect.logError("nothing can be asked of TossPay: the payer of this checkout was forgotten"),
  unasked,
)

/** Nothing was sent, so nothing happened by this call. */
const tooLate: Postponed = { _tag: "Postponed", code: "NOT_SENT", message: null }

/** It was sent, and whether it arrives nobody knows. */
const givenUp: Unknown = { _tag: "Unknown", cause: "TIMEOUT" }

const silence = ({ _tag: _, ...unanswered }: Unknown): Unanswered => unanswered

const mintNews = (made: MintOutcome): News => {
  switch (made._tag) {
    case "Made":
      return { type: "TokenMinted", payToken: made.payToken }
    case "Unknown":
      return { type: "TokenLost", ...silence(made) }
    case "Postponed":
    case "Refused": {
      const { code, message } = made
      const cause = notRefused.get(code)
      return cause === undefined ? { type: "TokenRefused", code, message } : { type: "TokenLost", cause }
    }
  }
}

const executionNews = (attempt: number, executed: PaymentOutcome): News => {
  switch (executed._tag) {
    case "Answered":
      return { type: "PaymentExecuted", attempt, answer: executed.answer }
    case "Refused":
      return { type: "ExecutionRefused", attempt, code: executed.code, message: executed.message }
    case "Postponed":
      return { type: "ExecutionPostponed", attempt, code: executed.code, message: executed.message }
    case "Unknown":
      return { type: "OutcomeUnknown", attempt, ...silence(executed) }
  }
}

const refundNews = (attempt: number, outcome: RefundOutcome): News => {
  switch (outcome._tag) {
    case "Answered":
      return { type: "RefundConfirmed", attempt, ...outcome.answer }
    case "Refused":
      return { type: "RefundRefused", attempt, code: outcome.code, message: outcome.message }
    case "Postponed":
      return { type: "RefundPostponed", attempt, code: outcome.code, message: outcome.message }
    case "Unknown":
      return { type: "RefundOutcomeUnknown", attempt, ...silence(outcome) }
  }
}

/** An answer to the question for the status, as a fact. A refusal to answer says nothing about the payment. */
const reported = (outcome: StatusOutcome): Effect.Effect<Heard> => {
  switch (outcome._tag) {
    case "Answered":
      return Effect.succeed((checkout, at) => statusReported(checkout, at, outcome.answer))
    case "NotFound":
      return Effect.succeed(factOf({ type: "StatusNotFound" }))
    case "Unknown":
      return Effect.succeed(factOf({ type: "StatusUnavailable", ...silence(outcome) }))
    case "Postponed":
    case "Refused": {
      const { code } = outcome
      const cause = notRefused.get(code)
      return Effect.as(
        Effect.logWarning(`TossPay does not tell the status: ${code}`),
        factOf({
          type: "StatusUnavailable",
          ...(cause === undefined ? { cause: "NO_RESULT", code } : { cause }),
        }),
      )
    }
  }
}
