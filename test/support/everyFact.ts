import { type Fact, payStatuses } from "../../machines/index.ts"
import { anAnswer, aRefund, payToken, startOfTime } from "./checkouts.ts"

/** Every kind of fact, with every status TossPay can report, agreeing and differing. */
export const everyFact: ReadonlyArray<Fact> = (() => {
  const at = startOfTime
  const nextDay = new Date(Date.parse(at) + 86_400_000).toISOString()
  const answers = [undefined, { amount: 1 }].flatMap((over) =>
    payStatuses.map((payStatus) => anAnswer({ ...over, payStatus })),
  )
  const refusal = { code: "CARD_EXCEED_LIMIT", message: null }
  const tooEarly = { code: "EXECUTE_PAY_NOT_APPROVED", message: null }
  return [
    { type: "TokenMinted", at, payToken },
    { type: "TokenRefused", at, ...refusal },
    { type: "TokenLost", at, cause: "TIMEOUT" },
    { type: "TokenExpired", at },
    { type: "AuthenticationStarted", at },
    { type: "AuthenticationSucceeded", at },
    { type: "AuthenticationRejected", at, reason: "closed" },
    { type: "AuthenticationUnknown", at, reason: null },
    ...[1, 2].flatMap(
      (attempt): ReadonlyArray<Fact> => [
        { type: "ExecutionStarted", at, attempt },
        { type: "PaymentExecuted", at, attempt, answer: anAnswer() },
        { type: "PaymentExecuted", at, attempt, answer: anAnswer({ amount: 1 }) },
        { type: "ExecutionRefused", at, attempt, ...refusal },
        { type: "ExecutionRefused", at, attempt, ...tooEarly },
        { type: "ExecutionPostponed", at, attempt, ...refusal },
        { type: "OutcomeUnknown", at, attempt, cause: "TIMEOUT" },
      ],
    ),
    { type: "LeaseExpired", at },
    { type: "StatusAsked", at },
    ...answers.flatMap(
      (answer): ReadonlyArray<Fact> => [
        { type: "StatusReported", at, answer },
        { type: "OutcomeCorrected", at, who: "kim", why: "looked it up", answer },
      ],
    ),
    { type: "StatusNotFound", at },
    { type: "StatusUnavailable", at, cause: "TIMEOUT" },
    ...[1, 2].flatMap(
      (attempt): ReadonlyArray<Fact> => [
        { type: "RefundRequested", at, attempt, who: "kim", why: "asked for it" },
        { type: "RefundStarted", at, attempt, who: "kim", why: "asked for it", origin: "person" },
        { type: "RefundConfirmed", at, attempt, ...aRefund() },
        { type: "RefundConfirmed", at, attempt, ...aRefund({ refundedAmount: 1 }) },
        { type: "RefundRefused", at, attempt, ...refusal },
        { type: "RefundPostponed", at, attempt, ...refusal },
        { type: "RefundOutcomeUnknown", at, attempt, cause: "TIMEOUT" },
      ],
    ),
    // A day after everything else.
    ...(["PAY_APPROVED", "PAY_PROGRESS"] as const).map(
      (payStatus): Fact => ({ type: "StatusReported", at: nextDay, answer: anAnswer({ payStatus }) }),
    ),
  ]
})()
