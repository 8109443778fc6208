/**
 * The step that charges. One caller claims it with a row; everybody else, on whichever server, waits for that
 * outcome and gets the same answer.
 */

import { Effect } from "effect"
import { executeAnswer, isAnswerable, planExecution } from "../../machines/index.ts"
import { Advance } from "./advance.ts"
import { findOwn, type Payer } from "./orders.ts"
import { type Pace, recoverIfDue } from "./recover.ts"

/**
 * `patienceMs`: how long a caller waits for another caller's outcome before it is told to ask again.
 * `pace`: at which an overdue checkout is recovered on the way.
 */
export const executeCheckout = (patienceMs: number, pace: Pace) => (payer: Payer, payToken: string) =>
  Effect.gen(function* () {
    const advance = yield* Advance
    const lookup = { by: "payToken", value: payToken } as const
    const { recorded, refused } = yield* advance.take(yield* findOwn(payer, lookup), planExecution)
    if (refused === null) return executeAnswer(recorded.checkout)
    // Somebody else is at it, or was: if its time is over it is taken on from there, otherwise waited for.
    const moved = yield* recoverIfDue(recorded, pace)
    const current = moved ? yield* findOwn(payer, lookup) : recorded
    return executeAnswer((yield* advance.settled(current, isAnswerable, patienceMs)).checkout)
  })
