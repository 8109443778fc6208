/**
 * What the buyer does on the sheet, what the shop's people do on TossPay's dashboard, and what a developer makes happen to a
 * payment by hand, as decisions on the books.
 */

import { Data, Result, Schema } from "effect"
import { type Bank, paymentAt } from "./bank.ts"
import type { Begun, Decision, World } from "./decision.ts"
import { moneyMovedBy, move, type PayMethod, type Payment, payMethods } from "./payment.ts"
import { decideRefund } from "./refund.ts"
import { type RefundRefusal, smallestCardPayment } from "./refusals.ts"
import { isLegalMove, type PayStatus } from "./status.ts"

/**
 * Approve authenticates the buyer; no money moves. Close leaves the payment as it is, so that the buyer may come back
 * with the same token. Decline ends it.
 */
export const SheetAction = Schema.Struct({
  action: Schema.Literals(["approve", "close", "decline"]),
  /** Absent: a card, unless it is not enabled or the amount is too small for it. */
  method: Schema.optional(Schema.Literals(payMethods)),
  /** Won that the Toss app takes off at once, at most the amount. Absent: nothing. */
  discount: Schema.optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
})

export type SheetAction = typeof SheetAction.Type

/** A no to somebody at the sheet or at the controls. Nothing has changed. */
export class NotPossible extends Data.TaggedError("NotPossible")<{
  readonly reason:
    | "UNKNOWN_PAY_TOKEN"
    | "WRONG_STATUS"
    | "METHOD_NOT_ENABLED"
    | "DISCOUNT_TOO_LARGE"
    | RefundRefusal
  /** How the payment stands, if there is one. */
  readonly payStatus: PayStatus | null
}> {}

export type Verdict = Result.Result<Decision<PayStatus>, NotPossible>

export const decideSheetAction = (
  bank: Bank,
  payToken: string,
  sheet: SheetAction,
  { now }: World,
): Verdict => {
  const payment = paymentAt(bank, payToken, now)
  if (payment === null) return unknownToken
  if (sheet.action === "close") return Result.succeed({ events: [], value: payment.payStatus })
  if (payment.payStatus !== "PAY_STANDBY") return no(payment, "WRONG_STATUS")
  if (sheet.action === "decline") return moving(payToken, "PAY_CANCEL", now)
  const method = sheet.method ?? defaultMethod(payment)
  const discount = sheet.discount ?? 0
  if (!payment.methods.includes(method)) return no(payment, "METHOD_NOT_ENABLED")
  if (discount > payment.amount) return no(payment, "DISCOUNT_TOO_LARGE")
  return Result.succeed({
    events: [{ type: "Approved", at: now, payToken, method, discount }],
    value: "PAY_APPROVED",
  })
}

/** A refund that somebody makes on TossPay's own dashboard, of a part if they say so, under the same rules as the shop's. */
export const decideDashboardRefund = (
  bank: Bank,
  payToken: string,
  part: number | undefined,
  world: World,
): Decision<Refunded> | Begun<Refunded> => {
  const payment = paymentAt(bank, payToken, world.now)
  if (payment === null) return { events: [], value: unknownToken }
  return decideRefund<Refunded>(bank, payment, { madeBy: "dashboard", part }, world, {
    refused: (code) => no(payment, code),
    refunded: ({ payStatus }) => Result.succeed(payStatus),
  })
}

type Refunded = Result.Result<PayStatus, NotPossible>

/** Moves a payment along one edge of the status graph. Money moves with it where that edge moves money. */
export const decideMove = (bank: Bank, payToken: string, to: PayStatus, { now, ids }: World): Verdict => {
  const payment = paymentAt(bank, payToken, now)
  if (payment === null) return unknownToken
  if (!isLegalMove(payment.payStatus, to)) return no(payment, "WRONG_STATUS")
  if (payment.payStatus === "PAY_STANDBY" && to === "PAY_APPROVED") {
    const method = defaultMethod(payment)
    return Result.succeed({
      events: [{ type: "Approved", at: now, payToken, method, discount: 0 }],
      value: to,
    })
  }
  const money = moneyMovedBy(payment.payStatus, to)
  return moving(payToken, to, now, {
    transactionId: money === null ? null : ids.transactionId(),
    refundNo: money === "refund" ? ids.refundNo() : null,
    ...(money === "refund" && { madeBy: "dashboard" }),
  })
}

/** The first enabled one that takes the amount: a card takes no less than 100 won (TossPay reference: amount limits). */
export const defaultMethod = ({ methods, amount }: Payment): PayMethod =>
  methods.find((method) => method !== "CARD" || amount >= smallestCardPayment) ?? methods[0] ?? "CARD"

const moving = (...args: Parameters<typeof move>): Verdict =>
  Result.succeed({ events: [move(...args)], value: args[1] })

const no = ({ payStatus }: Payment, reason: NotPossible["reason"]): Result.Result<never, NotPossible> =>
  Result.fail(new NotPossible({ reason, payStatus }))

const unknownToken: Result.Result<never, NotPossible> = Result.fail(
  new NotPossible({ reason: "UNKNOWN_PAY_TOKEN", payStatus: null }),
)
