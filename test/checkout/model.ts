/**
 * What may be known of a checkout from outside, in plain words: who did what on the sheet, what was ever promised, and
 * what the bank's ledger says. It knows nothing of the machine, so the two can be held against each other.
 */

import type { ExecuteAnswer, OrderView } from "../../machines/index.ts"

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

export const wrongView = (known: Known, view: OrderView, charges: number) => {
  const isPaidThere = charges > 0
  return [
    ...when(view.amount !== known.amount, "the amount is not the one that was agreed"),
    ...when(view.state === "settled" && !isPaidThere, "settled, and the bank has no charge"),
    ...when(view.state === "failed" && view.safeToRetry && isPaidThere, "failed, and charged"),
    ...when(view.actions.includes("create") && isPaidThere, "charged, and invited to pay again"),
    ...when(known.toldPaid && view.state !== "settled", "told paid once and something else later"),
  ]
}

/** Holds at every moment. */
export const wrongNow = (known: Known, charges: number) => [
  ...when(charges > 1, `charged ${charges} times`),
  ...when(charges > 0 && !known.approved, "charged without the buyer's approval"),
  ...when(charges > 0 && known.toldSafe, "charged after the buyer was told that paying again is safe"),
]

const when = (is: boolean, what: string): ReadonlyArray<string> => (is ? [what] : [])
