/**
 * The functional core's door: may this fact happen to this checkout, and what follows from it?
 * A refusal is an answer, not an exception: XState ignores what a state does not accept, this says so.
 */

import type { Instruction } from "./checkout.ts"
import { type Candidate, candidatesOf, start } from "./compiled.ts"
import { type CheckoutContext, changes, nothingGivenBack, opened, refundCalls } from "./context.ts"
import type { Fact, FactOf, FactType, Order, RefundWish } from "./facts.ts"
import { guards } from "./guards.ts"
import { type Check, examine, hasStatus, isPaid, isRefunded, type PaymentAnswer } from "./payment.ts"
import { executingStates, type StatePath } from "./states.ts"

/** Raised with every change of states, facts or guards; each row of the log says which version wrote it. */
export const machineVersion = 2

/** A checkout at one version of its history. */
export interface Checkout {
  readonly checkoutId: string
  /** The number of facts so far; the version of the last row. */
  readonly version: number
  readonly state: StatePath
  readonly context: CheckoutContext
}

/** One row of the log, as far as the machine knows it. */
export interface Move {
  readonly from: StatePath | null
  readonly fact: Fact
  readonly to: StatePath
  /** Both sides of every comparison, when the fact carries an answer of TossPay. */
  readonly checks: ReadonlyArray<Check> | null
}

export interface Accepted {
  readonly _tag: "Accepted"
  readonly checkout: Checkout
  readonly move: Move
  readonly instructions: ReadonlyArray<Instruction>
}

export interface Refused {
  readonly _tag: "Refused"
  readonly checkout: Checkout
  readonly fact: FactType
}

export type Decision = Accepted | Refused

/** The first fact of a checkout: its order goes on record. */
export const open = (checkoutId: string, order: Order, at: string): Plan => {
  const checkout = { checkoutId, version: 1, state: start.state, context: opened(order, at) }
  const fact: Fact = { type: "CheckoutOpened", at, order }
  const move = { from: null, fact, to: checkout.state, checks: null }
  return { _tag: "Plan", checkout, moves: [move], instructions: start.instructions }
}

/** What a fact does to a checkout. Pure: the same checkout and fact give the same decision, for ever. */
export const decide = (checkout: Checkout, fact: Fact): Decision => {
  const { checkoutId, version, state, context } = checkout
  const taken = candidatesOf(state, fact.type).find((candidate) => holds(candidate, context, fact))
  if (taken === undefined || taken.to === null) return { _tag: "Refused", checkout, fact: fact.type }
  const next = { checkoutId, version: version + 1, state: taken.to, context: remember(taken, context, fact) }
  const checks = "answer" in fact ? examine(context.order, context.payToken, fact.answer) : null
  const move = { from: state, fact, to: taken.to, checks }
  return { _tag: "Accepted", checkout: next, move, instructions: taken.instructions }
}

const holds = ({ guard }: Candidate, context: CheckoutContext, event: Fact): boolean =>
  guard === null || guards[guard]({ context, event })

const remember = (candidate: Candidate, context: CheckoutContext, fact: Fact): CheckoutContext =>
  candidate.changes.reduce((known, name) => changes[name](known, fact as FactOf<never>), context)

/** Several facts taken in one step: all of them are recorded together, or none is. */
export interface Plan {
  readonly _tag: "Plan"
  readonly checkout: Checkout
  readonly moves: ReadonlyArray<Move>
  readonly instructions: ReadonlyArray<Instruction>
}

/** One fact as a plan. */
export const plan = (checkout: Checkout, fact: Fact): Plan | Refused => extend(emptyPlan(checkout), fact)

/**
 * What a buyer's request to execute comes to: it says that the buyer authenticated, which is a hint worth
 * recording where it is news, and it claims the execution. Refused where there is nothing to claim.
 */
export const planExecution = (checkout: Checkout, at: string): Plan | Refused => {
  const hinted = plan(checkout, { type: "AuthenticationSucceeded", at })
  return extend(hinted._tag === "Plan" ? hinted : emptyPlan(checkout), nextExecution(checkout, at))
}

