/** The judge: holds the bank's books, the log and what buyers were told against each other. Pure. */

import { isIllegal, isStatePath, moveName, replay, stateInfo, timerOf } from "../../machines/index.ts"
import { readLegalMoves } from "../../server/database/legalMoves.ts"
import { type EventRow, factOf, hashOf } from "../../server/log/chain.ts"
import type { LedgerLine } from "./bank.ts"
import type { Books, CheckoutRow } from "./books.ts"

/** Of each version of the machine: a row is judged by the one that wrote it. */
const legal = readLegalMoves()

/** Everything that is wrong, one line each, the law first. Empty when all is well. */
export const judge = (books: Books): ReadonlyArray<string> => {
  const charges = Map.groupBy(
    books.ledger.filter(({ kind }) => kind === "charge"),
    ({ orderNo }) => orderNo,
  )
  const refunds = Map.groupBy(
    books.ledger.filter(({ kind }) => kind === "refund"),
    ({ orderNo }) => orderNo,
  )
  /** What was charged and is still with the shop. */
  const kept = (orderId: string) => (charges.get(orderId)?.length ?? 0) - (refunds.get(orderId)?.length ?? 0)
  const known = new Set(books.checkouts.map(({ orderId }) => orderId))
  const rows = new Set(books.checkouts.map(({ checkoutId }) => checkoutId))
  return [
    ...[...charges.keys()].flatMap((orderNo) =>
      known.has(orderNo) ? [] : [`charged means recorded: ${orderNo} is not in the log`],
    ),
    ...[...books.histories.keys()].flatMap((checkoutId) =>
      rows.has(checkoutId) ? [] : [`fold: ${checkoutId} has a history and no row`],
    ),
    ...books.checkouts.flatMap((row) => [
      ...moneyLaws(row, charges.get(row.orderId) ?? [], books),
      ...historyLaws(row, books.histories.get(row.checkoutId) ?? []),
    ]),
    ...[...refunds.keys()].flatMap((orderNo) =>
      kept(orderNo) < 0 ? [`at most one refund: ${orderNo} was given back more than it was charged`] : [],
    ),
    ...answerLaws(books, kept),
    ...books.answers.defects.map((defect) => `what is away is said to be away: ${defect}`),
  ]
}

const nameOf = (state: string): string => state.split(".")[0] ?? ""

const moneyLaws = (
  { orderId, payToken, amount, state }: CheckoutRow,
  charges: ReadonlyArray<LedgerLine>,
  { payments }: Books,
): ReadonlyArray<string> => {
  const wrong: Array<string> = []
  const name = nameOf(state)
  if (charges.length > 1) wrong.push(`at most one charge: ${orderId} was charged ${charges.length} times`)
  if (charges.length > 0 && name !== "settled" && name !== "mismatched") {
    wrong.push(`charged means recorded: ${orderId} was charged and is ${state}`)
  }
  if (name === "settled") {
    const [charge] = charges
    const payment = payments.find((made) => made.orderNo === orderId)
    const agrees =
      charge?.amount === amount &&
      charge.payToken === payToken &&
      charge.mode === "TEST" &&
      payment?.payStatus === "PAY_COMPLETE"
    if (!agrees) wrong.push(`recorded means charged: ${orderId} is settled and the bank does not say so`)
  }
  if (state === "mismatched.charged" && charges.length === 0) {
    wrong.push(`owed back means taken: ${orderId} is ${state} and nothing was charged`)
  }
  const { owner, safeToRetry, refund } = isStatePath(state)
    ? stateInfo(state)
    : { owner: "no owner", safeToRetry: false, refund: null }
  if (charges.length > 0 && safeToRetry && refund === null) {
    wrong.push(`safe to pay again: ${orderId} is ${state} and the bank has kept what it charged`)
  }
  if (owner !== "nobody" && owner !== "person") wrong.push(`convergence: ${orderId} is still ${state}`)
  return wrong
}

const historyLaws = (row: CheckoutRow, events: ReadonlyArray<EventRow>): ReadonlyArray<string> => {
  const { orderId } = row
  const wrong: Array<string> = []
  for (const [index, event] of events.entries()) {
    const { hash, ...rest } = event
    const before = events[index - 1]
    const at = `${orderId} at version ${event.version}`
    if (event.version !== index + 1) wrong.push(`gapless: ${at}, which is place ${index + 1}`)
    if (hash !== hashOf(rest) || event.prevHash !== (before?.hash ?? null)) wrong.push(`chained: ${at}`)
    if (event.from !== (before?.to ?? null)) wrong.push(`continuous: ${at}`)
    const isLegal = legal.get(event.machineVersion)?.has(moveName(event.from, event.type, event.to))
    if (isLegal !== true) wrong.push(`legal: ${at}, ${event.type}`)
    if (event.machineVersion < (before?.machineVersion ?? 0)) wrong.push(`older leaves newer alone: ${at}`)
  }
  const folded = foldOf(row.checkoutId, events)
  if (JSON.stringify(folded) !== JSON.stringify(row)) {
    wrong.push(`fold: ${orderId} is ${JSON.stringify(row)} and its history says ${JSON.stringify(folded)}`)
  }
  return wrong
}

/** The row that this history gives, or why it gives none. */
const foldOf = (checkoutId: string, events: ReadonlyArray<EventRow>): CheckoutRow | string => {
  const checkout = replay(checkoutId, events.map(factOf))
  if (isIllegal(checkout)) return `version ${checkout.version}: ${checkout.why}`
  const { order, payToken, openedAt, updatedAt } = checkout.context
  return {
    checkoutId,
    orderId: order.orderId,
    payToken,
    payer: order.payer,
    state: checkout.state,
    version: checkout.version,
    amount: order.amount,
    hash: events.at(-1)?.hash ?? "",
    createdAt: openedAt,
    updatedAt,
    isDue: timerOf(checkout) !== null,
  }
}

/** What was answered is on disk, and stays true. */
const answerLaws = (
  { answers, checkouts, histories }: Books,
  kept: (orderId: string) => number,
): ReadonlyArray<string> => {
  const byToken = new Map(checkouts.map((row) => [row.payToken, row]))
  const wrong: Array<string> = []
  for (const { orderId, payToken, amount } of answers.created) {
    const row = byToken.get(payToken)
    if (row?.orderId !== orderId || row.amount !== amount) {
      wrong.push(`answered is on disk: create answered ${orderId}, ${payToken}, and the log has none such`)
    }
  }
  for (const { payToken, reply } of answers.executed) {
    const { status, body } = reply
    const row = byToken.get(payToken)
    if (row === undefined || status === 404) {
      wrong.push(`answered is on disk: execute of ${payToken} was answered ${status}`)
      continue
    }
    const told = `${row.orderId} was told ${JSON.stringify(body)}`
    if (body["ok"] === true) {
      const isTrue =
        nameOf(row.state) === "settled" && body["orderId"] === row.orderId && body["amount"] === row.amount
      if (!isTrue) wrong.push(`answered is on disk: ${told} and is ${row.state}`)
    }
    if (body["safeToRetry"] === true && kept(row.orderId) > 0) {
      const last = histories.get(row.checkoutId)?.at(-1)?.type
      wrong.push(
        `safe to pay again means not charged, or given back: ${told}, was charged and is ${row.state} (${last})`,
      )
    }
  }
  return wrong
}
