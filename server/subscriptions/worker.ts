/**
 * The worker of one subscription. Any number of processes run it; one of them works at a time, for as long as it renews its
 * lease. It fills the queue from the streams, and tries what is due. A try is on record before it begins, and none lasts
 * longer than a lease; so whatever dies, and wherever, is tried again by somebody.
 */

import { randomUUID } from "node:crypto"
import { Cause, Effect, Exit, FiberSet, Latch } from "effect"
import { patient } from "../patient.ts"
import { pause } from "../pause.ts"
import { countTry } from "../telemetry/metrics.ts"
import { withoutControls } from "../text.ts"
import { askedForMs, backOffMs } from "./backOff.ts"
import { Deliveries, deliveryIdOf, type Places, type Taken } from "./deliveries.ts"
import { Postpone, type Subscription, Unsubscribe } from "./handler.ts"
import { messageOf, readOn, type SourceName } from "./messages.ts"

/** How long one worker has a subscription to itself before another may take it over. */
const holdMs = 45_000
/** A try may take no longer, so that its outcome can be recorded within the lease. */
export const longestTryMs = 40_000
/** How often a worker looks when it has nothing to do. */
const lookMs = 1_000
/** How many items of a stream are looked at at once; few of them are told. */
const pageSize = 2_000

/** Works until it is interrupted; what has begun then is finished. */
export const work = Effect.fnUntraced(function* <R>(subscription: Subscription<R>) {
  const { name, concurrency } = subscription
  const deliveries = yield* Deliveries
  const worker = randomUUID()
  const running = yield* FiberSet.make<void, never>()
  const ended = yield* Latch.make()
  yield* Effect.addFinalizer(() =>
    Effect.andThen(FiberSet.awaitEmpty(running), Effect.ignore(deliveries.release(name, worker))),
  )

  /** Returns whether there is more to do at once. */
  const look = Effect.gen(function* () {
    const places = yield* deliveries.hold(name, worker, holdMs)
    if (places === null) return false
    const hasMore = yield* fill(subscription, places).pipe(
      // What a newer release wrote is for a server of that release to read.
      Effect.tapError(({ what }) =>
        what === "SERVER_OUTDATED" ? deliveries.release(name, worker) : Effect.void,
      ),
    )
    const room = concurrency - (yield* FiberSet.size(running))
    const taken = room > 0 ? yield* deliveries.take(name, worker, room, holdMs) : []
    yield* Effect.forEach(taken, (each) =>
      FiberSet.run(running, Effect.andThen(attempt(subscription, each), ended.open)),
    )
    return hasMore && taken.length < room
  })

  yield* ended.close.pipe(
    Effect.andThen(look),
    Effect.catchCause((cause) =>
      Effect.as(Effect.logWarning(`subscription ${name} could not look`, cause), false),
    ),
    Effect.flatMap((hasMore) => (hasMore ? Effect.yieldNow : Effect.raceFirst(pause(lookMs), ended.await))),
    Effect.forever,
  )
})

/**
 * Puts one page of each stream into the queue; returns whether there is more at once. What comes while it works waits for the
 * next look, so that a busy shop's events are read some hundred at a time, and not each as it comes.
 */
const fill = Effect.fnUntraced(function* <R>({ name, kinds }: Subscription<R>, places: Places) {
  const deliveries = yield* Deliveries
  let isMore = false
  for (const [source, from] of Object.entries(places) as Array<[SourceName, Places[SourceName]]>) {
    const { notices, to, hasMore } = yield* readOn(source, kinds, from ?? null, pageSize)
    if (to === null) continue
    const wanted = notices.filter(({ kind }) => kinds.includes(kind))
    yield* deliveries.enqueue(name, source, from ?? null, to, wanted)
    isMore ||= hasMore
  }
  return isMore
})

/** One try, and what became of it. A database that goes away meanwhile leaves it to be tried again. */
const attempt = <R>(subscription: Subscription<R>, taken: Taken) =>
  Effect.gen(function* () {
    const deliveries = yield* Deliveries
    const { name, tries, timeoutMs, handle } = subscription
    if (taken.tries > tries) return yield* deliveries.failed(taken, "the last try never came to an end", null)
    const exit = yield* Effect.flatMap(messageOf(taken), handle).pipe(
      Effect.timeout(Math.min(timeoutMs, longestTryMs)),
      Effect.exit,
    )
    if (Exit.isSuccess(exit)) {
      yield* countTry(name, "delivered")
      // Worth several tries: what is not recorded is done again.
      return yield* Effect.retry(deliveries.delivered(taken), patient)
    }
    const error = Cause.squash(exit.cause)
    const why = reasonOf(error)
    yield* Effect.logWarning(`try ${taken.tries} of ${tries} failed: ${why}`)
    if (error instanceof Unsubscribe) yield* deliveries.pause(name, why)
    const usualMs = yield* backOffMs(taken.tries)
    const retryInMs = error instanceof Postpone ? askedForMs(error.afterMs, usualMs) : usualMs
    const isLast = taken.tries >= tries
    yield* countTry(name, isLast ? "dead" : "failed")
    yield* deliveries.failed(taken, why, isLast ? null : retryInMs)
  }).pipe(
    Effect.catchTag("Unavailable", ({ cause }) => Effect.logWarning("the database is away", cause)),
    Effect.annotateLogs({ delivery: deliveryIdOf(taken) }),
  )

/** What a handler failed with, in one line of bounded length. It is the shop's code that threw it, so it may be anything. */
const reasonOf = (error: unknown): string => {
  try {
    const text = String(error instanceof Error ? error.message || error.name : error)
    return withoutControls(text).replaceAll(/\s+/g, " ").slice(0, 300) || wordless
  } catch {
    return wordless
  }
}

const wordless = "an error that cannot be put into words"
