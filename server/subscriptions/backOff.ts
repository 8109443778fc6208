/** How long a message waits after a try that failed. */

import { Effect, Random } from "effect"

/** The steps triple: 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, 3 h, and then 6 h. */
const firstMs = 5_000
const longestMs = 6 * 3_600_000

/** With these, the last try comes about two days after the first: a failure of Friday evening is mended on Sunday. */
export const usualTries = 16

/** A subscriber may ask to be left alone for a while, but for no longer than this. */
const longestAskedMs = 24 * 3_600_000

/** Between 80 and 120 percent of the step, so that what failed together does not come back together. */
export const backOffMs = (triesSoFar: number): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.8, 1.2), (jitter) =>
    Math.round(Math.min(firstMs * 3 ** (triesSoFar - 1), longestMs) * jitter),
  )

/** As asked for, but never sooner than it would have been anyway. */
export const askedForMs = (askedMs: number, usualMs: number): number =>
  Math.max(usualMs, Math.min(askedMs, longestAskedMs))
