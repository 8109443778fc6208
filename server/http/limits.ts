/**
 * How many requests a minute one caller, and one address, may send. Counted in the memory of this process alone: it keeps
 * one noisy caller from taking a server away from the others, and costs them nothing (docs/adr/0013).
 */

import { Context, Duration, Effect, Layer } from "effect"
import { RateLimiter } from "effect/persistence"
import { TooManyRequests } from "../errors.ts"

/** Many buyers share an address: a household, a carrier's network. */
const callersPerAddress = 10

type Taken = Effect.Effect<void, TooManyRequests>

export class RateLimits extends Context.Service<
  RateLimits,
  {
    /** One request of somebody who is proven to be this one. */
    readonly ofCaller: (caller: string) => Taken
    /** One request from there, whoever sent it. */
    readonly ofAddress: (address: string) => Taken
    /** Refuses whoever failed too often to prove who they are, before the next try. */
    readonly ofGuesses: (address: string) => Taken
    /** One such failure. */
    readonly countGuess: (address: string) => Effect.Effect<void>
  }
>()("tosspay-checkout/http/RateLimits") {
  /** `perMinute` 0: no limits. */
  static readonly layer = (perMinute: number) =>
    Layer.effect(RateLimits, perMinute === 0 ? Effect.succeed(noLimits) : make(perMinute))
}

const noLimits = RateLimits.of({
  ofCaller: () => Effect.void,
  ofAddress: () => Effect.void,
  ofGuesses: () => Effect.void,
  countGuess: () => Effect.void,
})

const window = Duration.minutes(1)

const make = Effect.fnUntraced(function* (perMinute: number) {
  // The library's memory never forgets a key, so it is a new one every minute: what it knew is over by then anyway.
  const current = yield* Effect.cachedWithTTL(
    Effect.provide(RateLimiter.make, RateLimiter.layerStoreMemory, { local: true }),
    window,
  )
  const take = (key: string, limit: number, tokens = 1): Taken =>
    Effect.flatMap(current, ({ consume }) => consume({ key, limit, window, tokens })).pipe(
      Effect.asVoid,
      Effect.catch(({ reason }) =>
        reason._tag === "RateLimitExceeded"
          ? new TooManyRequests({ retryAfterMs: Duration.toMillis(reason.retryAfter) })
          : Effect.die(reason),
      ),
    )
  return RateLimits.of({
    ofCaller: (caller) => take(`caller ${caller}`, perMinute),
    ofAddress: (address) => take(`address ${address}`, perMinute * callersPerAddress),
    ofGuesses: (address) => take(`guesses ${address}`, perMinute, 0),
    countGuess: (address) => Effect.ignore(take(`guesses ${address}`, perMinute + 1)),
  })
})
