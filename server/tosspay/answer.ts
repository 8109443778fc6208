/** Reads TossPay's payment answers into our words. Lenient in form, strict in what the evidence needs. */

import { Option, Schema } from "effect"
import { type PaymentAnswer, type PayStatus, payStatuses, type RefundAnswer } from "../../machines/index.ts"

const Text = Schema.Union([Schema.String, Schema.Number])
const OptionalText = Schema.optional(Schema.NullOr(Text))
/** Amounts come as numbers, and in some samples as text. */
const Amount = Schema.Union([Schema.Int, Schema.String.check(Schema.isPattern(/^-?\d{1,15}$/))])
const OptionalAmount = Schema.optional(Schema.NullOr(Amount))

const common = {
  mode: Schema.String,
  orderNo: Schema.String,
  payToken: Schema.String,
  amount: Amount,
  paidAmount: OptionalAmount,
  discountedAmount: OptionalAmount,
  payMethod: OptionalText,
  accountBankName: OptionalText,
  accountNumber: OptionalText,
}

const Executed = Schema.Struct({
  ...common,
  approvalTime: OptionalText,
  transactionId: OptionalText,
  cardCompanyName: OptionalText,
  cardNumber: OptionalText,
})

const Status = Schema.Struct({
  ...common,
  payStatus: Schema.Literals(payStatuses),
  paidTs: OptionalText,
  card: Schema.optional(
    Schema.NullOr(Schema.Struct({ cardCompanyName: OptionalText, cardNumber: OptionalText })),
  ),
  refundableAmount: OptionalAmount,
  transactions: Schema.optional(
    Schema.NullOr(
      Schema.Array(
        Schema.Struct({
          stepType: OptionalText,
          transactionId: OptionalText,
          transactionAmount: OptionalText,
          regTs: OptionalText,
        }),
      ),
    ),
  ),
})

const Refunded = Schema.Struct({
  payToken: OptionalText,
  refundNo: OptionalText,
  transactionId: OptionalText,
  approvalTime: OptionalText,
  refundedAmount: OptionalAmount,
  refundedPaidAmount: OptionalAmount,
  refundedDiscountAmount: OptionalAmount,
})

const Made = Schema.Struct({
  payToken: Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,30}$/)),
})

const decodeExecuted = Schema.decodeUnknownOption(Executed)
const decodeStatus = Schema.decodeUnknownOption(Status)
const decodeRefunded = Schema.decodeUnknownOption(Refunded)
const decodeMade = Schema.decodeUnknownOption(Made)

/** `null`: the body cannot be read, so the outcome is unknown. */
export const readMade = (success: unknown): string | null =>
  Option.getOrNull(decodeMade(success))?.payToken ?? null

export const readExecuted = (success: unknown): PaymentAnswer | null => {
  const read = Option.getOrNull(decodeExecuted(success))
  if (read === null) return null
  return {
    ...commonOf(read),
    source: "execute-payment",
    payStatus: null,
    transactionId: textOf(read.transactionId),
    instrument: instrumentOf(
      [read.cardCompanyName, read.cardNumber],
      [read.accountBankName, read.accountNumber],
    ),
    paidAt: timeOf(read.approvalTime),
  }
}

export const readStatus = (success: unknown): PaymentAnswer | null => {
  const read = Option.getOrNull(decodeStatus(success))
  if (read === null) return null
  const payStatus: PayStatus = read.payStatus
  const charges = (read.transactions ?? []).filter(({ stepType }) => stepType === "PAY")
  const refunds = (read.transactions ?? []).filter(({ stepType }) => stepType === "REFUND")
  const refundedAmount = refunds.reduce((sum, entry) => sum + (amountOf(entry.transactionAmount) ?? 0), 0)
  const ids = charges.map(({ transactionId }) => textOf(transactionId)).filter((id) => id !== null)
  return {
    ...commonOf(read),
    source: "get-payment-status",
    payStatus,
    transactionId: textOf(charges[0]?.transactionId),
    instrument: instrumentOf(
      [read.card?.cardCompanyName, read.card?.cardNumber],
      [read.accountBankName, read.accountNumber],
    ),
    paidAt: timeOf(read.paidTs),
    refundableAmount: amountOf(read.refundableAmount),
    ...(Number.isSafeInteger(refundedAmount) && refundedAmount > 0 && { refundedAmount }),
    refundedAt: timeOf(refunds.at(-1)?.regTs),
    ...(ids.length > 0 && { charges: [...new Set(ids)].slice(0, mostCharges) }),
  }
}

/** One is right, two are worth a look, and more say no more than that. */
const mostCharges = 10

/** A reply about another payment is no answer to this call. */
export const readRefunded =
  (payToken: string) =>
  (success: unknown): RefundAnswer | null => {
    const read = Option.getOrNull(decodeRefunded(success))
    if (read === null || (textOf(read.payToken) ?? payToken) !== payToken) return null
    const parts = (amountOf(read.refundedPaidAmount) ?? 0) + (amountOf(read.refundedDiscountAmount) ?? 0)
    return {
      // The wrapper's sample has 0 for an amount that was refunded: that says nothing (TossPay reference: refund-payment).
      refundedAmount: amountOf(read.refundedAmount) || parts || null,
      refundNo: textOf(read.refundNo),
      transactionId: textOf(read.transactionId),
      refundedAt: timeOf(read.approvalTime),
    }
  }

type Common = Pick<typeof Executed.Type, keyof typeof common>

const commonOf = (read: Common) => ({
  mode: read.mode,
  orderNo: read.orderNo,
  payToken: read.payToken,
  amount: Number(read.amount),
  paidAmount: amountOf(read.paidAmount),
  discountedAmount: amountOf(read.discountedAmount),
  method: textOf(read.payMethod),
})

type MaybeText = string | number | null | undefined

const textOf = (value: MaybeText): string | null =>
  value === null || value === undefined ? null : clip(String(value))

/** TossPay's samples disagree on the sign of some amounts; what was paid is never below nothing. */
const amountOf = (value: string | number | null | undefined): number | null =>
  value === null || value === undefined ? null : Math.abs(Number(value))

const instrumentOf = (...pairs: ReadonlyArray<readonly [MaybeText, MaybeText]>): string | null => {
  const [company, number] = pairs.find((pair) => textOf(pair[1]) !== null) ?? []
  const words = [textOf(company), mask(textOf(number))].filter((word) => word !== null)
  return words.length === 0 ? null : words.join(" ")
}

/** TossPay masks the numbers; should it ever forget, only the last four digits are kept. */
const mask = (number: string | null): string | null =>
  number === null || number.includes("*") ? number : `****${number.slice(-4)}`

/**
 * TossPay writes 'yyyy-MM-dd HH:mm:ss' without a zone, which is Korean time, and in some samples ISO with one
 * (TossPay reference: timestamps). `null` if it is neither.
 */
export const timeOf = (value: MaybeText): string | null => {
  const text = textOf(value)?.trim().replace(" ", "T") ?? ""
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text)) return null
  const parsed = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}+09:00`)
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString()
}

/** What goes on record is bounded, and can be stored: no NUL, no broken surrogates. */
const clip = (text: string): string => text.replaceAll("\u0000", "").toWellFormed().slice(0, 200)
