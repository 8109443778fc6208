/** Pauses that end early when the buyer comes back to the page or to the network, and for good when the page is left. */

export const makeWaiting = () => {
  let left = new AbortController()
  let asked = 0
  const wakers = new Set<() => void>()
  const wake = () => {
    if (globalThis.document?.visibilityState !== "hidden") for (const waker of wakers) waker()
  }

  return {
    signal: () => left.signal,
    /** How many pauses there were since the last reset, this one included. */
    count: () => {
      asked += 1
      return asked
    },
    reset: () => {
      asked = 0
    },
    /** Begins anew; returns how to leave. */
    start: (): (() => void) => {
      left = new AbortController()
      // On a server there is no page to come back to.
      const { document, window } = globalThis
      document?.addEventListener("visibilitychange", wake)
      for (const name of ["pageshow", "online"]) window?.addEventListener(name, wake)
      return () => {
        document?.removeEventListener("visibilitychange", wake)
        for (const name of ["pageshow", "online"]) window?.removeEventListener(name, wake)
        left.abort(new Error("the page was left"))
      }
    },
    /** Rejects once the page is left. */
    pause: (ms: number): Promise<void> => {
      const { signal } = left
      return new Promise((resolve, reject) => {
        const end = (act: () => void) => () => {
          clearTimeout(timer)
          wakers.delete(waker)
          signal.removeEventListener("abort", leave)
          act()
        }
        const waker = end(resolve)
        const leave = end(() => reject(signal.reason))
        const timer = setTimeout(waker, ms)
        wakers.add(waker)
        if (signal.aborted) leave()
        else signal.addEventListener("abort", leave)
      })
    },
  }
}

export type Waiting = ReturnType<typeof makeWaiting>
