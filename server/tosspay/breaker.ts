/**
 * Stops calling TossPay while it is down. After several failures in a row the circuit opens: calls come back at once as
 * 'not sent', so nothing can have happened, until one call may try again after a pause that grows with each failure.
 */

import { Duration, Effect, Exit, Schedule, type Scope } from "effect"
import { CircuitBreaker } from "effect/persistence"
import type { Wire } from "./outcome.ts"
import type { Health } from "./tosspay.ts"
import type { Send } from "./transport.ts"

export interface Link {
  readonly send: Send
  readonly health: Effect.Effect<Health>
}

/** TossPay counts as down after so many calls in a row without a usable answer. */
const failuresInARow = 10

/** Around 1 s, then twice as long each time, up to about a minute; jittered, so that servers do not return as one. */
const openFor = Schedule.exponential("1 second").pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.minutes(1)))),
  Schedule.jittered,
)

const key = "tosspay"

export const guarded = (send: Send): Effect.Effect<Link, never, Scope.Scope> =>
  Effect.gen(function* () {
    const breaker = yield* CircuitBreaker.make({
      tripPolicy: CircuitBreaker.consecutive(failuresInARow),
      openDuration: openFor,
    })
    return {
      send: (call, userKey, body) =>
        send(call, userKey, body).pipe(
          breaker.execute({ key, classify: (exit) => judged(exit) }),
          Effect.catchTag("CircuitBreakerError", () => Effect.succeed<Wire>({ _tag: "NotSent" })),
        ),
      health: Effect.map(Effect.orDie(breaker.state(key)), healthOf),
    } satisfies Link
  }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))

/** Any reply says that TossPay is there, except that it is broken inside or wants to be left alone. */
const judged = (exit: Exit.Exit<Wire>): CircuitBreaker.Outcome =>
  Exit.isSuccess(exit) && exit.value._tag === "Reply" && exit.value.status < 500 && exit.value.status !== 429
    ? CircuitBreaker.success
    : CircuitBreaker.failure()

const healthOf = (state: CircuitBreaker.State): Health => {
  if (state._tag === "Closed") return "well"
  const mayTry = state._tag === "Open" ? Duration.toMillis(state.retryAfter) === 0 : !state.probing
  return mayTry ? "untested" : "away"
}