/** A request to execute would claim an execution now. */
export const mayBeExecuted = (checkout: Checkout): boolean =>
  planExecution(checkout, checkout.context.updatedAt)._tag === "Plan"

/** The claim of the next execution. */
export const nextExecution = (checkout: Checkout, at: string): Fact => ({
  type: "ExecutionStarted",
  at,
  attempt: checkout.context.attempts + 1,
})

/** The number of the refund call that comes next as things stand. */
export const nextRefundAttempt = ({ context }: Checkout): number => refundCalls(context) + 1

/** A person's request for the next refund call. */
export const refundRequested = (
  checkout: Checkout,
  at: string,
  { who, why }: Omit<RefundWish, "origin">,
): FactOf<"RefundRequested"> => ({
  type: "RefundRequested",
  at,
  attempt: nextRefundAttempt(checkout),
  who,
  why,
})

/** The claim of the next refund call, for whoever wanted it last, or by the order's policy. */
export const nextRefund = (checkout: Checkout, at: string): FactOf<"RefundStarted"> => {
  const { refund, reason } = checkout.context
  const policy = { who: "policy", why: reason?.code ?? "UNEXPECTED_CHARGE", origin: "policy" } as const
  const { who, why, origin } = refund ?? policy
  return { type: "RefundStarted", at, attempt: nextRefundAttempt(checkout), who, why, origin }
}

/** A person may have it given back now. */
export const mayBeRefunded = (checkout: Checkout): boolean => {
  const request = refundRequested(checkout, checkout.context.updatedAt, { who: "anybody", why: "to see" })
  return plan(checkout, request)._tag === "Plan"
}

/**
 * A day of questions brought no end, or the buyer was told that nothing is paid and that is not certain yet: a person may have TossPay
 * asked once more, and what it says decides.
 */
export const mayBeDecided = ({ state }: Checkout): boolean =>
  candidatesOf(state, "OutcomeCorrected").length > 0

/**
 * How the payment stands at TossPay. A refund that no call of ours can have made was made on TossPay's own dashboard.
 */
export const statusReported = (
  { context }: Checkout,
  at: string,
  answer: PaymentAnswer,
): FactOf<"StatusReported"> => ({
  type: "StatusReported",
  at,
  answer,
  ...(nothingGivenBack(context) &&
    (isRefunded(answer) || hasStatus(answer, "REFUND_PROGRESS")) && { origin: "dashboard" }),
})

/**
 * What TossPay answered when it was asked about the checkout as it stood then. Refused once anything has happened since, unless it
 * stays true: the answer may be older than a call that has begun, or than the silence in which an earlier one had time to arrive,
 * and would make the next one seem safe.
 */
export const planAnswer = (asked: Checkout, checkout: Checkout, fact: Fact): Plan | Refused =>
  asked.version === checkout.version || staysTrue(checkout, fact)
    ? plan(checkout, fact)
    : { _tag: "Refused", checkout, fact: fact.type }

/**
 * It is over at TossPay, it is the first word that money moved, or it is an approval, and no call of ours is or may be under way that
 * would use it up: pages that report and servers that ask keep nobody from hearing of it.
 */
const staysTrue = ({ state, context }: Checkout, fact: Fact): boolean => {
  if (!("answer" in fact)) return false
  const { answer } = fact
  const isIdle = context.unanswered.length === 0 && !executingStates.includes(state)
  return (
    hasStatus(answer, "PAY_CANCEL") ||
    isRefunded(answer) ||
    (context.payment === null && isPaid(answer)) ||
    (isIdle && hasStatus(answer, "PAY_APPROVED"))
  )
}

const emptyPlan = (checkout: Checkout): Plan => ({ _tag: "Plan", checkout, moves: [], instructions: [] })

const extend = (plan: Plan, fact: Fact): Plan | Refused => {
  const decision = decide(plan.checkout, fact)
  if (decision._tag === "Refused") return decision
  return {
    _tag: "Plan",
    checkout: decision.checkout,
    moves: [...plan.moves, decision.move],
    instructions: [...plan.instructions, ...decision.instructions],
  }
}
