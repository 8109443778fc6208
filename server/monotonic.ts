/** The clock that nobody sets: how long something takes is measured by it, because a wall clock may be put back meanwhile. */

import { Clock, Effect } from "effect"

/** Milliseconds since some moment of this process; parts of one count. */
export const monotonicMsBy = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

export const monotonicMs: Effect.Effect<number> = Effect.map(Clock.Clock, monotonicMsBy)
