/** The laws of the queues, as functions over their interface: they hold in memory and in PostgreSQL. */

import { describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { expect } from "vitest"
import {
  Deliveries,
  type Delivery,
  deliveryIdOf,
  readDeliveryId,
} from "../../server/subscriptions/deliveries.ts"
import type { MessageKind, Notice } from "../../server/subscriptions/messages.ts"
import type { Place } from "../../server/subscriptions/place.ts"

let count = 0
const next = () => {
  count += 1
  return count
}
const uuid = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`
const nextUuid = () => uuid(next())

const aNotice = (over: Partial<Notice> = {}): Notice => ({
  kind: "settled",
  topic: nextUuid(),
  version: 5,
  subject: "order-1",
  happenedAt: "2026-01-01T00:00:00.000Z",
  ...over,
})

const aPlace = (position: number): Place => ({ position, topic: uuid(0), version: 1 })

const longMs = 3_600_000

/** A subscription that one worker holds. */
const subscription = Effect.gen(function* () {
  const deliveries = yield* Deliveries
  const [name, worker] = [`sub-${next()}`, nextUuid()]
  yield* deliveries.register(name, { checkouts: null })
  yield* deliveries.hold(name, worker, longMs)
  let place: Place | null = null
  const put = Effect.fnUntraced(function* (...notices: ReadonlyArray<Notice>) {
    const to = aPlace((place?.position ?? 0) + 1)
    yield* deliveries.enqueue(name, "checkouts", place, to, notices)
    place = to
  })
  const take = (limit = 100, holdMs = longMs) => deliveries.take(name, worker, limit, holdMs)
  const all = deliveries.list({ subscription: name }, 100, null)
  return { deliveries, name, worker, put, take, all }
})

const told = (deliveries: ReadonlyArray<Pick<Delivery, "topic" | "version" | "kind">>) =>
  deliveries.map(({ topic, version, kind }) => `${topic} ${version} ${kind}`)

export const deliveryLaws = (where: string, layer: Layer.Layer<Deliveries>) =>
  describe(`the queues in ${where}`, () => {
    it.layer(layer, { excludeTestServices: true })((it) => {
      it.effect("one worker at a time has a subscription, until it lets go or its lease is over", () =>
        Effect.gen(function* () {
          const { deliveries, name, worker } = yield* subscription
          const other = nextUuid()
          expect(yield* deliveries.hold(name, other, longMs)).toBeNull()
          expect(yield* deliveries.hold(name, worker, longMs)).toEqual({ checkouts: null })
          yield* deliveries.release(name, other)
          expect(yield* deliveries.hold(name, other, longMs)).toBeNull()
          yield* deliveries.release(name, worker)
          expect(yield* deliveries.hold(name, other, 0)).not.toBeNull()
          expect(yield* deliveries.hold(name, worker, longMs)).not.toBeNull()
        }),
      )

      it.effect("of any number of workers that want it at the same moment, one gets it", () =>
        Effect.gen(function* () {
          const { deliveries, name, worker } = yield* subscription
          yield* deliveries.release(name, worker)
          const workers = Array.from({ length: 8 }, nextUuid)
          const held = yield* Effect.forEach(workers, (each) => deliveries.hold(name, each, longMs), {
            concurrency: "unbounded",
          })
          expect(held.filter((places) => places !== null)).toHaveLength(1)
        }),
      )

      it.effect("the place and the queue move together, and from one place only once", () =>
        Effect.gen(function* () {
          const { deliveries, name, worker, all } = yield* subscription
          const [first, second, stale] = [aNotice(), aNotice(), aNotice()]
          yield* deliveries.enqueue(name, "checkouts", null, aPlace(1), [first])
          yield* deliveries.enqueue(name, "checkouts", null, aPlace(2), [stale])
          expect(yield* deliveries.hold(name, worker, longMs)).toEqual({ checkouts: aPlace(1) })
          yield* deliveries.enqueue(name, "checkouts", aPlace(1), aPlace(3), [first, second])
          expect(yield* deliveries.hold(name, worker, longMs)).toEqual({ checkouts: aPlace(3) })
          expect(told(yield* all).sort()).toEqual(told([first, second] as ReadonlyArray<Notice>).sort())
        }),
      )

      it.effect("a subscription that is known keeps its places, and gets those that it did not have", () =>
        Effect.gen(function* () {
          const { deliveries, name, worker, put } = yield* subscription
          yield* put()
          yield* deliveries.register(name, { checkouts: aPlace(9), alerts: aPlace(7) })
          expect(yield* deliveries.hold(name, worker, longMs)).toEqual({
            checkouts: aPlace(1),
            alerts: aPlace(7),
          })
        }),
      )

      it.effect("a message is tried by the worker that has the subscription, and by no other", () =>
        Effect.gen(function* () {
          const { deliveries, name, put, take } = yield* subscription
          yield* put(aNotice())
          expect(yield* deliveries.take(name, nextUuid(), 10, longMs)).toEqual([])
          expect(yield* take()).toMatchObject([{ tries: 1 }])
          expect(yield* take()).toEqual([])
        }),
      )

      it.effect("a try that never comes to an end is due again, and counts", () =>
        Effect.gen(function* () {
          const { put, take } = yield* subscription
          yield* put(aNotice())
          yield* take(1, 0)
          yield* take(1, 0)
          expect(yield* take(1, longMs)).toMatchObject([{ tries: 3 }])
        }),
      )

      it.effect("messages of one topic come in order, each when the one before is delivered or dead", () =>
        Effect.gen(function* () {
          const { deliveries, put, take } = yield* subscription
          const topic = nextUuid()
          const notices = [
            aNotice({ topic, version: 5, kind: "settled" }),
            aNotice({ topic, version: 5, kind: "refunded" }),
            aNotice({ topic, version: 7, kind: "refunded" }),
            aNotice({ topic, version: 11, kind: "refunded" }),
          ]
          yield* put(...[...notices].reverse())
          const order: Array<string> = []
          for (let turn = 0; turn < 4; turn += 1) {
            const [only, ...none] = yield* take()
            expect(none).toEqual([])
            if (only === undefined) return expect.fail("nothing was due")
            order.push(...told([only]))
            yield* turn % 2 === 0 ? deliveries.delivered(only) : deliveries.failed(only, "no", null)
          }
          expect(order).toEqual(told(notices))
        }),
      )

      it.effect("one that fails is due later, and holds up no other topic", () =>
        Effect.gen(function* () {
          const { deliveries, put, take } = yield* subscription
          const [bad, good] = [aNotice(), aNotice()]
          yield* put(bad, good)
          for (const each of yield* take()) {
            yield* each.topic === bad.topic
              ? deliveries.failed(each, "not now", longMs)
              : deliveries.delivered(each)
          }
          const next = aNotice()
          yield* put(next, aNotice({ topic: bad.topic, version: 6 }))
          expect(told(yield* take())).toEqual(told([next]))
        }),
      )

      it.effect("what is said of an earlier try changes nothing, even if the tries are counted afresh", () =>
        Effect.gen(function* () {
          const { deliveries, put, take, all } = yield* subscription
          yield* put(aNotice())
          const [early] = yield* take(1, 0)
          if (early === undefined) return expect.fail("nothing was due")
          yield* deliveries.retry({ keys: [early] })
          const [later] = yield* take()
          if (later === undefined) return expect.fail("nothing was due")
          expect([early.tries, later.tries]).toEqual([1, 1])
          yield* deliveries.failed(early, "late news", null)
          yield* deliveries.delivered(early)
          expect(yield* all).toMatchObject([{ state: "waiting", tries: 1, error: null }])
          yield* deliveries.delivered(later)
          yield* deliveries.failed(early, "later news", 0)
          expect(yield* all).toMatchObject([{ state: "delivered", dueAt: null }])
        }),
      )

      it.effect("a retry begins no try beside the one under way: it is due when that one has failed", () =>
        Effect.gen(function* () {
          const { deliveries, put, take, all } = yield* subscription
          yield* put(aNotice(), aNotice())
          const [failing, succeeding] = yield* take()
          if (failing === undefined || succeeding === undefined) return expect.fail("nothing was due")
          expect(yield* deliveries.retry({ keys: [failing, succeeding] })).toBe(2)
          expect(yield* take()).toEqual([])
          yield* deliveries.delivered(succeeding)
          yield* deliveries.failed(failing, "that was the last one", null)
          expect(yield* take()).toMatchObject([{ topic: failing.topic, tries: 1 }])
          expect((yield* all).find(({ topic }) => topic === succeeding.topic)?.state).toBe("delivered")
        }),
      )

      it.effect("a dead letter is listed with its error, and is tried afresh when a person says so", () =>
        Effect.gen(function* () {
          const { deliveries, name, put, take, all } = yield* subscription
          yield* put(aNotice(), aNotice())
          const [one, two] = yield* take()
          if (one === undefined || two === undefined) return expect.fail("nothing was due")
          yield* deliveries.failed(one, "it will not", null)
          yield* deliveries.delivered(two)
          const [dead, ...none] = yield* deliveries.list({ subscription: name, state: "dead" }, 10, null)
          expect(none).toEqual([])
          expect(dead).toMatchObject({ topic: one.topic, error: "it will not", tries: 1, dueAt: null })
          expect((yield* deliveries.status).find((each) => each.subscription === name)).toMatchObject({
            waiting: 0,
            dead: 1,
            deadSince: dead?.changedAt,
          })
          expect(yield* deliveries.retry({ keys: [one] })).toBe(1)
          expect(yield* take()).toMatchObject([{ topic: one.topic, tries: 1 }])
          expect(told((yield* all).filter(({ state }) => state === "delivered"))).toEqual(told([two]))
        }),
      )

      it.effect("what has failed and waits is told apart from what is new, delivered or dead", () =>
        Effect.gen(function* () {
          const { deliveries, name, put, take } = yield* subscription
          const [failing, delivered, dead] = [aNotice(), aNotice(), aNotice()]
          const filter = { subscription: name, failing: true } as const
          yield* put(failing, delivered, dead)
          yield* Effect.forEach(yield* take(), (taken) => deliveries.failed(taken, "not yet", 0))
          expect(yield* deliveries.list(filter, 10, null)).toHaveLength(3)
          for (const taken of yield* take()) {
            if (taken.topic === delivered.topic) yield* deliveries.delivered(taken)
            else yield* deliveries.failed(taken, "no", taken.topic === dead.topic ? null : longMs)
          }
          yield* put(aNotice())
          expect(yield* deliveries.list(filter, 10, null)).toMatchObject([
            { topic: failing.topic, tries: 2, error: "no", state: "waiting" },
          ])
          const status = (yield* deliveries.status).find((each) => each.subscription === name)
          expect(status).toMatchObject({ waiting: 2, failing: 1, dead: 1 })
          expect(yield* deliveries.retry(filter)).toBe(1)
          expect(yield* deliveries.list(filter, 10, null)).toEqual([])
        }),
      )

      it.effect("a period can be delivered again", () =>
        Effect.gen(function* () {
          const { deliveries, name, put, take } = yield* subscription
          const days = [1, 2, 3].map((day) => aNotice({ happenedAt: `2026-01-0${day}T00:00:00.000Z` }))
          yield* put(...days)
          yield* Effect.forEach(yield* take(), deliveries.delivered)
          const [from, to] = ["2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"]
          expect(yield* deliveries.retry({ subscription: name, from, to })).toBe(1)
          expect(told(yield* take())).toEqual(told(days.slice(1, 2)))
        }),
      )

      it.effect("a subscription that is paused is held by nobody and loses nothing", () =>
        Effect.gen(function* () {
          const { deliveries, name, worker, put, take } = yield* subscription
          yield* put(aNotice())
          yield* deliveries.pause(name, "410")
          yield* deliveries.pause(name, "again")
          expect(yield* take()).toEqual([])
          expect(yield* deliveries.hold(name, worker, longMs)).toBeNull()
          expect((yield* deliveries.status).find((each) => each.subscription === name)).toMatchObject({
            pausedWhy: "410",
            waiting: 1,
          })
          expect(yield* deliveries.resume(name)).toBe(true)
          expect(yield* deliveries.resume(name)).toBe(false)
          yield* deliveries.hold(name, worker, longMs)
          expect(yield* take()).toHaveLength(1)
        }),
      )

      it.effect("pages of the list go through everything once, the latest first", () =>
        Effect.gen(function* () {
          const { deliveries, name, put, all } = yield* subscription
          const kinds: ReadonlyArray<MessageKind> = ["settled", "refunded"]
          const topic = nextUuid()
          yield* put(
            ...[1, 2, 3].flatMap((version) => kinds.map((kind) => aNotice({ topic, version, kind }))),
            aNotice({ happenedAt: "2026-02-01T00:00:00.000Z" }),
          )
          const paged: Array<Delivery> = []
          while (true) {
            const page = yield* deliveries.list({ subscription: name }, 2, paged.at(-1) ?? null)
            paged.push(...page)
            if (page.length < 2) break
          }
          expect(paged).toEqual(yield* all)
          expect(paged).toHaveLength(7)
          expect(paged[0]?.happenedAt).toBe("2026-02-01T00:00:00.000Z")
          for (const each of paged)
            expect(readDeliveryId(deliveryIdOf(each))).toMatchObject({ topic: each.topic })
        }),
      )
    })
  })
