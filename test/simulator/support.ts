/** A shop and a buyer at the simulated bank, in as few words as the laws need. */

import { Effect } from "effect"
import type { Ids } from "../../server/simulator/ids.ts"
import type { CallName, WireReply } from "../../server/simulator/index.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import type { PayStatus } from "../../server/simulator/status.ts"

export const minutes = 60_000

/** Ids that tell where they come from, the same in every run. */
export const countingIds = (): Ids => {
  const counter = (name: string) => {
    let count = 0
    return () => `${name}-${++count}`
  }
  return { payToken: counter("token"), transactionId: counter("transaction"), refundNo: counter("refund") }
}

export const headersOf = (userKey = "buyer") => ({
  "content-type": "application/json",
  "x-toss-user-key": userKey,
})

export const anOrder = (changes: Record<string, unknown> = {}) => ({
  orderNo: "order-1",
  productDesc: "아메리카노",
  amount: 4_500,
  amountTaxFree: 0,
  isTestPayment: true,
  ...changes,
})

// biome-ignore lint/suspicious/noExplicitAny: the body of a reply is whatever the simulator wrote
type Json = any

export interface Heard {
  readonly status: number
  readonly resultType: string
  readonly success: Json
  readonly error: Json
}

export const read = (reply: WireReply): Heard => {
  if (reply._tag === "Lost") throw new Error("the reply was lost")
  return { status: reply.status, success: undefined, error: undefined, ...JSON.parse(reply.body) }
}

/** A call with a JSON body. */
export const send = (name: CallName, body: unknown, userKey?: string) =>
  TossPaySimulator.use((simulator) => simulator.call(name, headersOf(userKey), JSON.stringify(body)))

export const ask = (name: CallName, body: unknown, userKey?: string) =>
  Effect.map(send(name, body, userKey), read)

export const make = (changes?: Record<string, unknown>) =>
  Effect.map(ask("make-payment", anOrder(changes)), ({ success }): string => success.payToken)

export const approve = (payToken: string, more: { method?: "CARD" | "TOSS_MONEY"; discount?: number } = {}) =>
  TossPaySimulator.use((simulator) => simulator.sheet(payToken, { action: "approve", ...more }))

export const execute = (payToken: string, changes?: Record<string, unknown>, userKey?: string) =>
  ask("execute-payment", { payToken, isTestPayment: true, ...changes }, userKey)

export const statusOf = (payToken: string, changes?: Record<string, unknown>, userKey?: string) =>
  ask("get-payment-status", { payToken, isTestPayment: true, ...changes }, userKey)

export const refund = (payToken: string, changes?: Record<string, unknown>, userKey?: string) =>
  ask("refund-payment", { payToken, reason: "단순변심", isTestPayment: true, ...changes }, userKey)

export const approved = (changes?: Record<string, unknown>) =>
  Effect.tap(make(changes), (payToken) => approve(payToken))

export const paid = (changes?: Record<string, unknown>) =>
  Effect.tap(approved(changes), (payToken) => execute(payToken))

/** One way to each status, in moves by hand after the payment was made. */
export const waysTo: Readonly<Record<PayStatus, ReadonlyArray<PayStatus>>> = {
  PAY_STANDBY: [],
  PAY_APPROVED: ["PAY_APPROVED"],
  PAY_CANCEL: ["PAY_CANCEL"],
  PAY_PROGRESS: ["PAY_APPROVED", "PAY_PROGRESS"],
  PAY_COMPLETE: ["PAY_APPROVED", "PAY_PROGRESS", "PAY_COMPLETE"],
  REFUND_PROGRESS: ["PAY_APPROVED", "PAY_PROGRESS", "PAY_COMPLETE", "REFUND_PROGRESS"],
  REFUND_SUCCESS: ["PAY_APPROVED", "PAY_PROGRESS", "PAY_COMPLETE", "REFUND_PROGRESS", "REFUND_SUCCESS"],
  SETTLEMENT_COMPLETE: ["PAY_APPROVED", "PAY_PROGRESS", "PAY_COMPLETE", "SETTLEMENT_COMPLETE"],
  SETTLEMENT_REFUND_COMPLETE: [
    "PAY_APPROVED",
    "PAY_PROGRESS",
    "PAY_COMPLETE",
    "REFUND_PROGRESS",
    "REFUND_SUCCESS",
    "SETTLEMENT_REFUND_COMPLETE",
  ],
}

/** A payment that has been brought to a status by hand. */
export const standingAt = Effect.fnUntraced(function* (status: PayStatus, changes?: Record<string, unknown>) {
  const payToken = yield* make(changes)
  const simulator = yield* TossPaySimulator
  for (const step of waysTo[status]) yield* simulator.moveStatus(payToken, step)
  return payToken
})

export const ledger = TossPaySimulator.use((simulator) => simulator.ledger)

export const payStatus = (payToken: string) =>
  TossPaySimulator.use((simulator) =>
    Effect.map(simulator.payment(payToken), (payment) => payment?.payStatus),
  )
