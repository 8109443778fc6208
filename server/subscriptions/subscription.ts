/**
 * Subscriptions: code of the shop's own that is told of every settled order, of every refund, of every alert. Each message is
 * delivered at least once, whatever dies in between, with an id that is the same on every try (docs/subscriptions.md).
 */

import { Effect, Layer } from "effect"
import type { Alerts } from "../alerts/alerts.ts"
import { CannotStart } from "../errors.ts"
import type { EventLog } from "../log/eventLog.ts"
import { usualTries } from "./backOff.ts"
import { Deliveries } from "./deliveries.ts"
import type { Handler, Subscription, SubscriptionOptions } from "./handler.ts"
import {
  type AlertMessage,
  endOf,
  type Message,
  type OrderMessage,
  type SourceName,
  sourceOf,
} from "./messages.ts"
import type { Place } from "./place.ts"
import { longestTryMs, work } from "./worker.ts"

/** Runs the handler for every order that is settled. */
export const onSettled = <R = never>(options: SubscriptionOptions, handle: Handler<OrderMessage, R>) =>
  subscribe(["settled"], options, handle)

/** Runs the handler for every order whose money was given back. */
export const onRefunded = <R = never>(options: SubscriptionOptions, handle: Handler<OrderMessage, R>) =>
  subscribe(["refunded"], options, handle)

/** Runs the handler for every alert, when it is raised and again when it ends. */
export const onAlert = <R = never>(options: SubscriptionOptions, handle: Handler<AlertMessage, R>) =>
  subscribe(["alertRaised", "alertEnded"], options, handle)

/** Works for as long as the layer lives. The kinds decide which messages there are, so the handler's type has to fit. */
export const subscribe = <M extends Message, R = never>(
  kinds: ReadonlyArray<M["kind"]>,
  options: SubscriptionOptions,
  handle: Handler<M, R>,
): Layer.Layer<never, CannotStart, R | Deliveries | EventLog | Alerts> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const subscription: Subscription<R> = {
        timeoutMs: longestTryMs,
        tries: usualTries,
        concurrency: 8,
        ...options,
        kinds,
        handle: (message) => handled(handle, message as M),
      }
      yield* Effect.catchTag(introduce(subscription), "Unavailable", () => Effect.fail(databaseIsAway))
      yield* Effect.forkScoped(Effect.scoped(work(subscription)))
    }),
  )

const handled = <M, R>(handle: Handler<M, R>, message: M): Effect.Effect<unknown, unknown, R> =>
  Effect.suspend(() => {
    const abort = new AbortController()
    const result = handle(message, abort.signal)
    if (Effect.isEffect(result)) return result
    // Plain JavaScript returns what it likes, and whatever is no Effect is awaited.
    return Effect.tryPromise({ try: () => Promise.resolve(result), catch: (error) => error }).pipe(
      Effect.onInterrupt(() => Effect.sync(() => abort.abort())),
    )
  })

/** The names that are taken in this process: two handlers under one name would each get a part of the messages. */
const takenNames = new WeakMap<Deliveries["Service"], Set<string>>()

/** Makes the subscription known, with its places if its name is new. */
const introduce = Effect.fnUntraced(function* <R>({ name, from, kinds }: Subscription<R>) {
  const deliveries = yield* Deliveries
  const taken = takenNames.get(deliveries) ?? new Set()
  takenNames.set(deliveries, taken)
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    return yield* wrong(`"${name}" must be lower-case letters, digits and hyphens, at most 63 of them`)
  }
  if (taken.has(name)) return yield* wrong(`two of them are called "${name}"`)
  yield* Effect.acquireRelease(
    Effect.sync(() => taken.add(name)),
    () => Effect.sync(() => taken.delete(name)),
  )
  const places: Partial<Record<SourceName, Place | null>> = {}
  for (const source of kinds.map(sourceOf)) {
    places[source] = from === "beginning" ? null : yield* endOf(source)
  }
  yield* deliveries.register(name, places)
})

const wrong = (reason: string) => new CannotStart({ exitCode: 2, reason: `a subscription's name: ${reason}` })

const databaseIsAway = new CannotStart({
  exitCode: 3,
  reason: "the database of DATABASE_URL went away before the subscriptions were known",
})
