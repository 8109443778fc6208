/**
 * One payment: what was agreed when it was made, what has become of it, and how each event changes it.
 * Money moves with two status moves and with nothing else; which ones is decided here, once.
 */

import { Schema } from "effect"
import { canLapse, isLegalMove, type PayStatus, payStatuses } from "./status.ts"

export const payMethods = ["CARD", "TOSS_MONEY"] as const

export type PayMethod = (typeof payMethods)[number]

/** The shop by a call, or somebody at TossPay's own dashboard. */
const refunders = ["shop", "dashboard"] as const

export type Refunder = (typeof refunders)[number]

/** What make-payment fixed for good. Amounts are whole won, times are epoch milliseconds. */
const Agreed = Schema.Struct({
  payToken: Schema.String,
  orderNo: Schema.String,
  userKey: Schema.String,
  mode: Schema.Literals(["LIVE", "TEST"]),
  productDesc: Schema.String,
  amount: Schema.Int,
  amountTaxFree: Schema.Int,
  amountTaxable: Schema.Int,
  amountVat: Schema.Int,
  amountServiceFee: Schema.Int,
  /** What the buyer may pay with. */
  methods: Schema.Array(Schema.Literals(payMethods)),
  cashReceipt: Schema.Boolean,
  createdAt: Schema.Int,
  /** From here on a payment that was not executed is over. */
  expiresAt: Schema.Int,
})

/** Everything that ever happens to a payment, except that it lapses: that follows from the time alone. */
export const BankEvent = Schema.Union([
  Schema.Struct({ type: Schema.Literal("Made"), at: Schema.Int, agreed: Agreed }),
  Schema.Struct({
    type: Schema.Literal("Approved"),
    at: Schema.Int,
    payToken: Schema.String,
    method: Schema.Literals(payMethods),
    /** Won that the Toss app takes off at once; the seller still gets the whole amount. */
    discount: Schema.Int,
  }),
  Schema.Struct({
    type: Schema.Literal("Moved"),
    at: Schema.Int,
    payToken: Schema.String,
    to: Schema.Literals(payStatuses),
    /** Names the movement of money, if this move is one. */
    transactionId: Schema.NullOr(Schema.String),
    refundNo: Schema.NullOr(Schema.String),
    /** Who gives money back, if this move does or begins to. Absent: the shop. */
    madeBy: Schema.optionalKey(Schema.Literals(refunders)),
    /** Won that go back. Absent: all that is left. */
    part: Schema.optionalKey(Schema.Int),
    /** When the refund that this move begins is over, if it takes its time. Absent: nobody goes on with it. */
    endsAt: Schema.optionalKey(Schema.Int),
  }),
  Schema.Struct({
    type: Schema.Literal("ChargedAgain"),
    at: Schema.Int,
    payToken: Schema.String,
    transactionId: Schema.String,
  }),
  Schema.Struct({
    type: Schema.Literal("RefundedAgain"),
    at: Schema.Int,
    payToken: Schema.String,
    transactionId: Schema.String,
    refundNo: Schema.String,
  }),
])

export type BankEvent = typeof BankEvent.Type
type MovedEvent = Extract<BankEvent, { type: "Moved" }>
type MadeEvent = Extract<BankEvent, { type: "Made" }>
export type LaterEvent = Exclude<BankEvent, MadeEvent>

/** Money that really moved. Amounts are positive whole won; `kind` says which way they went. */
export interface LedgerEntry {
  readonly kind: "charge" | "refund"
  readonly payToken: string
  readonly orderNo: string
  readonly mode: "LIVE" | "TEST"
  readonly amount: number
  /** What the buyer's card or account saw: `amount` without the discount. */
  readonly paidAmount: number
  readonly discountedAmount: number
  readonly transactionId: string
  readonly refundNo: string | null
  readonly madeBy: Refunder
  /** Epoch milliseconds. */
  readonly at: number
}

export type Agreement = typeof Agreed.Type

export interface Payment extends Agreement {
  readonly payStatus: PayStatus
  /** `null` until the buyer has approved. */
  readonly method: PayMethod | null
  readonly discount: number
  /** Every status it has had, oldest first. */
  readonly history: ReadonlyArray<{ readonly payStatus: PayStatus; readonly at: number }>
  /** Its own lines of the ledger, oldest first. */
  readonly movements: ReadonlyArray<LedgerEntry>
}

export const made = ({ agreed, at }: MadeEvent): Payment => ({
  ...agreed,
  payStatus: "PAY_STANDBY",
  method: null,
  discount: 0,
  history: [{ payStatus: "PAY_STANDBY", at }],
  movements: [],
})

