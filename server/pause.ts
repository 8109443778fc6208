/** Waiting between two looks. */

import { Effect, Random } from "effect"

/** About so long, at most the `spread` part off, so that servers that started together do not look together. */
export const pause = (aboutMs: number, spread = 0.2): Effect.Effect<void> =>
  Effect.flatMap(Random.nextBetween(1 - spread, 1 + spread), (part) => Effect.sleep(aboutMs * part))
