/**
 * A claim is worth something only while its lease runs. The database judges when others may take over; here a worker
 * judges whether it may still begin the call that it claimed. It may have been stopped in between for any time at all: by
 * the operating system, by a database that did not answer, by a machine that slept.
 */

import { Clock, Effect } from "effect"
import { monotonicMsBy } from "../monotonic.ts"

/** The part of a lease that a call may take. What is left is for getting it on its way once the claim is sent to disk. */
export const callPart = 0.9

/** A moment by both clocks of this machine. */
export interface ClockReading {
  readonly wallMs: number
  readonly monotonicMs: number
}

export const readClocks: Effect.Effect<ClockReading> = Effect.map(Clock.Clock, (clock) => ({
  wallMs: clock.currentTimeMillisUnsafe(),
  monotonicMs: monotonicMsBy(clock),
}))

/**
 * A call that begins now ends within the lease of a claim that was sent to disk at `claimed` or later. The longer of the
 * two clocks counts: one stands still while the machine sleeps, the other can be set back.
 */
export const isInTime = (claimed: ClockReading, leaseMs: number): Effect.Effect<boolean> =>
  Effect.map(readClocks, ({ wallMs, monotonicMs }) => {
    const elapsedMs = Math.max(wallMs - claimed.wallMs, monotonicMs - claimed.monotonicMs)
    return elapsedMs <= leaseMs * (1 - callPart)
  })

/** A call that is given up, as `givenUp`, when it takes longer than its part of the lease. */
export const withinLease = <A, B>(
  call: Effect.Effect<A>,
  leaseMs: number,
  givenUp: B,
): Effect.Effect<A | B> =>
  Effect.timeoutOrElse(call, { duration: leaseMs * callPart, orElse: () => Effect.succeed(givenUp) })
