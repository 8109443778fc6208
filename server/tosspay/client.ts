/** The real TossPay: builds the four calls and reads their outcomes. */

import { Effect, Layer } from "effect"
import type { Order } from "../../machines/index.ts"
import { readExecuted, readMade, readRefunded, readStatus } from "./answer.ts"
import { guarded, type Link } from "./breaker.ts"
import { ClientCertificate } from "./certificate.ts"
import { measured } from "./measured.ts"
import { type Sorted, sort } from "./outcome.ts"
import { refundReason } from "./refundReason.ts"
import type { TossPaySettings } from "./settings.ts"
import { TossPay, type Unknown } from "./tosspay.ts"
import { makeTransport } from "./transport.ts"

/** Comes with the client certificate that it calls with, which is fresh for as long as the layer lives. */
export const tossPayClient = (settings: TossPaySettings) =>
  Layer.effect(
    TossPay,
    Effect.map(Effect.flatMap(makeTransport(settings), guarded), (link) => measured(tossPayOver(link))),
  ).pipe(Layer.provideMerge(ClientCertificate.layer(settings)))

/** The calls over any way of sending them. */
export const tossPayOver = ({ send, ...link }: Link): TossPay["Service"] =>
  TossPay.of({
    ...link,
    make: (order, userKey) =>
      Effect.map(
        send("make-payment", userKey, {
          orderNo: order.orderId,
          productDesc: productDesc(order),
          amount: order.amount,
          ...taxSplit(order),
          isTestPayment: isTest(order),
        }),
        (wire) => outcome(sort(wire), readMade, (payToken) => ({ _tag: "Made" as const, payToken })),
      ),
    execute: (order, payToken, userKey) =>
      Effect.map(
        send("execute-payment", userKey, {
          payToken,
          orderNo: order.orderId,
          isTestPayment: isTest(order),
        }),
        (wire) => outcome(sort(wire), readExecuted, answered),
      ),
    status: (order, payToken, userKey) =>
      Effect.map(
        send("get-payment-status", userKey, {
          ...(payToken !== null && { payToken }),
          orderNo: order.orderId,
          isTestPayment: isTest(order),
        }),
        (wire) => {
          const sorted = sort(wire)
          return sorted._tag === "NotFound" ? notFound : outcome(sorted, readStatus, answered)
        },
      ),
    refund: (order, payToken, why, userKey) =>
      Effect.map(
        send("refund-payment", userKey, {
          payToken,
          reason: refundReason(why),
          isTestPayment: isTest(order),
        }),
        (wire) => outcome(sort(wire), readRefunded(payToken), answered),
      ),
  })

const answered = <A>(answer: A) => ({ _tag: "Answered" as const, answer })

const notFound = { _tag: "NotFound" as const }

/** A payment that TossPay cannot find when it is to be made, executed or refunded was refused. */
const outcome = <A, B>(sorted: Sorted, read: (success: unknown) => A | null, made: (value: A) => B) => {
  if (sorted._tag === "NotFound") return { ...sorted, _tag: "Refused" as const }
  if (sorted._tag !== "Success") return sorted
  const value = read(sorted.success)
  return value === null ? unreadable : made(value)
}

const unreadable: Unknown = { _tag: "Unknown", cause: "UNREADABLE" }

/** `isTestPayment: true` is the sandbox (TossPay reference: isTestPayment). */
const isTest = (order: Order): boolean => order.mode === "TEST"

/**
 * TossPay works the tax out by itself only when nothing is tax-free; otherwise taxable, tax-free and VAT must add up to
 * the amount. VAT is an eleventh of what is taxed, rounded up (TossPay reference: make-payment).
 */
const taxSplit = ({ amount, amountTaxFree }: Order) => {
  if (amountTaxFree === 0) return { amountTaxFree }
  const amountVat = Math.ceil((amount - amountTaxFree) / 11)
  return { amountTaxFree, amountVat, amountTaxable: amount - amountTaxFree - amountVat }
}

/** At most 255 characters, without backslashes and quotes, and not blank (TossPay reference: make-payment). */
const productDesc = ({ items }: Order): string => {
  const [first] = items
  const name =
    (first?.name ?? "")
      .replaceAll(/[\\"'\p{Cc}]/gu, " ")
      .trim()
      .slice(0, 200) || "Order"
  return items.length > 1 ? `${name} +${items.length - 1}` : name
}
