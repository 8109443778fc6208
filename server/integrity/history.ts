/**
 * Judges one checkout: its rows, one after the other, and then the row in `checkout` that was derived from them. Every
 * row is hashed again, follows the one before it, and is a move of the machine version that wrote it; the machine, led
 * through the same facts, comes to the same states and the same comparisons. What a newer release wrote is hashed and
 * follows; whether it is a move, and what it comes to, only that release can judge.
 */

import { type Checkout, decide, machineVersion, moveName, open } from "../../machines/index.ts"
import { canonical, type EventRow, factOf, hashOf, type Json } from "../log/chain.ts"
import { notKnownHere } from "../log/eventLog.ts"
import { type Findings, missingBetween, rowFinding } from "./finding.ts"
import type { DerivedRow, Visitor } from "./histories.ts"

type LegalMoves = ReadonlyMap<number, ReadonlySet<string>>

/** `derived` is `null` if there is no row in `checkout`. */
export const judgeHistory = (
  checkoutId: string,
  derived: DerivedRow | null,
  legalMoves: LegalMoves,
  findings: Findings,
): Visitor => {
  let version = 0
  let last: EventRow | null = null
  let checkout: Checkout | null = null
  /** The machine can be led on: nothing is missing, nothing was illegal and nothing is of a newer release so far. */
  let isFollowed = true
  const found = (kind: Parameters<typeof rowFinding>[0], at: number | null, words: string) =>
    findings.add(rowFinding(kind, checkoutId, at, words))

  const removed = (upTo: number) => {
    for (const missing of missingBetween(version, upTo + 1)) found("removed", missing, "the row is missing")
    if (upTo > version) isFollowed = false
  }

  const take = (row: EventRow, isNewer: boolean) => {
    if (isNewer) {
      findings.addUnjudged()
      isFollowed = false
    }
    if (row.version < 1) found("inserted", row.version, "versions are counted from 1 on")
    removed(row.version - 1)
    const isNext = last === null ? row.version === 1 : row.version === last.version + 1
    if (hashAgain(row) !== row.hash)
      found("changed", row.version, "the row does not say what its hash was made of")
    if (isNext && row.prevHash !== (last?.hash ?? null)) {
      found("unchained", row.version, "its prev_hash is not the hash of the row before it")
    }
    const wrong =
      (isNewer ? null : whyNotLegal(row, legalMoves)) ??
      (isNext && row.from !== (last?.to ?? null)
        ? `it starts from ${row.from}, the row before it ended in ${last?.to}`
        : isFollowed
          ? follow(row)
          : null)
    if (wrong !== null) {
      found("illegal", row.version, wrong)
      isFollowed = false
    }
    version = row.version
    last = row
  }

  /** Leads the machine through the row's fact; why it does not go along. */
  const follow = (row: EventRow): string | null => {
    const next = nextOf(checkoutId, checkout, row)
    if (typeof next === "string") return next
    checkout = next
    return null
  }

  const end = () => {
    if (derived === null) {
      return found("rowRemoved", null, `the history has ${version} rows, and its row in checkout is missing`)
    }
    if (last === null) found("rowDiffers", null, "nothing happened to it, and it has a row in checkout")
    removed(derived.version)
    if (last === null || last.version < derived.version) return
    for (const difference of differences(derived, last, isFollowed ? checkout : null)) {
      found("rowDiffers", null, difference)
    }
  }

  return { take, end }
}

/** A row with something in it that cannot go on record has no hash. */
const hashAgain = (row: EventRow): string | null => {
  try {
    return hashOf(row)
  } catch {
    return null
  }
}

const whyNotLegal = (row: EventRow, legalMoves: LegalMoves): string | null => {
  const { from, type, to, machineVersion } = row
  const legal = legalMoves.get(machineVersion)
  if (legal === undefined) return notKnownHere(machineVersion)
  const before = from ?? "a checkout that does not exist yet"
  return legal.has(moveName(from, type, to))
    ? null
    : `machine version ${machineVersion} does not allow ${type} in ${before} to lead to ${to}`
}

/** The checkout after the row, or why the machine says otherwise. */
const nextOf = (checkoutId: string, checkout: Checkout | null, row: EventRow): Checkout | string => {
  try {
    const fact = factOf(row)
    if (checkout === null) {
      return fact.type === "CheckoutOpened"
        ? open(checkoutId, fact.order, fact.at).checkout
        : `${row.type} cannot be the first fact of a checkout`
    }
    const decision = decide(checkout, fact)
    if (decision._tag === "Refused") return `the machine refuses ${row.type} in ${checkout.state}`
    const { move } = decision
    if (move.to !== row.to) return `the machine goes to ${move.to}, the row says ${row.to}`
    // What an older version compared is its own business.
    const isEvidenceOurs = row.machineVersion === machineVersion && move.checks !== null
    return isEvidenceOurs && canonical(move.checks as unknown as Json) !== canonical(checksOf(row))
      ? "its comparisons are not those that the machine makes of its answer"
      : decision.checkout
  } catch {
    return "the row does not hold what its fact needs"
  }
}

const checksOf = ({ data }: EventRow): Json => (data as { readonly checks?: Json }).checks ?? null

/** Where the row in `checkout` is not what the history comes to. Without a fold, only the last row can be held against it. */
function* differences(derived: DerivedRow, last: EventRow, checkout: Checkout | null): Generator<string> {
  yield* difference("version", derived.version, last.version)
  yield* difference("state", derived.state, last.to)
  yield* difference("hash", derived.hash, last.hash)
  yield* difference("updated_at", derived.updatedAt, last.recordedAt)
  if (checkout === null) return
  const { order, payToken, openedAt } = checkout.context
  yield* difference("order_id", derived.orderId, order.orderId)
  yield* difference("pay_token", derived.payToken, payToken)
  if (payToken !== null && derived.payToken === payToken && derived.payTokenLeadsTo !== checkout.checkoutId) {
    yield `by its payToken ${derived.payTokenLeadsTo ?? "nothing"} is found`
  }
  yield* difference("payer", derived.payer, order.payer)
  yield* difference("amount", derived.amount, order.amount)
  yield* difference("created_at", derived.createdAt, openedAt)
}

const difference = (field: string, says: unknown, is: unknown): ReadonlyArray<string> =>
  says === is ? none : [`${field} in checkout is ${says}, by its history it is ${is}`]

const none: ReadonlyArray<string> = []
