/**
 * Our books held against TossPay's, over all checkouts of a period. A few at a time: what they came to is on record together
 * with how far the run has come, so a run that was stopped goes on where it was, and what was asked is not asked again.
 */

import { Effect } from "effect"
import { CannotStart, Unavailable } from "../errors.ts"
import { EventLog } from "../log/eventLog.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { noticeCompared } from "./alert.ts"
import { compare } from "./compare.ts"
import type { Listed } from "./discrepancy.ts"
import { endRun, nextListed, type Run, recordStep, tallyOf, unansweredListed } from "./runs.ts"

/** How many are asked about at once. */
const stepSize = 8

/** How often those are asked about again, at the end, for which TossPay had no answer. */
const moreTries = 2

/**
 * Takes the run to its end. `perMinute` is the pace of recovery, which it shares. Fails as Unavailable where TossPay or the
 * database is away; what was found until then is kept.
 */
export const reconcileBooks = Effect.fn("reconcileBooks")(function* (
  begun: Run,
  perMinute: number,
  progress: (asked: number, total: number) => void,
) {
  let run = begun
  const step = Effect.fnUntraced(function* (checkouts: ReadonlyArray<Listed>, place: string | null) {
    yield* turns(checkouts.length, perMinute)
    const moved = yield* Effect.uninterruptible(
      Effect.gen(function* () {
        const compared = yield* Effect.forEach(checkouts, (one) => compare(run, one), {
          concurrency: "unbounded",
        })
        // First, so that what is on record as found has been said.
        yield* noticeCompared(run, checkouts, compared)
        const discrepancies = compared.filter((discrepancy) => discrepancy !== null)
        const agreed = checkouts
          .map(({ checkoutId }) => checkoutId)
          .filter((_, index) => compared[index] === null)
        return yield* recordStep(run, {
          place,
          asked: place === run.place ? 0 : checkouts.length,
          discrepancies,
          agreed,
        })
      }),
    )
    if (moved === null) return yield* takenOn(run)
    run = moved
    progress(run.asked, Math.max(run.asked, run.total))
    if ((yield* (yield* TossPay).health) !== "well") return yield* tossPayIsAway
  })

  progress(run.asked, run.total)
  while (true) {
    const listed = yield* nextListed(run, stepSize)
    if (listed.length > 0) yield* step(listed, listed.at(-1)?.checkoutId ?? null)
    if (listed.length < stepSize) break
  }
  for (let tries = 0; tries < moreTries; tries += 1) {
    let after: string | null = null
    while (true) {
      const listed: ReadonlyArray<Listed> = yield* unansweredListed(run, stepSize, after)
      if (listed.length > 0) yield* Effect.andThen(Effect.sleep("1 second"), step(listed, run.place))
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

const tossPayIsAway = new Unavailable({ what: "TOSSPAY", retryable: true })

const takenOn = ({ run }: Run) =>
  new CannotStart({ exitCode: 2, reason: `run ${run} is being gone on with by somebody else` })
