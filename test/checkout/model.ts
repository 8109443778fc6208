/**
 * What may be known of a checkout from outside, in plain words: who did what on the sheet, what was ever promised, and
 * what the bank's ledger says. It knows nothing of the machine, so the two can be held against each other.
 */

import type { ExecuteAnswer, OrderView, RefundResult } from "../../machines/index.ts"

export interface Known {
  readonly orderId: string
  readonly payToken: string
  readonly amount: number
  readonly openedAtMs: number
  /** The buyer approved on the sheet, so the bank may charge when it is asked to. */
  approved: boolean
  /** The buyer closed the sheet or was declined before approving. */
  turnedAway: boolean
  toldPaid: boolean
  toldSafe: boolean
  /** The back office asked for the money back. */
  askedBack: boolean
  toldBack: boolean
}

/** What the bank's ledger says of a checkout. */
export interface Moved {
  readonly charges: number
  readonly refunds: number
}

export interface Model {
  readonly checkouts: Array<Known>
  nowMs: number
  /** Since something went wrong between us and the bank, or a process died, an outcome may be open for a while. */
  troubled: boolean
}

export const noModel = (): Model => ({ checkouts: [], nowMs: 0, troubled: false })

/** What is wrong with this answer to a request to execute, as far as the model knows. */
export const wrongAnswer = (known: Known, model: Model, answer: ExecuteAnswer, charges: number) => {
  const isFresh = model.nowMs - known.openedAtMs < 800_000
  return [
    ...when(answer.amount !== known.amount, "the amount is not the one that was agreed"),
    ...when(answer.outcome === "paid" && charges !== 1, "told paid, and the bank has no charge"),
    ...when(answer.outcome === "paid" && !known.approved, "told paid, and the buyer never approved"),
    ...when(known.toldPaid && answer.outcome !== "paid", "told paid once and something else later"),
    ...when(answer.outcome === "mismatched", "nothing ever differed"),
    ...when(
      !model.troubled && known.approved && isFresh && answer.outcome !== "paid",
      `approved, nothing in the way, and told ${answer.outcome}`,
    ),
  ]
}

/** What is wrong with this answer to a request for the money back. */
export const wrongRefund = (
  known: Known,
  model: Model,
  { outcome, reason }: RefundResult,
  { charges, refunds }: Moved,
) => [
  ...when(outcome === "refunded" && refunds !== 1, `told refunded, and the bank made ${refunds} refunds`),
  ...when(outcome === "refused" && reason === "NOT_CHARGED" && known.toldPaid, "told paid, then not charged"),
  ...when(known.toldBack && outcome !== "refunded", "told refunded once and something else later"),
  ...when(
    !model.troubled && known.toldPaid && outcome !== "refunded",
    `paid, nothing in the way, and told ${outcome}, ${reason}`,
  ),
  ...when(outcome === "refunded" && charges === 0, "told refunded, and nothing was charged"),
]

export const wrongView = (known: Known, view: OrderView, { charges, refunds }: Moved) => {
  const isPaidThere = charges > refunds
  return [
    ...when(view.amount !== known.amount, "the amount is not the one that was agreed"),
    ...when(view.state === "settled" && charges === 0, "settled, and the bank has no charge"),
    ...when(view.refund?.state === "refunded" && refunds === 0, "refunded, and the bank made no refund"),
    ...when(view.refund !== null && !known.askedBack, "on its way back, and nobody asked"),
    ...when(
      known.toldBack && view.refund?.state !== "refunded",
      "told refunded once and something else later",
    ),
    ...when(view.state === "failed" && view.safeToRetry && isPaidThere, "failed, and charged"),
    ...when(view.actions.includes("create") && isPaidThere, "charged, and invited to pay again"),
    ...when(known.toldPaid && view.state !== "settled", "told paid once and something else later"),
  ]
}

/** Holds at every moment. */
export const wrongNow = (known: Known, { charges, refunds }: Moved) => [
  ...when(refunds > 1, `refunded ${refunds} times`),
  ...when(refunds > 0 && !known.askedBack, "refunded, and nobody asked"),
  ...when(charges > 1, `charged ${charges} times`),
  ...when(charges > 0 && !known.approved, "charged without the buyer's approval"),
  ...when(charges > refunds && known.toldSafe, "charged after the buyer was told that paying again is safe"),
]

const when = (is: boolean, what: string): ReadonlyArray<string> => (is ? [what] : [])
