/**
 * The four calls of the partner API as decisions: what was sent, and the books at this moment, become events and an
 * answer. Pure: nothing happens here, and everything that happens is in the events.
 */

import { Predicate, Result } from "effect"
import { type Bank, paymentAt, tokenOf } from "./bank.ts"
import type { Begun, Decision, World } from "./decision.ts"
import { type Answer, failed, succeeded } from "./envelope.ts"
import { readExecuteFields, readMakeFields, readRefundFields, readStatusFields, taxSplit } from "./fields.ts"
import {
  type Agreement,
  evolve,
  type LaterEvent,
  type LedgerEntry,
  move,
  type PayMethod,
  type Payment,
  payMethods,
} from "./payment.ts"
import { decideRefund } from "./refund.ts"
import { refusalToExecute } from "./refusals.ts"
import { executeReply, refundReply, statusReply } from "./replies.ts"
import { moneyWasTaken } from "./status.ts"

export const callNames = ["make-payment", "execute-payment", "get-payment-status", "refund-payment"] as const

export type CallName = (typeof callNames)[number]

export interface Sent {
  readonly name: CallName
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The text as it came. */
  readonly body: string
}

/** One call, decided. Headers are checked first, then the form of the body, then whose payment it is and its status. */
export const decideCall = (bank: Bank, sent: Sent, world: World): Decision<Answer> | Begun<Answer> => {
  if (!/^application\/json\b/i.test(sent.headers["content-type"] ?? "")) {
    return malformed("the content-type must be application/json")
  }
  const userKey = sent.headers["x-toss-user-key"]?.trim()
  if (userKey === undefined || userKey === "") {
    return answer(failed(400, "COMMON_UNAUTHORIZED", "the header x-toss-user-key is required"))
  }
  return calls[sent.name](jsonOf(sent.body), { bank, userKey, world })
}

interface Caller {
  readonly bank: Bank
  readonly userKey: string
  readonly world: World
}

type Call = (body: unknown, caller: Caller) => Decision<Answer> | Begun<Answer>

/** A call gets to its decision only with a body that keeps the rules of its fields. */
const reading =
  <Fields>(
    read: (body: unknown) => Result.Result<Fields, string>,
    decide: (fields: Fields, caller: Caller) => Decision<Answer> | Begun<Answer>,
  ): Call =>
  (body, caller) =>
    Result.match(read(body), {
      onFailure: (detail): Decision<Answer> | Begun<Answer> => malformed(detail),
      onSuccess: (fields) => decide(fields, caller),
    })

const makePayment = reading(readMakeFields, (fields, { bank, userKey, world: { now, ids, settings } }) => {
  const split = taxSplit(fields)
  if (split === null) {
    return malformed("amountTaxable, amountTaxFree, amountVat and amountServiceFee must add up to amount")
  }
  if (tokenOf(bank, fields.orderNo) !== null) return refused("PAYMENT_DUPLICATION_ORDER_NO")
  const payToken = ids.payToken()
  const agreed: Agreement = {
    payToken,
    orderNo: fields.orderNo,
    userKey,
    mode: modeOf(fields.isTestPayment),
    productDesc: fields.productDesc,
    amount: fields.amount,
    ...split,
    methods: methodsOf(fields.enablePayMethods),
    cashReceipt: fields.cashReceipt === true,
    createdAt: now,
    expiresAt: now + settings.lapseAfterMs,
  }
  return { events: [{ type: "Made", at: now, agreed }], value: succeeded({ payToken }) }
})

/** The call that charges the buyer. */
const executePayment = reading(readExecuteFields, (fields, caller) => {
  const { now, ids, settings } = caller.world
  const { payToken, orderNo } = fields
  const payment = findPayment(payToken, fields.isTestPayment, caller)
  if (payment === null) return refused("TRANSACTION_NOT_FOUND")
  if (payment.userKey !== caller.userKey) return refused("PAY_UNAUTHORIZED")
  if (orderNo != null && orderNo !== payment.orderNo) {
    return refused("COMMON_INVALID_PARAMETER", "orderNo belongs to another payment")
  }
  if (settings.repeatedExecute === "charge" && moneyWasTaken(payment.payStatus)) {
    const again: LaterEvent = { type: "ChargedAgain", at: now, payToken, transactionId: ids.transactionId() }
    return moneyMoved(payment, [again], executeReply)
  }
  const code = refusalToExecute(payment)
  if (code !== null) return refused(code)
  const names = { transactionId: ids.transactionId(), refundNo: null }
  const moves = [move(payToken, "PAY_PROGRESS", now), move(payToken, "PAY_COMPLETE", now, names)]
  return moneyMoved(payment, moves, executeReply)
})

