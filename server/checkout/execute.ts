/**
 * The step that charges. One caller claims it with a row; everybody else, on whichever server, waits for that
 * outcome and gets the same answer.
 */

import { Effect } from "effect"
import { executeAnswer, isAnswerable, mayBeExecuted, planExecution } from "../../machines/index.ts"
import { Payers } from "../payers/payers.ts"
import { Advance } from "./advance.ts"
import { findOwn, isOf, type Payer } from "./orders.ts"
import { type Pace, recoverIfDue } from "./recover.ts"

/**
 * `patienceMs`: how long a caller waits for another caller's outcome before it is told to ask again.
 * `pace`: at which an overdue checkout is recovered on the way.
 */
export const executeCheckout = (patienceMs: number, pace: Pace) =>
  Effect.fnUntraced(function* (payer: Payer, payToken: string) {
    const advance = yield* Advance
    const lookup = { by: "payToken", value: payToken } as const
    const written = advance.takeLastWritten(payToken)
    // What was written may be executed: if it is stale, its version is lost, and the no is by what is read then.
    const own = written !== null && isOf(payer, written) ? written : yield* findOwn(payer, lookup)
    // TossPay wants to know whose payment it is: where that cannot be read, nothing is claimed.
    if (mayBeExecuted(own.checkout)) yield* (yield* Payers).userKeyOf(payer)
    const { recorded, refused } = yield* advance.take(own, planExecution)
    if (refused === null) return executeAnswer(recorded.checkout)
    // Somebody else is at it, or was: if its time is over it is taken on from there, otherwise waited for.
    const moved = yield* recoverIfDue(recorded, pace)
    const current = moved ? yield* findOwn(payer, lookup) : recorded
    return executeAnswer((yield* advance.waitUntil(current, isAnswerable, patienceMs)).checkout)
  })
