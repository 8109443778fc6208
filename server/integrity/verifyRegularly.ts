/** The log is verified every few hours, without anybody asking; what is found is an alert. */

import { Effect, Layer } from "effect"
import { noticeVerified } from "../alerts/chain.ts"
import { pause } from "../pause.ts"
import { Verifier } from "./verifier.ts"

/** Each takes seconds of the process for half a million events. */
const verifyEveryMs = 6 * 3_600_000

/** Verifies for as long as the layer lives; first after a while, so that no start waits for it. */
export const verifyingWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const verifier = yield* Verifier
    yield* pause(verifyEveryMs).pipe(
      Effect.andThen(verifier.verify(false)),
      Effect.flatMap(noticeVerified),
      Effect.catchCause((cause) => Effect.logWarning("the log could not be verified", cause)),
      Effect.forever,
      Effect.forkScoped,
    )
  }),
)