/** One of the two names is enough; if both are given they must name the same payment. */
const getPaymentStatus = reading(readStatusFields, (fields, caller) => {
  const orderNo = fields.orderNo ?? null
  const payToken = fields.payToken ?? (orderNo === null ? null : tokenOf(caller.bank, orderNo))
  if (fields.payToken == null && orderNo === null) return malformed("payToken or orderNo is required")
  const payment = payToken === null ? null : findPayment(payToken, fields.isTestPayment, caller)
  if (payment === null || (orderNo !== null && orderNo !== payment.orderNo)) {
    return answer(failed(404, "TRANSACTION_NOT_FOUND"))
  }
  return payment.userKey === caller.userKey
    ? answer(succeeded(statusReply(payment)))
    : refused("PAY_UNAUTHORIZED")
})

/** Gives back all that is left. After a second charge that is one of the two: the books know one payment only. */
const refundPayment = reading(readRefundFields, (fields, caller) => {
  const { now, ids, settings } = caller.world
  const { payToken } = fields
  const payment = findPayment(payToken, fields.isTestPayment, caller)
  if (payment === null) return refused("TRANSACTION_NOT_FOUND")
  if (payment.userKey !== caller.userKey) return refused("PAY_UNAUTHORIZED")
  if (settings.repeatedRefund === "refund" && payment.payStatus === "REFUND_SUCCESS") {
    const names = { transactionId: ids.transactionId(), refundNo: ids.refundNo() }
    return moneyMoved(payment, [{ type: "RefundedAgain", at: now, payToken, ...names }], refundReply)
  }
  return decideRefund(caller.bank, payment, { madeBy: "shop" }, caller.world, {
    refused: (code) => failed(200, code),
    refunded: (after, entry) => succeeded(refundReply(after, entry)),
  })
})

const calls: Readonly<Record<CallName, Call>> = {
  "make-payment": makePayment,
  "execute-payment": executePayment,
  "get-payment-status": getPaymentStatus,
  "refund-payment": refundPayment,
}

/** A payment made in the other mode is not found (TossPay reference: status 404). */
const findPayment = (payToken: string, isTestPayment: boolean, { bank, world }: Caller): Payment | null => {
  const payment = paymentAt(bank, payToken, world.now)
  return payment !== null && payment.mode === modeOf(isTestPayment) ? payment : null
}

/** `true` is the sandbox, as in every sample (TossPay reference: isTestPayment). */
const modeOf = (isTestPayment: boolean): Payment["mode"] => (isTestPayment ? "TEST" : "LIVE")

/** Anything but the name of a method means the shop's default, which is all of them. */
const methodsOf = (enabled: string | null | undefined): ReadonlyArray<PayMethod> => {
  const named = payMethods.filter((method) => method === enabled)
  return named.length === 0 ? payMethods : named
}

const moneyMoved = (
  payment: Payment,
  events: ReadonlyArray<LaterEvent>,
  reply: (after: Payment, entry: LedgerEntry) => Readonly<Record<string, unknown>>,
): Decision<Answer> => {
  const after = events.reduce(evolve, payment)
  const entry = after.movements.at(-1)
  if (entry === undefined) throw new Error(`${payment.payToken}: no money moved`)
  return { events, value: succeeded(reply(after, entry)) }
}

const answer = (value: Answer): Decision<Answer> => ({ events: [], value })
const malformed = (detail: string) => answer(failed(400, "COMMON_INVALID_PARAMETER", detail))
/** A business refusal comes with HTTP 200 (TossPay reference: envelope). */
const refused = (code: string, detail: string | null = null) => answer(failed(200, code, detail))

/** `undefined` for what is not JSON, which no body's rules accept. */
const jsonOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return Predicate.isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
