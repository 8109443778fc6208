/** The log is verified every few hours, and all of it every week, without anybody asking; what is found is an alert. */

import { Clock, Effect, Layer } from "effect"
import { noticeVerified } from "../alerts/chain.ts"
import { Database, query } from "../database/postgres.ts"
import { pause } from "../pause.ts"
import { CheckpointKeys } from "./keys.ts"
import { lastVerified } from "./verifiedUpTo.ts"
import { Verifier } from "./verifier.ts"

/** Each takes seconds of the process for half a million events. */
const verifyEveryMs = 6 * 3_600_000

/** What is old and was in order once may have been changed since. */
const verifyWholeEveryMs = 7 * 24 * 3_600_000

/** By what is on record, so that it does not matter which server did it, nor how often one starts. */
const isWholeDue = Effect.gen(function* () {
  const sql = yield* Database
  const keys = yield* CheckpointKeys
  const whole = yield* query(() => lastVerified(sql, keys, true))
  return (
    whole === null || (yield* Clock.currentTimeMillis) - Date.parse(whole.verifiedAt) >= verifyWholeEveryMs
  )
})

/** Verifies for as long as the layer lives; first after a while, so that no start waits for it. */
export const verifyingWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const verifier = yield* Verifier
    yield* pause(verifyEveryMs).pipe(
      Effect.andThen(isWholeDue),
      Effect.flatMap(verifier.verify),
      Effect.flatMap(noticeVerified),
      Effect.catchCause((cause) => Effect.logWarning("the log could not be verified", cause)),
      Effect.forever,
      Effect.forkScoped,
    )
  }),
)
