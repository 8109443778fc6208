/** The lines whose crossing somebody acts on: the shop fulfils, the books take note, a person is called. */

import { type StatePath, stateInfo, statePaths } from "./states.ts"

/**
 * `settled`: paid, once in a checkout's life. `refunded`: given back, whether it was settled or mismatched.
 * `refundFailed`: a refund was under way and is no more, and the money is not back. `mismatched`: an answer of TossPay disagrees,
 * and money may have to go back. `resolved`: none has to any more.
 */
export type Milestone = "settled" | "refunded" | "refundFailed" | "mismatched" | "resolved"

/**
 * What a move reaches, in the order in which it is to be told. A payment that is found paid and given back at once was
 * settled and refunded; a mismatch that moved no money is told, and is over.
 */
export const milestonesOf = (from: StatePath | null, to: StatePath): ReadonlyArray<Milestone> => {
  const [before, after] = [mismatchIn(from), mismatchIn(to)]
  const isNewMismatch = after !== null && (before === null || (before === "over" && after === "open"))
  const reached = {
    settled: isPaid(to) && !isPaid(from),
    refunded: isRefunded(to) && !isRefunded(from),
    refundFailed: isRefunding(from) && stateInfo(to).refund === null,
    mismatched: isNewMismatch,
    resolved: after !== "open" && (before === "open" || isNewMismatch),
  }
  return (Object.keys(reached) as ReadonlyArray<Milestone>).filter((milestone) => reached[milestone])
}

/** Who looks for these has to look at moves that lead to or from these states; at no others. */
export const statesAround = (milestones: ReadonlyArray<Milestone>): ReadonlyArray<StatePath> =>
  statePaths.filter((path) => milestones.some((milestone) => isAround[milestone](path)))

const isPaid = (path: StatePath | null) => path !== null && stateInfo(path).outcome === "paid"

const isRefunded = (path: StatePath | null) => path !== null && stateInfo(path).refund === "refunded"

const isRefunding = (path: StatePath | null) => path !== null && stateInfo(path).refund === "refunding"

const mismatchIn = (path: StatePath | null): "open" | "over" | null => {
  if (path === null) return null
  const { outcome, safeToRetry } = stateInfo(path)
  return outcome !== "mismatched" ? null : safeToRetry ? "over" : "open"
}

const isMismatched = (path: StatePath) => mismatchIn(path) !== null

const isAround: Readonly<Record<Milestone, (path: StatePath) => boolean>> = {
  settled: isPaid,
  refunded: isRefunded,
  refundFailed: isRefunding,
  mismatched: isMismatched,
  resolved: isMismatched,
}
