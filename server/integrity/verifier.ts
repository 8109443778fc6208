/** Verification for a server: one at a time, so that it never takes more than a share of the process. */

import { Context, Effect, Layer, Semaphore } from "effect"
import type { Database } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import type { CheckpointKeys } from "./keys.ts"
import { ordinarily, type VerifyReport, verify } from "./verify.ts"

export class Verifier extends Context.Service<
  Verifier,
  {
    /** `fromStart` reads everything again, whatever was verified before. */
    verify(fromStart: boolean): Effect.Effect<VerifyReport, Unavailable>
  }
>()("tosspay-checkout/server/Verifier") {
  static readonly layer = Layer.effect(
    Verifier,
    Effect.gen(function* () {
      const services = yield* Effect.context<Database | CheckpointKeys>()
      const one = Semaphore.makeUnsafe(1)
      return Verifier.of({
        verify: (fromStart) =>
          verify({ ...ordinarily, fromStart }, () => {}).pipe(
            // A server has its key, or it would not have started.
            Effect.catchTag("CannotStart", Effect.die),
            Effect.provideContext(services),
            one.withPermit,
          ),
      })
    }),
  )
}
