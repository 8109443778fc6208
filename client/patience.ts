/** Asking again, where asking again is safe. */

import { Undecided } from "./api.ts"

export interface Patience {
  readonly pause: (ms: number) => Promise<void>
  /** How many tries at most; absent: as many as it takes. */
  readonly tries?: number
  readonly onWait?: () => void
}

/** Repeats a request until its answer is definite, as late as the server says or, if it says nothing, ever later. */
export const patiently = async <A>(
  request: () => Promise<A>,
  { pause, tries = Number.POSITIVE_INFINITY, onWait }: Patience,
): Promise<A> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof Undecided) || tried >= tries) throw error
      onWait?.()
      await pause(error.retryAfterMs ?? delayMs(tried))
    }
  }
}

/** Half a second, then twice as long each time, up to ten seconds; a little off the beat. */
export const delayMs = (tried: number): number =>
  Math.min(500 * 2 ** (tried - 1), 10_000) * (0.9 + Math.random() / 5)
