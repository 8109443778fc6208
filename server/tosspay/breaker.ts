/**
 * Stops calling TossPay while it is down, or asks again and again to be left alone. After several failures in a row the circuit
 * opens: calls come back at once as 'not sent', so nothing can have happened, until one call may try again: after the pause that
 * TossPay wants, or else after one that grows with each failure.
 */

import { Effect, Exit, Random } from "effect"
import { monotonicMs } from "../monotonic.ts"
import type { Wire } from "./outcome.ts"
import { isThrottled, wantedPauseMs } from "./throttled.ts"
import type { Health, TossPay } from "./tosspay.ts"
import type { Send } from "./transport.ts"

export interface Link {
  readonly send: Send
  readonly health: Effect.Effect<Health>
  readonly throttledForMs: TossPay["Service"]["throttledForMs"]
}

/** TossPay counts as down after so many calls in a row without a usable answer. */
const failuresInARow = 10

/** The first pause, twice as long each time, and no longer than this. */
const firstPauseMs = 1_000
const longestPauseMs = 60_000

/** Pauses are up to this part shorter or longer, so that servers do not return as one. */
const jitter = 0.2

export const guarded = (send: Send): Effect.Effect<Link> =>
  Effect.sync(() => {
    let failures = 0
    /** `null` while the circuit is closed. */
    let openUntilMs: number | null = null
    let isTrying = false
    let pauseMs = 0
    let closedAtMs = Number.NEGATIVE_INFINITY
    /** Until when TossPay asked to be left alone; `null` if its last word was another one. */
    let throttledUntilMs: number | null = null
    /** Raised whenever the circuit opens or closes: what was sent before that says nothing of how it is now. */
    let era = 0

    const open = (nowMs: number, wantedMs: number | null) =>
      Effect.map(Random.next, (fraction) => {
        // Whoever was well for as long as it was left alone last time starts anew.
        const isNew = openUntilMs === null && nowMs - closedAtMs >= pauseMs
        pauseMs = isNew ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
        openUntilMs =
          nowMs +
          (wantedMs === null
            ? pauseMs * (1 - jitter + 2 * jitter * fraction)
            : wantedMs * (1 + jitter * fraction))
        isTrying = false
        era += 1
      })

    const close = (nowMs: number) => {
      openUntilMs = null
      isTrying = false
      closedAtMs = nowMs
      era += 1
    }

    /** What a call says of TossPay; gives it back. */
    const learn = (sentIn: number, wire: Wire): Effect.Effect<Wire> => {
      if (sentIn !== era) return Effect.succeed(wire)
      failures = isUsable(wire) ? 0 : failures + 1
      if (failures === 0) throttledUntilMs = null
      if (failures === 0 && openUntilMs === null) return Effect.succeed(wire)
      return Effect.flatMap(monotonicMs, (nowMs) => {
        if (failures === 0)
          return Effect.as(
            Effect.sync(() => close(nowMs)),
            wire,
          )
        const wantedMs = isThrottled(wire) ? withinReason(wantedPauseMs(wire)) : null
        throttledUntilMs = isThrottled(wire) ? nowMs + (wantedMs ?? firstPauseMs) : null
        return openUntilMs !== null || failures >= failuresInARow
          ? Effect.as(open(nowMs, wantedMs), wire)
          : Effect.succeed(wire)
      })
    }

    /** The one call that may; if it is given up, another one may. */
    const attempt = (sent: Effect.Effect<Wire>) =>
      Effect.suspend(() => {
        isTrying = true
        const sentIn = era
        return sent.pipe(
          Effect.flatMap((wire) => learn(sentIn, wire)),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              if (Exit.isFailure(exit) && sentIn === era) isTrying = false
            }),
          ),
        )
      })

    const isAway = (nowMs: number) => openUntilMs !== null && (isTrying || nowMs < openUntilMs)

    return {
      send: (...call) =>
        Effect.suspend(() => {
          const sentIn = era
          if (openUntilMs === null) return Effect.flatMap(send(...call), (wire) => learn(sentIn, wire))
          return Effect.flatMap(monotonicMs, (nowMs) => (isAway(nowMs) ? notSent : attempt(send(...call))))
        }),
      health: Effect.map(monotonicMs, (nowMs) =>
        openUntilMs === null ? "well" : isAway(nowMs) ? "away" : "untested",
      ),
      throttledForMs: Effect.map(monotonicMs, (nowMs) =>
        throttledUntilMs === null
          ? null
          : Math.ceil(Math.max(throttledUntilMs, openUntilMs ?? nowMs, nowMs) - nowMs),
      ),
    }
  })

const notSent = Effect.succeed<Wire>({ _tag: "NotSent" })

const withinReason = (wantedMs: number | null): number | null =>
  wantedMs === null ? null : Math.min(Math.max(wantedMs, firstPauseMs), longestPauseMs)

/**
 * Any reply is of use, except that TossPay is broken inside or wants to be left alone. An envelope with HTTP 200 that says INTERNAL_ERROR
 * may be about one payment: that is asked for ever less often, and closes the way to no other.
 */
const isUsable = (wire: Wire): boolean => wire._tag === "Reply" && wire.status < 500 && !isThrottled(wire)
