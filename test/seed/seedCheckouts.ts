/**
 * A database full of checkouts with a past: each made by the real use cases, against the simulated TossPay, on a clock that
 * is set back. No row is written by hand; what a story does, a buyer, a bank or the passing of time could do.
 */

import { Clock, Effect, Layer } from "effect"
import { Advance } from "../../server/checkout/advance.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { sendTo } from "../../server/testing/index.ts"
import { tossPayOver } from "../../server/tosspay/client.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import { SeededRandom } from "../simulation/random.ts"
import { timeoutMs } from "../support/world.ts"
import { makeBuyer } from "./buyer.ts"
import { pastStory, presentStory } from "./stories.ts"

export interface Seeding {
  readonly checkouts: number
  /** How far back the first of them lies, in milliseconds. */
  readonly spanMs: number
  readonly seed: number
  readonly onProgress?: (done: number) => void
}

/**
 * Settings for a server beside which this is done: its recovery would take up, at today's time, what a story has left for a
 * moment of last week.
 */
export const withoutRecovery = { RECOVERY_INTERVAL_MS: "3600000" }

/** How many buyers are at it at the same moment; appends that wait together share a statement. */
const atOnce = 48

/** So long a story may take; later ones are still going on. */
const longestStoryMs = 30 * 60_000

export const seedCheckouts = ({ checkouts, spanMs, seed, onProgress }: Seeding) =>
  Effect.gen(function* () {
    const random = new SeededRandom(seed)
    const nowMs = yield* Clock.currentTimeMillis
    let done = 0
    const lives = Array.from({ length: checkouts }, (_, index) => ({
      agoMs: Math.round(spanMs * (1 - (index + random.fraction()) / checkouts)) + 60_000,
      userKey: `buyer-${random.whole(1, Math.ceil(checkouts / 3))}`,
      own: new SeededRandom(random.whole(0, 1_000_000_000)),
    }))
    yield* Effect.forEach(
      lives,
      ({ agoMs, userKey, own }) =>
        Effect.gen(function* () {
          const story = agoMs < longestStoryMs && own.chance(0.2) ? presentStory(own) : pastStory(own)
          // Where a busy machine keeps the bank or the database from answering in time, the story breaks off, as in life.
          yield* Effect.catchTag(
            story(yield* makeBuyer(userKey, nowMs - agoMs, own)),
            "Unavailable",
            () => Effect.void,
          )
          onProgress?.(++done)
        }),
      { concurrency: atOnce, discard: true },
    )
  }).pipe(Effect.provide(Layer.provide(Advance.layer, simulatedTossPay)), Effect.withTracerEnabled(false))

/** Straight to the simulator, without HTTP and without the breaker: troubles here are drawn one by one. */
const simulatedTossPay = Layer.effect(
  TossPay,
  Effect.map(TossPaySimulator, (simulator) =>
    tossPayOver({
      send: sendTo(simulator, timeoutMs),
      health: Effect.succeed("well" as const),
      throttledForMs: Effect.succeed(null),
    }),
  ),
)
