/**
 * Our books held against TossPay's, over all checkouts of a period. A few at a time: what they came to is on record together
 * with how far the run has come, so a run that was stopped goes on where it was, and what was asked is not asked again.
 */

import { Effect } from "effect"
import { CannotStart } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { TossPay, tossPayIsAway } from "../tosspay/tosspay.ts"
import { noticeCompared } from "./alert.ts"
import { compare } from "./compare.ts"
import type { Listed } from "./discrepancy.ts"
import { endRun, nextListed, type Run, recordStep, tallyOf, unansweredListed } from "./runs.ts"

/** How many are asked about at once. */
const stepSize = 8

/** How often those are asked about again, at the end, for which TossPay had no answer. */
const moreTries = 2

/** How long TossPay may ask to be left alone before it has answered for a step; then the run ends for now. */
const mostPatienceMs = 10 * 60_000

/**
 * Takes the run to its end. `perMinute` is the pace of recovery, which it shares. Fails as Unavailable where TossPay or the
 * database is away; what was found until then is kept.
 */
export const reconcileBooks = Effect.fn("reconcileBooks")(function* (
  begun: Run,
  perMinute: number,
  progress: (asked: number, total: number) => void,
) {
  const tossPay = yield* TossPay
  let run = begun
  /** Gives those that TossPay had no answer for. */
  const step = Effect.fnUntraced(function* (checkouts: ReadonlyArray<Listed>, place: string | null) {
    yield* turns(checkouts.length, perMinute)
    const { moved, unanswered } = yield* Effect.uninterruptible(
      Effect.gen(function* () {
        const compared = yield* Effect.forEach(checkouts, (one) => compare(run, one), {
          // One at a time where the first is a try: if it is answered the others are sent too.
          concurrency: (yield* tossPay.health) === "well" ? "unbounded" : 1,
        })
        // First, so that what is on record as found has been said.
        yield* noticeCompared(run, checkouts, compared)
        const discrepancies = compared.filter((discrepancy) => discrepancy !== null)
        const agreed = checkouts
          .map(({ checkoutId }) => checkoutId)
          .filter((_, index) => compared[index] === null)
        const asked = place === run.place ? 0 : checkouts.length
        return {
          moved: yield* recordStep(run, { place, asked, discrepancies, agreed }),
          unanswered: checkouts.filter((_, index) => compared[index]?.outcome === "unanswered"),
        }
      }),
    )
    if (moved === null) return yield* takenOn(run)
    run = moved
    progress(run.asked, Math.max(run.asked, run.total))
    return unanswered
  })

  /** The same, but where TossPay asks to be asked less often it is left alone for as long as it wants, and then asked again. */
  const patientStep = Effect.fnUntraced(function* (checkouts: ReadonlyArray<Listed>, place: string | null) {
    let left = yield* step(checkouts, place)
    let waitedMs = 0
    while (left.length > 0) {
      const pauseMs = yield* tossPay.throttledForMs
      if (pauseMs === null) break
      waitedMs += pauseMs
      if (waitedMs > mostPatienceMs) return yield* tossPayIsAway
      yield* Effect.logWarning(`TossPay asks to be asked less often: left alone for ${inSeconds(pauseMs)}`)
      yield* Effect.sleep(pauseMs)
      left = yield* step(left, run.place)
    }
    const isThrottled = (yield* tossPay.throttledForMs) !== null
    if (!isThrottled && (yield* tossPay.health) !== "well") return yield* tossPayIsAway
  })

  progress(run.asked, run.total)
  while (true) {
    const listed = yield* nextListed(run, stepSize)
    if (listed.length > 0) yield* patientStep(listed, listed.at(-1)?.checkoutId ?? null)
    if (listed.length < stepSize) break
  }
  for (let tries = 0; tries < moreTries; tries += 1) {
    let after: string | null = null
    while (true) {
      const listed: ReadonlyArray<Listed> = yield* unansweredListed(run, stepSize, after)
      if (listed.length > 0) yield* Effect.andThen(Effect.sleep("1 second"), patientStep(listed, run.place))
      if (listed.length < stepSize) break
      after = listed.at(-1)?.checkoutId ?? null
    }
  }
  const unanswered = (yield* tallyOf(run))("unanswered")
  if (unanswered > 0 && unanswered === run.asked) return yield* tossPayIsAway
  return yield* endRun(run)
})

/** Waits for so many turns of the pace. */
const turns = Effect.fnUntraced(function* (wanted: number, perMinute: number) {
  const log = yield* EventLog
  let taken = 0
  while (taken < wanted) {
    taken += yield* log.takeTurns(wanted - taken, perMinute)
    if (taken < wanted) yield* Effect.sleep("200 millis")
  }
})

const inSeconds = (ms: number): string => `${Math.ceil(ms / 1_000)} s`

const takenOn = ({ run }: Run) =>
  new CannotStart({ exitCode: 2, reason: `run ${run} is being gone on with by somebody else` })
