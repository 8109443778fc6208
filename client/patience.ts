/** Waiting for what may take long or never come: nothing waits for ever, and asking again is kept up where it is safe. */

import { Unanswered, type Undecided } from "./api.ts"
import { within } from "./within.ts"

/** Ends what was being waited for when the page is left. */
export const left = new Error("left")

export type Patience = ReturnType<typeof makePatience>

/**
 * Pauses end early when somebody is in a hurry, and for good when the page is left. `onReturn` is told that the buyer came back to
 * the page or to the network, `onWait` that there was no definite answer and it is asked again.
 */
export const makePatience = (onReturn: () => void, onWait: (why: Undecided) => void) => {
  let hasLeft = false
  let restedMs = 0
  let wake = () => {}

  const pause = async (ms: number): Promise<void> => {
    if (!hasLeft) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      await within(ms, woken)
    }
    if (hasLeft) throw left
  }

  const repeat = async <A>(request: () => Promise<A>, longestMs = Infinity): Promise<A> => {
    for (let waitedMs = 0; ; ) {
      try {
        return await request()
      } catch (error) {
        if (!(error instanceof Unanswered) || error.why.isFinal) throw error
        const pauseMs = error.why.retryAfterMs ?? delayMs(waitedMs)
        waitedMs += pauseMs
        if (waitedMs > longestMs) throw error
        onWait(error.why)
        await pause(pauseMs)
      }
    }
  }

  return {
    /** The pause before the same question is asked again; longer each time. */
    rest: (): Promise<void> => {
      const ms = delayMs(restedMs)
      restedMs += ms
      return pause(ms)
    },
    /** There is news, or somebody asks: no pause goes on, and the next rest is a short one. */
    hurry: (): void => {
      restedMs = 0
      wake()
    },
    /** Repeats a request until its answer is definite, as late as the server says or, if it says nothing, ever later. */
    ask: repeat,
    /** The same, for as long as a buyer waits at a button: two pauses, or three seconds if the server says when. */
    soon: <A>(request: () => Promise<A>) => repeat(request, 3_000),
    /** Watches for the buyer's return; gives back how to leave. */
    start: (): (() => void) => {
      hasLeft = false
      const watch = new AbortController()
      const returned = () => {
        if (!document.hidden) onReturn()
      }
      // On a server there is no window, and no page to come back to.
      for (const name of ["visibilitychange", "pageshow", "online"])
        globalThis.addEventListener?.(name, returned, watch)
      return () => {
        hasLeft = true
        watch.abort()
        wake()
      }
    },
  }
}

/** Half a second, then as long as all before and half a second more, up to ten seconds; a little off the beat. */
const delayMs = (waitedMs: number): number => Math.min(waitedMs + 500, 10_000) * (0.9 + Math.random() / 5)
