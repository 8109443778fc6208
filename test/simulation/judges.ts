/** Independent judges: they read the bank's ledger and the event log, and know nothing of how they came about. */

import { Effect } from "effect"
import {
  type Checkout,
  type ExecuteAnswer,
  legalMoves,
  moveName,
  replay,
  type StateName,
  type StatePath,
  stateInfo,
  stateName,
} from "../../machines/index.ts"
import { type EventRow, factOf, hashOf } from "../../server/log/chain.ts"
import { EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { type LedgerEntry, TossPaySimulator } from "../../server/simulator/index.ts"

const legal = new Set(legalMoves)

/** What a buyer was told of an order. */
export type Told =
  | { readonly what: "created"; readonly orderId: string; readonly answer: Recorded }
  | { readonly what: "executed"; readonly orderId: string; readonly answer: ExecuteAnswer }

/** Everything that is wrong with how a life ended, by law. Empty when all is well. */
export const judge = Effect.fnUntraced(function* (orderIds: Iterable<string>, told: ReadonlyArray<Told>) {
  const log = yield* EventLog
  const simulator = yield* TossPaySimulator
  const ledger = yield* simulator.ledger
  const payments = yield* simulator.payments
  const wrong: Array<string> = []

  for (const orderId of orderIds) {
    const charges = ledger.filter((entry) => entry.kind === "charge" && entry.orderNo === orderId)
    const refunds = ledger.filter((entry) => entry.kind === "refund" && entry.orderNo === orderId)
    const payment = payments.find((known) => known.orderNo === orderId)
    const recorded = yield* log.find({ by: "orderId", value: orderId })
    if (charges.length > 1) wrong.push(`at most one charge: ${orderId} was charged ${charges.length} times`)
    if (refunds.length > 1) wrong.push(`at most one refund: ${orderId} was refunded ${refunds.length} times`)
    if (recorded === null) {
      if (charges.length > 0) wrong.push(`charged means recorded: ${orderId} is not in the log`)
      continue
    }
    const { checkout } = recorded
    const { order, payToken } = checkout.context
    const name = stateName(checkout.state)
    if (charges.length > 0 && name !== "settled" && name !== "mismatched") {
      wrong.push(`charged means recorded: ${orderId} was charged and is ${checkout.state}`)
    }
    if (name === "settled") {
      const [charge] = charges
      const agrees =
        charge?.amount === order.amount && charge.payToken === payToken && payment?.mode === order.mode
      if (!agrees) wrong.push(`recorded means charged: ${orderId} is settled and the bank does not say so`)
    }
    const info = stateInfo(checkout.state)
    const isOwed = name === "mismatched" && (info.refund !== null || info.owner === "person")
    if (isOwed && charges.length === 0) {
      wrong.push(`owed back means taken: ${orderId} is ${checkout.state} and nothing was charged`)
    }
    if (info.safeToRetry && sumOf(charges) > sumOf(refunds)) {
      wrong.push(`safe to pay again: ${orderId} is ${checkout.state} and the bank has kept what it charged`)
    }
    if (isUnfinished(checkout)) {
      wrong.push(`convergence: ${orderId} is still ${checkout.state}`)
    }

    const rows = yield* log.history(checkout.checkoutId)
    wrong.push(...wrongRefunds(checkout, rows, refunds))
    const tries = rows.slice(rows.findLastIndex(({ type }) => type === "AuthenticationSucceeded") + 1)
    const executions = tries.filter(({ type }) => type === "ExecutionStarted").length
    if (executions > 14) wrong.push(`ever less often: ${orderId} was executed ${executions} times`)
    const again = replay(checkout.checkoutId, rows.map(factOf))
    if (JSON.stringify(again) !== JSON.stringify(checkout)) {
      wrong.push(`fold: ${orderId} does not read back as what it is`)
    }
    for (const [index, row] of rows.entries()) {
      const { hash, ...rest } = row
      const before = rows[index - 1]
      if (row.version !== index + 1)
        wrong.push(`gapless: ${orderId} has ${row.version} at place ${index + 1}`)
      if (hash !== hashOf(rest) || row.prevHash !== (before?.hash ?? null))
        wrong.push(`chained: ${orderId} ${index}`)
      if (row.from !== (before?.to ?? null)) wrong.push(`continuous: ${orderId} ${index}`)
      if (!legal.has(moveName(row.from as StatePath | null, row.type, row.to))) {
        wrong.push(`legal: ${orderId} ${row.type}`)
      }
    }

    for (const one of told) {
      if (one.orderId === orderId) wrong.push(...brokenPromises(one, name, charges.length > refunds.length))
    }
  }
  return wrong
})

const sumOf = (lines: ReadonlyArray<LedgerEntry>): number =>
  lines.reduce((sum, { amount }) => sum + amount, 0)

/** It is to go on without a person. */
export const isUnfinished = ({ state }: Checkout): boolean => {
  const { owner } = stateInfo(state)
  return owner !== "nobody" && owner !== "person"
}

/** Money goes back because somebody asked for it on record, and then both books say so. */
const wrongRefunds = (
  { state, context }: Checkout,
  rows: ReadonlyArray<EventRow>,
  refunds: ReadonlyArray<LedgerEntry>,
): ReadonlyArray<string> => {
  const { order, payment, refund } = context
  const { orderId } = order
  const started = rows.filter((row) => row.type === "RefundStarted")
  const [made] = refunds
  const wrong: Array<string> = []
  if (made?.madeBy === "shop") {
    if (started.length === 0)
      wrong.push(`refunded means asked for: ${orderId} was refunded, and nobody asked`)
    if (stateInfo(state).refund !== "refunded") {
      wrong.push(`refunded means recorded: ${orderId} was refunded and is ${state}`)
    }
  }
  if (stateInfo(state).refund === "refunded" && made === undefined) {
    wrong.push(`recorded means refunded: ${orderId} is ${state} and the bank does not say so`)
  }
  const isByPolicy = started.some((row) => (row.data as { readonly origin: string }).origin === "policy")
  if (isByPolicy && (stateName(state) !== "mismatched" || order.onMismatch !== "refund")) {
    wrong.push(`a policy refunds mismatches only: ${orderId} is ${state}`)
  }
  const isAsked = rows.some(({ to }) => to === "mismatched.stuck")
  // What somebody gave back on TossPay's own dashboard is not owed any more.
  const mayWait =
    refund !== null || isAsked || made !== undefined || payment?.payStatus === "SETTLEMENT_COMPLETE"
  if (state === "mismatched.charged" && order.onMismatch === "refund" && !mayWait) {
    wrong.push(`no mismatch is forgotten: ${orderId} is ${state}, and nothing was tried`)
  }
  return wrong
}

/** An answer that the buyer has is final: paid stays paid, and what is safe to pay again is never charged. */
const brokenPromises = (told: Told, state: StateName, isCharged: boolean): ReadonlyArray<string> => {
  if (told.what === "created") {
    const { orderId } = told.answer.checkout.context.order
    return orderId === told.orderId
      ? []
      : [`same request, same answer: ${told.orderId} became ${orderId} under one key`]
  }
  const { outcome, safeToRetry } = told.answer
  if (outcome === "paid" && state !== "settled") {
    return [`same request, same answer: ${told.orderId} was told paid and is ${state}`]
  }
  return safeToRetry && isCharged
    ? [`safe to pay again means not charged, or given back: ${told.orderId} was told so and is charged`]
    : []
}
