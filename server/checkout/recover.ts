/**
 * Recovery: what nobody finishes is finished here, without the buyer. Whatever a checkout's timer says is due is put
 * on record as a fact, under the same version lock as every other fact, and the machine says what follows. It always
 * begins with a question to TossPay; nothing is ever executed blindly.
 */

import { Clock, Effect, Layer, Random } from "effect"
import { type Checkout, type FactOf, plan, timerOf } from "../../machines/index.ts"
import { CurrentSettings } from "../config.ts"
import { type Due, EventLog, type Recorded } from "../log/eventLog.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"
import type { Step } from "./instructions.ts"

/** How many checkouts one look takes, and how many of them are worked on at once. */
const batchSizes = { well: 64, untested: 1, away: 0 } as const
const concurrency = 8

/** Looks for what is due until nothing more is; returns how many checkouts it moved. `holdMs`: see takeDue. */
export const recoverDue = Effect.fn("recoverDue")(function* (holdMs: number) {
  const log = yield* EventLog
  const tossPay = yield* TossPay
  let moved = 0
  while (true) {
    // While TossPay is down everything stays due, and its schedule does not widen; then one checkout tries.
    const limit = batchSizes[yield* tossPay.health]
    if (limit === 0) return moved
    const due = yield* log.takeDue(limit, holdMs)
    const results = yield* Effect.forEach(due, recoverOne, { concurrency })
    moved += results.filter((didMove) => didMove).length
    if (due.length < limit) return moved
  }
})

/** A read may find an order that is overdue: it is recovered then and there, if nobody else has taken it. */
export const recoverIfDue = Effect.fn("recoverIfDue")(function* ({ checkout }: Recorded, holdMs: number) {
  if (!(yield* isProbablyDue(checkout))) return false
  const due = yield* (yield* EventLog).takeIfDue(checkout.checkoutId, holdMs)
  return due === null ? false : yield* recoverOne(due)
})

/** The worker: looks every `recoveryIntervalMs`, a little off the beat so that several servers do not look at once. */
export const recoveryWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const { leaseMs, recoveryIntervalMs } = yield* CurrentSettings
    const look = recoverDue(leaseMs).pipe(
      Effect.tap((moved) =>
        moved > 0 ? Effect.logInfo(`recovery moved ${moved} unfinished checkouts`) : Effect.void,
      ),
      Effect.catchCause((cause) => Effect.logWarning("recovery could not look", cause)),
    )
    const pause = Effect.flatMap(Random.nextBetween(0.8, 1.2), (jitter) =>
      Effect.sleep(recoveryIntervalMs * jitter),
    )
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(look, pause)))
  }),
)

const recoverOne = (due: Due) =>
  Effect.gen(function* () {
    const recorded = yield* (yield* EventLog).find({ by: "checkoutId", value: due.checkoutId })
    if (recorded === null) return false
    const { refused } = yield* (yield* Advance).take(recorded, whatIsDue(due.version))
    return refused === null
  }).pipe(
    Effect.catchTag("Unavailable", (error) =>
      Effect.as(Effect.logWarning(`recovery waits: ${error.what} is away`, error.cause), false),
    ),
    Effect.annotateLogs({ checkoutId: due.checkoutId }),
  )

/** The fact that was due at this version. Once anything else has happened, it is no longer due. */
const whatIsDue =
  (version: number): Step =>
  (checkout, at) => {
    const timer = timerOf(checkout)
    const type = timer?.fact ?? "StatusAsked"
    return timer === null || checkout.version !== version
      ? { _tag: "Refused", checkout, fact: type }
      : plan(checkout, { type, at } as FactOf<typeof type>)
  }

/** By this server's clock, which only saves a look: the database's clock decides. */
const isProbablyDue = (checkout: Checkout) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const timer = timerOf(checkout)
    return timer !== null && Date.parse(checkout.context.updatedAt) + timer.afterMs <= now
  })
