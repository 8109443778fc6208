/**
 * Recovery: what nobody finishes is finished here, without the buyer. Whatever a checkout's timer says is due is put
 * on record as a fact, under the same version lock as every other fact, and the machine says what follows. It always
 * begins with a question to TossPay; nothing is ever executed blindly.
 */

import { Clock, Effect, Layer, Random } from "effect"
import { type Checkout, type FactOf, plan, type StatePath, timerOf } from "../../machines/index.ts"
import { CurrentSettings } from "../config.ts"
import { type Due, EventLog, type Recorded, type Taking } from "../log/eventLog.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"
import type { Step } from "./instructions.ts"

/** How many checkouts one look takes, and how many of them are worked on at once. */
const batchSizes = { well: 64, untested: 1, away: 0 } as const
const concurrency = 8

/** A checkout that recovery moved. */
export interface Recovered {
  readonly orderId: string
  readonly from: StatePath
  readonly to: StatePath
}

/** Looks for what is due until nothing more is, or the pace has no more room; returns what it moved. */
export const recoverDue = Effect.fn("recoverDue")(function* (pace: Omit<Taking, "limit">) {
  const log = yield* EventLog
  const tossPay = yield* TossPay
  const moved: Array<Recovered> = []
  while (true) {
    // While TossPay is down everything stays due, and its schedule does not widen; then one checkout tries.
    const limit = batchSizes[yield* tossPay.health]
    if (limit === 0) return moved
    const due = yield* log.takeDue({ ...pace, limit })
    const results = yield* Effect.forEach(due, recoverOne, { concurrency })
    moved.push(...results.filter((result) => result !== null))
    if (due.length < limit) return moved
  }
})

/** A read may find an order that is overdue: it is recovered then and there, if nobody else has taken it. */
export const recoverIfDue = Effect.fn("recoverIfDue")(function* ({ checkout }: Recorded, holdMs: number) {
  if (!(yield* isProbablyDue(checkout))) return false
  const due = yield* (yield* EventLog).takeIfDue(checkout.checkoutId, holdMs)
  return due !== null && (yield* recoverOne(due)) !== null
})

/** The worker: looks every `recoveryIntervalMs`, a little off the beat so that several servers do not look at once. */
export const recoveryWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const { leaseMs, recoveryIntervalMs, recoveryPerMinute } = yield* CurrentSettings
    const look = recoverDue({ holdMs: leaseMs, perMinute: recoveryPerMinute }).pipe(
      Effect.tap(({ length }) =>
        length > 0 ? Effect.logInfo(`recovery moved ${length} unfinished checkouts`) : Effect.void,
      ),
      Effect.catchCause((cause) => Effect.logWarning("recovery could not look", cause)),
    )
    const pause = Effect.flatMap(Random.nextBetween(0.8, 1.2), (jitter) =>
      Effect.sleep(recoveryIntervalMs * jitter),
    )
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(look, pause)))
  }),
)

/** What it moved, or `null` if somebody else was there first or the database went away. */
const recoverOne = (due: Due): Effect.Effect<Recovered | null, never, EventLog | Advance> =>
  Effect.gen(function* () {
    const found = yield* (yield* EventLog).find({ by: "checkoutId", value: due.checkoutId })
    if (found === null) return null
    const { recorded, refused } = yield* (yield* Advance).take(found, whatIsDue(due.version))
    const { order } = recorded.checkout.context
    return refused === null
      ? { orderId: order.orderId, from: found.checkout.state, to: recorded.checkout.state }
      : null
  }).pipe(
    Effect.catchTag("Unavailable", (error) =>
      Effect.as(Effect.logWarning(`recovery waits: ${error.what} is away`, error.cause), null),
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
