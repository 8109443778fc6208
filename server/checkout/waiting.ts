/** The queue of those who look at payments: what only a person can decide, and what a day of questions brought no end of. */

import { Effect } from "effect"
import { type StatePath, stateMeanings, statesOf, watchedStates } from "../../machines/index.ts"
import { EventLog, type HeldUp } from "../log/eventLog.ts"

/** A checkout that waits for a person. */
export interface Waiting {
  readonly orderId: string
  readonly state: StatePath
  readonly amount: number
  /** Since when it waits, or is watched; ISO 8601. */
  readonly since: string
  readonly meaning: string
}

/** The longest there first. */
export const waitingForPerson = Effect.gen(function* () {
  const { heldUp } = yield* EventLog
  const waiting = [...(yield* heldUp(statesOf("person"), 0)), ...(yield* watchedForLong)]
  return waiting.sort(longestFirst).slice(0, longestQueue).map(waitingOf)
})

/** Whatever TossPay says of use ends the watch after a day, except that a charge is under way; by now it would have said it. */
const longestWatchMs = 36 * 60 * 60_000

/** The buyer was told that nothing is paid, and TossPay does not say whether that is so. */
export const watchedForLong = Effect.flatMap(EventLog, ({ heldUp }) => heldUp(watchedStates, longestWatchMs))

/** More than a person reads at one sitting. */
const longestQueue = 1_000

const longestFirst = (one: HeldUp, other: HeldUp): number => Date.parse(one.since) - Date.parse(other.since)

const waitingOf = ({ orderId, state, amount, since }: HeldUp): Waiting => ({
  orderId,
  state,
  amount,
  since,
  meaning: stateMeanings[state],
})
