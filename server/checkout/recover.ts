/**
 * Recovery: what nobody finishes is finished here, without the buyer. Whatever a checkout's timer says is due is put
 * on record as a fact, under the same version lock as every other fact, and the machine says what follows. Where money
 * may have moved it begins with a question to TossPay; nothing is ever executed blindly.
 */

import { Effect, Layer } from "effect"
import { type Checkout, planDue, type StatePath, timerOf } from "../../machines/index.ts"
import { CurrentSettings, type Settings } from "../config.ts"
import type { Unavailable } from "../errors.ts"
import { type Due, EventLog, type Recorded, type Taking } from "../log/eventLog.ts"
import { pause } from "../pause.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import { Advance } from "./advance.ts"

/** How many checkouts one look takes, and how many of them are worked on at once. */
const batchSizes = { well: 64, untested: 1, away: 0 } as const
const concurrency = 8

/** How long what is taken stays taken, and how many may be taken in a minute. */
export type Pace = Omit<Taking, "limit">

export const paceBy = ({ leaseMs, recoveryPerMinute }: Settings): Pace => ({
  holdMs: leaseMs,
  perMinute: recoveryPerMinute,
})

/** A checkout that recovery moved. */
export interface Recovered {
  readonly orderId: string
  readonly from: StatePath
  readonly to: StatePath
}

export interface Recovery {
  readonly moved: ReadonlyArray<Recovered>
  /** Checkouts that could not be recovered because of a defect; the log says which. */
  readonly broken: ReadonlyArray<string>
}

/** Looks for what is due until nothing more is, or the pace has no more room. */
export const recoverDue = Effect.fnUntraced(function* (pace: Pace) {
  const log = yield* EventLog
  const tossPay = yield* TossPay
  const moved: Array<Recovered> = []
  const broken: Array<string> = []
  while (true) {
    // While TossPay is down everything stays due, and its schedule does not widen; then one checkout tries.
    const limit = batchSizes[yield* tossPay.health]
    if (limit === 0) return { moved, broken } satisfies Recovery
    const due = yield* log.takeDue({ ...pace, limit })
    const results = yield* Effect.forEach(due, (one) => withoutFear(one, recoverOne(one)), { concurrency })
    for (const result of results) {
      if (typeof result === "string") broken.push(result)
      else if (result !== null) moved.push(result)
    }
    if (due.length < limit) return { moved, broken } satisfies Recovery
  }
})

/** A read may find an order that is overdue: it is recovered then and there, if nobody else has taken it. */
export const recoverIfDue = Effect.fnUntraced(function* ({ checkout }: Recorded, pace: Pace) {
  if (!(yield* isProbablyDue(checkout)) || (yield* (yield* TossPay).health) === "away") return false
  const due = yield* (yield* EventLog).takeIfDue(checkout.checkoutId, pace)
  return due !== null && (yield* recoverOne(due)) !== null
})

/** The worker: looks about every `recoveryIntervalMs`. */
export const recoveryWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const settings = yield* CurrentSettings
    const look = recoverDue(paceBy(settings)).pipe(
      Effect.tap(({ moved }) =>
        moved.length > 0
          ? Effect.logInfo(`recovery moved ${moved.length} unfinished checkouts`)
          : Effect.void,
      ),
      Effect.catchCause((cause) => Effect.logWarning("recovery could not look", cause)),
    )
    yield* look.pipe(Effect.andThen(pause(settings.recoveryIntervalMs)), Effect.forever, Effect.forkScoped)
  }),
)

/** What it moved, or `null` if somebody else was there first or the database went away. */
const recoverOne = Effect.fnUntraced(
  function* (due: Due): Effect.fn.Return<Recovered | null, Unavailable, EventLog | Advance> {
    const found = yield* (yield* EventLog).find({ by: "checkoutId", value: due.checkoutId })
    if (found === null) return null
    const { recorded, refused } = yield* (yield* Advance).take(found, (checkout, at) =>
      planDue(checkout, due.version, at),
    )
    const { order } = recorded.checkout.context
    return refused === null
      ? { orderId: order.orderId, from: found.checkout.state, to: recorded.checkout.state }
      : null
  },
  (recovered, due) =>
    recovered.pipe(
      Effect.catchTag("Unavailable", (error) =>
        Effect.as(Effect.logWarning(`recovery waits: ${error.what} is away`, error.cause), null),
      ),
      Effect.annotateLogs({ checkoutId: due.checkoutId }),
    ),
)

/** One checkout whose history or whose payer cannot be read does not keep the others from being recovered; gives its id. */
const withoutFear = <A, R>({ checkoutId }: Due, recovered: Effect.Effect<A, never, R>) =>
  Effect.catchDefect(recovered, (defect) =>
    Effect.as(Effect.logError("a checkout cannot be recovered", defect), checkoutId).pipe(
      Effect.annotateLogs({ checkoutId }),
    ),
  )

/** By the time as this server knows it, which only saves a look: the database decides. */
const isProbablyDue = (checkout: Checkout) =>
  Effect.map(
    Effect.flatMap(EventLog, (log) => log.now),
    (now) => {
      const timer = timerOf(checkout)
      return timer !== null && Date.parse(checkout.context.updatedAt) + timer.afterMs <= now
    },
  )
