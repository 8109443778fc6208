/** Verification for a server: one at a time, so that it never takes more than a share of the process. */

import { Context, Effect, Layer, Semaphore } from "effect"
import type { Database } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { monotonicMs } from "../monotonic.ts"
import type { CheckpointKeys } from "./keys.ts"
import { ordinarily, type VerifyReport, verify } from "./verify.ts"

export class Verifier extends Context.Service<
  Verifier,
  {
    /**
     * `fromStart` reads everything again, whatever was verified before. Without it, what this process found within the last
     * `withinMs` is good enough.
     */
    verify(fromStart: boolean, withinMs?: number): Effect.Effect<VerifyReport, Unavailable>
  }
>()("tosspay-checkout/server/Verifier") {
  static readonly layer = Layer.effect(
    Verifier,
    Effect.gen(function* () {
      const services = yield* Effect.context<Database | CheckpointKeys>()
      const one = Semaphore.makeUnsafe(1)
      let last: { readonly report: VerifyReport; readonly atMs: number } | null = null
      return Verifier.of({
        verify: (fromStart, withinMs = 0) =>
          Effect.gen(function* () {
            if (!fromStart && last !== null && (yield* monotonicMs) - last.atMs < withinMs) return last.report
            const report = yield* verify({ ...ordinarily, fromStart }, () => {})
            last = { report, atMs: yield* monotonicMs }
            return report
          }).pipe(
            // A server has its key, or it would not have started.
            Effect.catchTag("CannotStart", Effect.die),
            Effect.provideContext(services),
            one.withPermit,
          ),
      })
    }),
  )
}