/** The payment after the event. Throws where the status graph has no such move: such an event was never decided. */
export const evolve = (payment: Payment, event: LaterEvent): Payment => {
  switch (event.type) {
    case "Approved":
      return { ...moved(payment, "PAY_APPROVED", event.at), method: event.method, discount: event.discount }
    case "Moved": {
      const kind = moneyMovedBy(payment.payStatus, event.to)
      const after = moved(payment, event.to, event.at)
      return kind === null ? after : withMovement(after, kind, event)
    }
    case "ChargedAgain":
      return withMovement(payment, "charge", event)
    case "RefundedAgain":
      return withMovement(payment, "refund", event)
  }
}

/** A move along the status graph. `names` belong to the money that moves with it, if any does. */
export const move = (
  payToken: string,
  to: PayStatus,
  at: number,
  names: Partial<Pick<MovedEvent, "transactionId" | "refundNo" | "madeBy" | "part" | "endsAt">> = {},
): MovedEvent => ({ type: "Moved", at, payToken, to, transactionId: null, refundNo: null, ...names })

/** The payment as it stands at `now`: an unexecuted one is cancelled when its time is over, a charged one is settled after a year. */
export const standing = (payment: Payment, now: number): Payment => {
  const since = payment.history.at(-1)?.at ?? 0
  if (canLapse(payment.payStatus) && now >= payment.expiresAt) {
    return moved(payment, "PAY_CANCEL", Math.max(payment.expiresAt, since))
  }
  const settlesAt = Math.max((payment.movements[0]?.at ?? now) + refundableForMs + 1, since)
  return payment.payStatus === "PAY_COMPLETE" && now >= settlesAt
    ? moved(payment, "SETTLEMENT_COMPLETE", settlesAt)
    : payment
}

/** A payment can be refunded for one year (TossPay reference: refund-payment, pay states). */
const refundableForMs = 365 * 24 * 60 * 60 * 1000

/** Won that have not gone back yet. */
export const leftOf = ({ amount, movements }: Payment): number =>
  Math.max(0, amount - sumOf(refundsAmong(movements), "amount"))

const refundsAmong = (movements: ReadonlyArray<LedgerEntry>) =>
  movements.filter(({ kind }) => kind === "refund")

const sumOf = (entries: ReadonlyArray<LedgerEntry>, what: "amount" | "discountedAmount"): number =>
  entries.reduce((sum, entry) => sum + entry[what], 0)

/** What a move does to money: withdrawing ends in a charge, refunding in a refund, and no other move touches it. */
export const moneyMovedBy = (from: PayStatus, to: PayStatus): LedgerEntry["kind"] | null =>
  from === "PAY_PROGRESS" && to === "PAY_COMPLETE"
    ? "charge"
    : from === "REFUND_PROGRESS" && to === "REFUND_SUCCESS"
      ? "refund"
      : null

/** Where a part is left, that can be given back too (TossPay reference: pay states and their order). */
const isOfTheRest = (payment: Payment, to: PayStatus): boolean =>
  payment.payStatus === "REFUND_SUCCESS" && to === "REFUND_PROGRESS" && leftOf(payment) > 0

const moved = (payment: Payment, to: PayStatus, at: number): Payment => {
  if (!isLegalMove(payment.payStatus, to) && !isOfTheRest(payment, to)) {
    throw new Error(`${payment.payToken} cannot go from ${payment.payStatus} to ${to}`)
  }
  return { ...payment, payStatus: to, history: [...payment.history, { payStatus: to, at }] }
}

const withMovement = (
  payment: Payment,
  kind: LedgerEntry["kind"],
  event: Exclude<LaterEvent, { type: "Approved" }>,
): Payment => {
  if (event.transactionId === null)
    throw new Error(`${payment.payToken}: money moved without a transactionId`)
  // A second time means all of it a second time.
  const back = event.type === "Moved" ? refundsAmong(payment.movements) : []
  const left = payment.amount - sumOf(back, "amount")
  const discountLeft = payment.discount - sumOf(back, "discountedAmount")
  const amount = (event.type === "Moved" ? event.part : undefined) ?? left
  // A part is of what the buyer paid, as long as there is any of it left.
  const paidAmount = Math.min(amount, left - discountLeft)
  const entry: LedgerEntry = {
    kind,
    payToken: payment.payToken,
    orderNo: payment.orderNo,
    mode: payment.mode,
    amount,
    paidAmount,
    discountedAmount: amount - paidAmount,
    transactionId: event.transactionId,
    refundNo: event.type === "ChargedAgain" ? null : event.refundNo,
    madeBy: (event.type === "Moved" ? event.madeBy : undefined) ?? "shop",
    at: event.at,
  }
  return { ...payment, movements: [...payment.movements, entry] }
}
