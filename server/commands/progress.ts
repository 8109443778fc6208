/** A progress bar on standard error, where that is a terminal. */

export interface Progress {
  /** How much is done, in `what`. */
  readonly show: (done: number, total: number) => void
  /** Takes the bar away. */
  readonly clear: () => void
}

const width = 30

/** Redrawn at most this often. */
const redrawMs = 100

/** `before`: how much was done by somebody else, which says nothing about the speed. */
export const progressBar = (what: string, before = 0): Progress => {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} }
  const startedMs = performance.now()
  let drawnMs = 0
  return {
    show: (done, total) => {
      const nowMs = performance.now()
      if (nowMs - drawnMs < redrawMs) return
      drawnMs = nowMs
      const part = total === 0 ? 1 : Math.min(1, done / total)
      const filled = Math.round(part * width)
      const perSecond = ((done - before) / (nowMs - startedMs)) * 1_000
      process.stderr.write(
        `\r[${"#".repeat(filled)}${" ".repeat(width - filled)}] ${Math.floor(part * 100)} %  ` +
          `${Math.round(perSecond).toLocaleString("en")} ${what} a second${left((total - done) / perSecond)}\u001b[K`,
      )
    },
    clear: () => void process.stderr.write("\r\u001b[K"),
  }
}

/** What takes less than a minute more needs no word. */
const left = (seconds: number): string =>
  seconds >= 60 && seconds < Number.POSITIVE_INFINITY ? `, ${Math.round(seconds / 60)} min left` : ""
