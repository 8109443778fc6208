/**
 * How fast recovery goes through what is due, and questions that can wait go along with it, for all servers together:
 * TossPay counts the requests of the shop.
 */

interface Spacing {
  readonly spacingMs: number
  /** How far ahead of its spacing it may get after a rest. */
  readonly aheadMs: number
}

/** The part of a minute's checkouts that may be taken at once after a rest; the rest of them come evenly. */
const burst = 0.2

/** Fewer than this would never have room for one. */
export const slowestPerMinute = 5

/** In any minute at most `perMinute` are taken: those of one burst, and one more with each spacing. */
export const paceOf = (perMinute: number): Spacing => {
  const spacingMs = 60_000 / (perMinute * (1 - burst))
  return { spacingMs, aheadMs: perMinute * burst * spacingMs }
}

/** How many calls recovery makes for one checkout that it takes; a fourth only where a refund is refused. */
const callsPerCheckout = 3

/** For questions that nobody waits for: one call each, and half of the burst is left to recovery. */
export const paceOfQuestions = (perMinute: number): Spacing => {
  const { spacingMs, aheadMs } = paceOf(perMinute)
  return { spacingMs: spacingMs / callsPerCheckout, aheadMs: aheadMs / 2 }
}

/** How many there is room for now, if the pace is free at `freeAtMs`. */
export const roomFor = ({ spacingMs, aheadMs }: Spacing, freeAtMs: number, nowMs: number): number =>
  Math.max(0, Math.floor((nowMs + aheadMs - Math.max(freeAtMs, nowMs)) / spacingMs))
