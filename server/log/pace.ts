/** How fast recovery goes through what is due, for all servers together: TossPay counts the requests of the shop. */

/** The part of a minute's checkouts that may be taken at once after a rest; the rest of them come evenly. */
const burst = 0.2

/** In any minute at most `perMinute` are taken: those of one burst, and one more with each spacing. */
export const paceOf = (perMinute: number) => {
  const spacingMs = 60_000 / (perMinute * (1 - burst))
  return { spacingMs, aheadMs: perMinute * burst * spacingMs }
}

/** How many may be taken now, if the pace is free at `freeAtMs`. */
export const roomFor = (perMinute: number, freeAtMs: number, nowMs: number): number => {
  const { spacingMs, aheadMs } = paceOf(perMinute)
  return Math.max(0, Math.floor((nowMs + aheadMs - Math.max(freeAtMs, nowMs)) / spacingMs))
}
