/** How TossPay writes a moment: Korean time without saying so (TossPay reference: timestamps). */

const aheadOfUtcMs = 9 * 60 * 60 * 1000

/** `epochMs` as 'yyyy-MM-dd HH:mm:ss' in Korean time, which is always nine hours ahead of UTC. */
export const tossTime = (epochMs: number): string =>
  new Date(epochMs + aheadOfUtcMs).toISOString().slice(0, 19).replace("T", " ")

/** `epochMs` in ISO 8601 with its zone, as the simulator's own pages and controls write a moment. */
export const isoTime = (epochMs: number): string => new Date(epochMs).toISOString()
