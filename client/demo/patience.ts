/** Asking again, where asking again is safe: every request of this page may be repeated. */

/** No definite answer: the server asks for patience, or could not be reached. */
export class Undecided extends Error {
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

interface Patience {
  readonly tries?: number
  readonly onWait?: () => void
}

/** Repeats a request until its answer is definite, as late as the server says or, if it says nothing, ever later. */
export const patiently = async <A>(
  request: () => Promise<A>,
  { tries = Number.POSITIVE_INFINITY, onWait = () => {} }: Patience = {},
): Promise<A> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof Undecided) || tried >= tries) throw error
      onWait()
      const waitMs = error.retryAfterMs ?? Math.min(firstWaitMs * 2 ** (tried - 1), longestWaitMs)
      await new Promise((done) => setTimeout(done, waitMs))
    }
  }
}

const firstWaitMs = 500
const longestWaitMs = 10_000
