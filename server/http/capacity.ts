/**
 * How many requests of buyers are worked on at once. One more would only wait, and make those wait longer that were let in
 * before it; so it is told at once to come again, which costs next to nothing, and memory stays within bounds.
 */

import { Context, Effect, Layer } from "effect"
import { Unavailable } from "../errors.ts"

export class Capacity extends Context.Service<
  Capacity,
  {
    /** Does it, or fails with `SERVER_BUSY` before anything of it is done. */
    readonly within: <A, E, R>(request: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Unavailable, R>
  }
>()("tosspay-checkout/http/Capacity") {
  static readonly layer = (requestsAtOnce: number) =>
    Layer.sync(Capacity, () => {
      let under = 0
      const leave = Effect.sync(() => {
        under -= 1
      })
      return Capacity.of({
        within: <A, E, R>(request: Effect.Effect<A, E, R>) =>
          Effect.suspend((): Effect.Effect<A, E | Unavailable, R> => {
            if (under >= requestsAtOnce) return busy
            under += 1
            return Effect.ensuring(request, leave)
          }),
      })
    })
}

const busy = Effect.fail(new Unavailable({ what: "SERVER_BUSY", retryable: true }))
