/**
 * Every place where a process can die right after something went on record, read out of the machine: one history for
 * each of its moves, together with a bank in which that history could have happened.
 */

import {
  type Checkout,
  decide,
  type Fact,
  type Move,
  open,
  type PayStatus,
  type Refund,
} from "../../machines/index.ts"
import { legalMoves } from "../../server/simulator/status.ts"
import { anOrder, checkoutId, startOfTime } from "../support/checkouts.ts"
import { everyFact } from "../support/everyFact.ts"

/** A process died here, and this is what it left. */
export interface Death {
  /** The last move on record: from, fact, to. */
  readonly name: string
  readonly checkout: Checkout
  readonly moves: ReadonlyArray<Move>
  /** The statuses that the payment went through at the bank; empty if it was never made. */
  readonly bank: ReadonlyArray<PayStatus>
}

export const order = anOrder({ payer: "payer:buyer-1" })

/** The shortest history for each move, as far as executions and refunds up to the second one go. */
export const deaths = (): ReadonlyArray<Death> => {
  const opened = open(checkoutId, order, startOfTime)
  const first = { name: nameOf(opened.moves[0]), checkout: opened.checkout, moves: opened.moves, bank: [] }
  const found = new Map<string, Death>([[first.name, first]])
  const seen = new Set<string>()
  let frontier: ReadonlyArray<Death> = [first]
  while (frontier.length > 0) {
    const next: Array<Death> = []
    for (const death of frontier) {
      for (const after of everyFact.flatMap((fact) => following(death, fact))) {
        if (!found.has(after.name)) found.set(after.name, after)
        const key = keyOf(after)
        const { attempts, refund } = after.checkout.context
        if (seen.has(key) || attempts > 2 || (refund?.attempt ?? 0) > 2) continue
        seen.add(key)
        next.push(after)
      }
    }
    frontier = next
  }
  return [...found.values()]
}

/** Where the fact leads, if the machine takes it and the bank could have said so. */
const following = (death: Death, fact: Fact): ReadonlyArray<Death> => {
  const way = wayAtBank(fact, death.bank.at(-1) ?? null)
  if (way === null) return []
  const decision = decide(death.checkout, fact)
  if (decision._tag === "Refused") return []
  const { checkout, move } = decision
  return [{ name: nameOf(move), checkout, moves: [...death.moves, move], bank: [...death.bank, ...way] }]
}

const nameOf = (move: Move | undefined): string => `${move?.from ?? "-"} ${move?.fact.type} ${move?.to}`

/** What the machine's guards look at, and how the payment stands at the bank. */
const keyOf = ({ checkout: { state, context }, bank }: Death): string =>
  [
    state,
    bank.at(-1),
    context.attempts,
    context.unanswered.length,
    context.waitedMs >= 86_400_000 ? "day" : context.asks,
    context.reason?.code === tooEarly,
    context.payment?.payStatus,
    context.refund?.attempt,
    context.refund?.refusal?.code,
    context.refund === null ? "" : isRefundSilent(context.refund, context.waitedMs),
  ].join(" ")

/** The bank's no to an execution before the approval. */
const tooEarly = "EXECUTE_PAY_NOT_APPROVED"

/** A refund call may still arrive. */
export const isRefundSilent = (refund: Refund, waitedMs: number): boolean =>
  refund.quietAtMs === null || refund.quietAtMs > waitedMs

/** What happened at the bank for this fact to be true; `null` if it cannot be. */
const wayAtBank = (fact: Fact, from: PayStatus | null): ReadonlyArray<PayStatus> | null => {
  switch (fact.type) {
    case "TokenMinted":
    case "TokenLost":
      return from === null ? ["PAY_STANDBY"] : []
    case "StatusNotFound":
      return from === null ? [] : null
    case "PaymentExecuted":
      return from === null || isCharged(from) ? null : wayTo(from, "PAY_COMPLETE")
    case "StatusReported":
    case "OutcomeCorrected":
      // A payment whose payToken got lost is found by its order number.
      return from === null
        ? made(wayTo("PAY_STANDBY", fact.answer.payStatus))
        : wayTo(from, fact.answer.payStatus)
    case "ExecutionRefused":
      return fact.code !== tooEarly || from === "PAY_STANDBY" ? [] : null
    case "RefundConfirmed":
      return wayTo(from, "REFUND_SUCCESS")
    default:
      return []
  }
}

const made = (way: ReadonlyArray<PayStatus> | null): ReadonlyArray<PayStatus> | null =>
  way === null ? null : ["PAY_STANDBY", ...way]

/** Money was taken, whatever happened to it since. */
export const isCharged = (status: PayStatus | null): boolean =>
  wayTo("PAY_STANDBY", status)?.includes("PAY_COMPLETE") ?? false

/** The shortest way from one status to another along the bank's own graph. */
export const wayTo = (from: PayStatus | null, to: PayStatus | null): ReadonlyArray<PayStatus> | null => {
  if (from === null || to === null) return null
  const ways: Array<ReadonlyArray<PayStatus>> = [[]]
  const seen = new Set([from])
  for (const way of ways) {
    const at = way.at(-1) ?? from
    if (at === to) return way
    for (const next of legalMoves[at]) {
      if (seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return null
}
