/** The law of subscriptions that die: a process ends at any of its awaits, and another takes over. It holds in memory and in PostgreSQL. */

import { Effect, Layer, Scope } from "effect"
import { expect } from "vitest"
import { Alerts } from "../../server/alerts/alerts.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
import { messageIdOf } from "../../server/subscriptions/messages.ts"
import { onSettled } from "../../server/subscriptions/subscription.ts"
import { makeMortal } from "../support/mortal.ts"
import { settledOrder } from "../support/orders.ts"
import type { Death } from "../support/world.ts"

/** Starts a layer in a process of its own, which never tidies up. */
export const start = (
  layer: Layer.Layer<never, unknown, EventLog | Deliveries | Alerts>,
  process = makeMortal(null),
) =>
  Effect.gen(function* () {
    const services = Layer.mergeAll(
      Layer.succeed(EventLog, process.wrapped(yield* EventLog)),
      Layer.succeed(Deliveries, process.wrapped(yield* Deliveries)),
      Layer.succeed(Alerts, process.wrapped(yield* Alerts)),
    )
    yield* Effect.forkDetach(Layer.buildWithScope(Layer.provide(layer, services), Scope.makeUnsafe()))
    yield* Effect.yieldNow
  })

export const settledId = ({ checkout }: Effect.Success<typeof settledOrder>) =>
  messageIdOf({ topic: checkout.checkoutId, version: checkout.version, kind: "settled" })

interface Story<R> {
  /** Of the subscription. */
  readonly name: string
  readonly death: Death
  /** Lets a second pass. */
  readonly second: Effect.Effect<void>
  /** What the dead process held is free again, as when its lease and its tries have run out. */
  readonly leasesEnd: Effect.Effect<void, never, R>
}

/** More than anything here takes. */
const mostSeconds = 300

/**
 * Orders are settled while a process works, dies, and another takes over. Every one of them has to come to a handler that
 * remembers ids, and none before it is in the feed. Returns how often the handler was called in vain.
 */
export const crashStory = <R>({ name, death, second, leasesEnd }: Story<R>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const deliveries = yield* Deliveries
    // What other stories have left in the log is none of this one's.
    const begin = yield* log.feedEnd
    yield* deliveries.register(name, { checkouts: begin && { ...begin, topic: begin.checkoutId } })
    const shelf = new Set<string>()
    const early: Array<string> = []
    let calls = 0
    const ship = (process: ReturnType<typeof makeMortal>) =>
      start(
        onSettled({ name, from: "beginning", concurrency: 3 }, ({ messageId, event }) =>
          process.mortal(
            Effect.gen(function* () {
              calls += 1
              // In one transaction with what it does, as in docs/subscriptions.md.
              shelf.add(messageId)
              const { events } = yield* log.feed(begin, 1_000)
              if (!events.some(({ hash }) => hash === event.hash)) early.push(messageId)
            }),
          ),
        ),
        process,
      )
    const until = Effect.fnUntraced(function* <E>(what: string, isSo: Effect.Effect<boolean, E>) {
      for (let seconds = 0; !(yield* isSo); seconds += 1) {
        if (seconds > mostSeconds) return expect.fail(`never ${what}: dies ${death.when} ${death.atAwait}`)
        yield* second
      }
    })

    const [mortal, successor] = [makeMortal(death), makeMortal(null)]
    const first = yield* settledOrder
    const orders = [first]
    // Whoever writes in the same cluster holds the feed back, and a worker that finds nothing dies before it has begun.
    yield* until(
      "given out",
      Effect.map(log.feed(begin, 1_000), ({ events }) =>
        events.some(
          ({ checkoutId, to }) => checkoutId === first.checkout.checkoutId && to === "settled.paid",
        ),
      ),
    )
    yield* ship(mortal)
    yield* second
    orders.push(yield* settledOrder, yield* settledOrder)
    yield* until("dead", Effect.sync(mortal.isDead))
    yield* leasesEnd
    yield* ship(successor)
    orders.push(yield* settledOrder)
    const ids = orders.map(settledId)
    yield* until(
      "told of everything",
      Effect.map(
        deliveries.status,
        (status) =>
          ids.every((id) => shelf.has(id)) &&
          status.find(({ subscription }) => subscription === name)?.waiting === 0,
      ),
    )
    successor.kill()
    expect(early).toEqual([])
    return calls - shelf.size
  })
