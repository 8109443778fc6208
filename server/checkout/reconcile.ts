/**
 * Recovery on request: everything that is due is finished now, as far as TossPay answers, and what only a person can
 * decide is listed.
 */

import { Effect } from "effect"
import { type Backlog, EventLog } from "../log/eventLog.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { type Pace, type Recovered, recoverDue } from "./recover.ts"
import { type Waiting, waitingForPerson } from "./waiting.ts"

export interface Reconciled {
  readonly moved: ReadonlyArray<Recovered>
  /** Checkouts that could not be recovered because of a defect. */
  readonly broken: ReadonlyArray<string>
  /** What is left: nothing of it is due, unless TossPay is away. */
  readonly left: Backlog
  readonly isTossPayAway: boolean
  readonly waiting: ReadonlyArray<Waiting>
}

/** `progress` hears after every look how much was moved and how much is still due. */
export const reconcile = Effect.fn("reconcile")(function* <R>(
  pace: Pace,
  progress: (moved: number, due: number) => Effect.Effect<void, never, R>,
) {
  const log = yield* EventLog
  const tossPay = yield* TossPay
  const moved: Array<Recovered> = []
  const broken: Array<string> = []
  while (true) {
    const recovery = yield* recoverDue(pace)
    moved.push(...recovery.moved)
    broken.push(...recovery.broken)
    const left = yield* log.backlog
    const isTossPayAway = (yield* tossPay.health) !== "well"
    yield* progress(moved.length, left.due)
    if (left.due === 0 || isTossPayAway) {
      return { moved, broken, left, isTossPayAway, waiting: yield* waitingForPerson } satisfies Reconciled
    }
    // The pace has no room, or another server is at it.
    yield* Effect.sleep("1 second")
  }
})
