/** A checkout of the period that is compared, and what may be wrong with it. */

import type { Difference, StatePath } from "../../machines/index.ts"
import type { BrokenHistory, Recorded } from "../log/eventLog.ts"

/** A checkout of the period. */
export interface Listed {
  readonly checkoutId: string
  readonly orderId: string
  readonly openedAt: string
  /** Why its history cannot be read, if it cannot. */
  readonly recorded: Recorded | BrokenHistory
}

/** What became of a checkout that did not agree, and what it means. */
export const outcomeMeanings = {
  healed: "It differed, and the machine took TossPay's word: it agrees now.",
  pending: "It differs, and the server is finding out by itself.",
  open: "It differs, or waits for a person: somebody has to look.",
  unanswered: "TossPay did not answer for it.",
  forgotten: "Its payer was forgotten, so TossPay cannot be asked about it.",
  broken: "Its history is not what was written, so there is nothing to compare.",
} as const

export type DiscrepancyOutcome = keyof typeof outcomeMeanings

/** A checkout that does not agree, or did not when it was asked about. */
export interface Discrepancy {
  readonly checkoutId: string
  readonly orderId: string
  /** ISO 8601. */
  readonly openedAt: string
  readonly outcome: DiscrepancyOutcome
  /** How it stood before, and after the machine was told; `null` if its history cannot be read. */
  readonly from: StatePath | null
  readonly to: StatePath | null
  /** In whole won, by its order. */
  readonly amount: number | null
  readonly transactionId: { readonly ours: string | null; readonly theirs: string | null }
  /** Those that are left; of what was healed, those that there were. */
  readonly differences: ReadonlyArray<Difference>
  /** What TossPay said instead of an answer, or what is wrong with the history. */
  readonly why: string | null
}
