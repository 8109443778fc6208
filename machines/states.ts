/**
 * What each state means to the worker that owns it and to the buyer. The words for people are in meanings.ts.
 * Everything outside the machine that depends on a state asks this catalogue, so that nobody compares states.
 */

import { askDelayMs, type CheckoutContext, untilExpiryMs } from "./context.ts"
import type { FactType } from "./facts.ts"

/** The seven states of the outside contract. */
export const stateNames = [
  "minted",
  "authenticating",
  "authenticated",
  "executing",
  "settled",
  "mismatched",
  "failed",
] as const

export type StateName = (typeof stateNames)[number]

/** What the buyer may do now. */
export type BuyerAction = "authenticate" | "execute" | "wait" | "create"

/** A fact that is due when nothing else has happened by then. */
export interface Timer {
  readonly fact: Extract<FactType, "LeaseExpired" | "TokenExpired" | "StatusAsked">
  readonly afterMs: number
}

/** How far a request to execute has come: paid, still being found out, refused for a reason, or mismatched. */
export type Outcome = "paid" | "pending" | "mismatched" | "failed" | "unauthenticated"

interface StateInfo {
  /** Who moves it on: the buyer's webview, the server's worker, a person, or nobody (an end). */
  readonly owner: "buyer" | "server" | "person" | "nobody"
  readonly timer: ((context: CheckoutContext) => Timer) | null
  readonly actions: ReadonlyArray<BuyerAction>
  /** A new payment for the same goods cannot charge the buyer twice. */
  readonly safeToRetry: boolean
  readonly outcome: Outcome
  /** A call of ours is on its way that will tell soon, so whoever asks for the outcome waits for it. */
  readonly tellsSoon: boolean
  /** How far a refund has come. */
  readonly refund: "refunding" | "refunded" | null
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

/** The sheet may stay open this long before TossPay is asked. */
export const sheetPatienceMs = 180_000

/** What holds of a state unless it says otherwise. */
const usually = { safeToRetry: false, tellsSoon: false, refund: null } as const

export const states = {
  "minted.requesting": {
    ...usually,
    owner: "server",
    timer: leaseEnds,
    actions: ["wait"],
    outcome: "pending",
    tellsSoon: true,
  },
  "minted.ready": {
    ...usually,
    owner: "buyer",
    timer: tokenLapses,
    actions: ["authenticate"],
    outcome: "unauthenticated",
  },
  "minted.lapsing": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "pending",
  },
  "authenticating.sheet": {
    ...usually,
    owner: "buyer",
    timer: questionOrLapse(() => sheetPatienceMs),
    actions: ["authenticate", "execute"],
    outcome: "unauthenticated",
  },
  "authenticating.unknown": {
    ...usually,
    owner: "server",
    timer: questionOrLapse(askDelayMs),
    actions: ["authenticate", "execute"],
    outcome: "unauthenticated",
  },
  "authenticated.claimed": {
    ...usually,
    owner: "buyer",
    timer: nextQuestion,
    actions: ["execute"],
    outcome: "pending",
  },
  "authenticated.confirmed": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["execute"],
    outcome: "pending",
    tellsSoon: true,
  },
  "executing.calling": {
    ...usually,
    owner: "server",
    timer: leaseEnds,
    actions: ["wait"],
    outcome: "pending",
    tellsSoon: true,
  },
  "executing.unknown": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "pending",
  },
  "executing.postponed": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "pending",
  },
  "executing.refused": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "pending",
    tellsSoon: true,
  },
  "executing.review": {
    ...usually,
    owner: "person",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "pending",
  },
  "settled.paid": {
    ...usually,
    owner: "nobody",
    timer: null,
    actions: [],
    outcome: "paid",
  },
  "settled.refunding": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: [],
    outcome: "paid",
    refund: "refunding",
  },
  "settled.refunded": {
    ...usually,
    owner: "nobody",
    timer: null,
    actions: ["create"],
    safeToRetry: true,
    outcome: "paid",
    refund: "refunded",
  },
  "mismatched.charged": {
    ...usually,
    owner: "person",
    timer: nextQuestion,
    actions: [],
    outcome: "mismatched",
  },
  "mismatched.open": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "mismatched",
  },
  "mismatched.closed": {
    ...usually,
    owner: "nobody",
    timer: null,
    actions: ["create"],
    safeToRetry: true,
    outcome: "mismatched",
  },
  "mismatched.refunding": {
    ...usually,
    owner: "person",
    timer: nextQuestion,
    actions: [],
    outcome: "mismatched",
    refund: "refunding",
  },
  "mismatched.refunded": {
    ...usually,
    owner: "nobody",
    timer: null,
    actions: ["create"],
    safeToRetry: true,
    outcome: "mismatched",
    refund: "refunded",
  },
  "failed.open": {
    ...usually,
    owner: "server",
    timer: nextQuestion,
    actions: ["wait"],
    outcome: "failed",
  },
  "failed.closed": {
    ...usually,
    owner: "nobody",
    timer: null,
    actions: ["create"],
    safeToRetry: true,
    outcome: "failed",
  },
} as const satisfies Record<string, StateInfo>

/** A state with its finer state, such as `executing.unknown`. */
export type StatePath = keyof typeof states

export const stateInfo = (path: StatePath): StateInfo => states[path]

/** The states that this owner moves on. */
export const statesOf = (owner: StateInfo["owner"]): ReadonlyArray<StatePath> =>
  (Object.keys(states) as ReadonlyArray<StatePath>).filter((path) => states[path].owner === owner)

export const isStatePath = (path: string): path is StatePath => Object.hasOwn(states, path)

/** The contract's name of a state: the part before the dot. */
export const stateName = (path: StatePath): StateName => path.split(".")[0] as StateName
