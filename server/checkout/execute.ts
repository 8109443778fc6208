/**
 * The step that charges. One caller claims it with a row; everybody else, on whichever server, waits for that
 * outcome and gets the same answer.
 */

import { Effect } from "effect"
import { executeAnswer, isAnswerable, planExecution } from "../../machines/index.ts"
import { Advance } from "./advance.ts"
import { findOwn, type Payer } from "./orders.ts"

/** `patienceMs`: how long a caller waits for another caller's outcome before it is told to ask again. */
export const executeCheckout = (patienceMs: number) => (payer: Payer, payToken: string) =>
  Effect.gen(function* () {
    const advance = yield* Advance
    const found = yield* findOwn(payer, { by: "payToken", value: payToken })
    const { recorded, refused } = yield* advance.take(found, planExecution)
    const outcome = refused === null ? recorded : yield* advance.settled(recorded, isAnswerable, patienceMs)
    return executeAnswer(outcome.checkout)
  }).pipe(Effect.withSpan("executeCheckout"))
