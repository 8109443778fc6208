/**
 * TossPay as the server sees it: four calls, each of which comes back as one of a few outcomes.
 * None of them fails: not knowing is an outcome too, and the machine decides what follows from it.
 */

import { Context, Effect } from "effect"
import type { NoAnswer, Order, PaymentAnswer, RefundAnswer, Unanswered } from "../../machines/index.ts"
import { Unavailable } from "../errors.ts"

export const callNames = ["make-payment", "execute-payment", "get-payment-status", "refund-payment"] as const

export type CallName = (typeof callNames)[number]

/** A definite no. `message` is TossPay's own text. */
export interface Refused {
  readonly _tag: "Refused"
  readonly code: string
  readonly message: string | null
}

/** TossPay did nothing and the same call may work later. */
export interface Postponed {
  readonly _tag: "Postponed"
  readonly code: string
  readonly message: string | null
}

/** There is no usable answer; whatever was asked for may have happened. */
export interface Unknown extends Unanswered {
  readonly _tag: "Unknown"
}

export interface NotFound {
  readonly _tag: "NotFound"
}

export type MintOutcome = { readonly _tag: "Made"; readonly payToken: string } | Refused | Postponed | Unknown
export type PaymentOutcome =
  | { readonly _tag: "Answered"; readonly answer: PaymentAnswer }
  | Refused
  | Postponed
  | Unknown
export type StatusOutcome = PaymentOutcome | NotFound
export type RefundOutcome =
  | { readonly _tag: "Answered"; readonly answer: RefundAnswer }
  | Refused
  | Postponed
  | Unknown

/** Whether calling TossPay is worth it: it answers, it is time to try one call, or it is known to be down. */
export type Health = "well" | "untested" | "away"

export class TossPay extends Context.Service<
  TossPay,
  {
    /** Mints a payToken that locks order and amount. No money moves. */
    make(order: Order, userKey: string): Effect.Effect<MintOutcome>
    /** THE call that charges the buyer. Whether a second one charges again is not documented: never call it blindly. */
    execute(order: Order, payToken: string, userKey: string): Effect.Effect<PaymentOutcome>
    /** How the payment stands. Asks by token and order number where both are known. */
    status(order: Order, payToken: string | null, userKey: string): Effect.Effect<StatusOutcome>
    /**
     * The call that gives the whole payment back. TossPay takes no id of ours to tell two of them apart: never call it
     * blindly. `why` may be any text; TossPay gets of it what it allows.
     */
    refund(order: Order, payToken: string, why: string, userKey: string): Effect.Effect<RefundOutcome>
    readonly health: Effect.Effect<Health>
    /** How long it asks to be left alone for being asked too often; `null` if its last word was another one. */
    readonly throttledForMs: Effect.Effect<number | null>
  }
>()("tosspay-checkout/server/TossPay") {}

/** Nothing more is asked of it for now. */
export const tossPayIsAway = Effect.flatMap(
  Effect.flatMap(TossPay, ({ throttledForMs }) => throttledForMs),
  (throttledForMs) =>
    Effect.fail(
      new Unavailable({
        what: "TOSSPAY",
        retryable: true,
        ...(throttledForMs !== null && { cause: "THROTTLED" satisfies NoAnswer }),
      }),
    ),
)

/** The same TossPay, with something around each of its calls, whatever the call comes to. */
export const aroundCalls = (
  tossPay: TossPay["Service"],
  around: <A extends { readonly _tag: string }>(
    call: CallName,
    order: Order,
    sent: Effect.Effect<A>,
  ) => Effect.Effect<A>,
): TossPay["Service"] => ({
  ...tossPay,
  make: (order, ...more) => around("make-payment", order, tossPay.make(order, ...more)),
  execute: (order, ...more) => around("execute-payment", order, tossPay.execute(order, ...more)),
  status: (order, ...more) => around("get-payment-status", order, tossPay.status(order, ...more)),
  refund: (order, ...more) => around("refund-payment", order, tossPay.refund(order, ...more)),
})
