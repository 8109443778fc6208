import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { machineVersion } from "../../machines/index.ts"
import { Alerts } from "../../server/alerts/alerts.ts"
import { Database } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
import {
  type Handler,
  Postpone,
  type SubscriptionOptions,
  Unsubscribe,
} from "../../server/subscriptions/handler.ts"
import { type Message, messageIdOf, type OrderMessage } from "../../server/subscriptions/messages.ts"
import { onAlert, onRefunded, onSettled, subscribe } from "../../server/subscriptions/subscription.ts"
import {
  executed,
  executingOrder,
  happen,
  openOrder,
  refundBegun,
  reported,
  settledOrder,
} from "../support/orders.ts"
import { recordsInMemory, recordsInPostgres } from "../support/records.ts"
import { crashStory, settledId, start } from "./crashLaws.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Lets time pass in small steps, so that everything that becomes due meanwhile happens. */
const pass = (ms: number, stepMs = 1_000) =>
  Effect.gen(function* () {
    for (let passed = 0; passed < ms; passed += stepMs) yield* TestClock.adjust(stepMs)
  })

const anyMessage = (options: Partial<SubscriptionOptions>, handle: Handler<Message>) =>
  subscribe(
    ["settled", "refunded", "mismatched", "resolved"],
    { name: "any", from: "beginning", ...options },
    handle,
  )

/** A subscriber that keeps what it was told. */
const listener = () => {
  const heard: Array<string> = []
  const hear = ({ messageId }: Message) => Effect.sync(() => void heard.push(messageId))
  return { heard, hear }
}

describe("a subscriber", () => {
  it.effect("reads a busy feed about once a second, and not each event as it comes", () =>
    Effect.gen(function* () {
      const { heard, hear } = listener()
      const log = yield* EventLog
      let readings = 0
      const counting = EventLog.of({
        ...log,
        movesAbout: (...page) =>
          Effect.suspend(() => {
            readings += 1
            return log.movesAbout(...page)
          }),
      })
      yield* Effect.provideService(start(anyMessage({}, hear)), EventLog, counting)
      for (let orders = 0; orders < 30; orders += 1) {
        yield* settledOrder
        yield* pass(100, 100)
      }
      yield* pass(3_000)
      expect(heard).toHaveLength(30)
      // Six times in six seconds, as often again when what was found is done; there were 150 events.
      expect(readings).toBeLessThan(25)
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("leaves what a newer release wrote, and the subscription, to a server of that release", () =>
    Effect.gen(function* () {
      const { heard, hear } = listener()
      const [log, deliveries] = [yield* EventLog, yield* Deliveries]
      const settled = yield* settledOrder
      yield* start(anyMessage({}, hear))
      yield* pass(2_000)
      expect(heard).toEqual([settledId(settled)])
      const newer = EventLog.of({
        ...log,
        append: (append) =>
          log.append({
            ...append,
            rows: append.rows.map((row) => ({ ...row, machineVersion: machineVersion + 1 })),
          }),
      })
      yield* Effect.provideService(settledOrder, EventLog, newer)
      yield* pass(3_000)
      expect(heard).toHaveLength(1)
      expect(yield* deliveries.hold("any", "newer", minuteMs)).not.toBeNull()
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("is told of every settled order once, with the order as it was then, and of nothing else", () =>
    Effect.gen(function* () {
      const heard: Array<OrderMessage> = []
      yield* start(
        onSettled({ name: "ship", from: "beginning" }, async (message) => void heard.push(message)),
      )
      const orders = [yield* settledOrder, yield* settledOrder]
      yield* openOrder
      yield* happen(yield* executingOrder, executed({ amount: 1 }))
      yield* pass(3_000)
      for (const order of orders) yield* happen(order, ...refundBegun)
      yield* pass(hourMs, minuteMs)
      expect(heard.map(({ messageId }) => messageId).sort()).toEqual(orders.map(settledId).sort())
      const [message] = heard
      expect(message?.order).toMatchObject({ state: "settled", refund: null, amount: 9_000 })
      expect(message?.event).toMatchObject({ type: "PaymentExecuted", version: 5 })
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("of the beginning hears what was before it, one of now does not", () =>
    Effect.gen(function* () {
      const before = yield* settledOrder
      const [all, late] = [listener(), listener()]
      yield* start(
        Layer.merge(
          onSettled({ name: "all", from: "beginning" }, all.hear),
          onSettled({ name: "late", from: "now" }, late.hear),
        ),
      )
      yield* pass(2_000)
      const after = yield* settledOrder
      yield* pass(2_000)
      expect(all.heard).toEqual([before, after].map(settledId))
      expect(late.heard).toEqual([settledId(after)])
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect(
    "is told that an order was settled before it is told that it was refunded, by two subscriptions too",
    () =>
      Effect.gen(function* () {
        const told: Array<string> = []
        let isAway = true
        const hear = (message: Message) =>
          Effect.suspend(() => {
            if (isAway) return Effect.fail(new Error("away"))
            told.push(message.kind)
            return Effect.void
          })
        yield* start(anyMessage({}, hear))
        yield* happen(yield* executingOrder, reported("REFUND_SUCCESS"))
        yield* pass(4_000)
        expect(told).toEqual([])
        isAway = false
        yield* pass(minuteMs)
        expect(told).toEqual(["settled", "refunded"])
      }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect(
    "that refuses one order is told of all others, and of that one again and again until it is dead",
    () =>
      Effect.gen(function* () {
        const deliveries = yield* Deliveries
        const bad = yield* settledOrder
        const tries: Array<number> = []
        const { heard, hear } = listener()
        yield* start(
          onSettled({ name: "ship", from: "beginning", tries: 4 }, (message) =>
            message.messageId === settledId(bad)
              ? Effect.andThen(
                  Effect.clockWith((clock) => Effect.sync(() => tries.push(clock.currentTimeMillisUnsafe()))),
                  Effect.die(new Error("no such shelf")),
                )
              : hear(message),
          ),
        )
        const good = [yield* settledOrder, yield* settledOrder]
        yield* pass(10 * minuteMs)
        expect(heard.sort()).toEqual(good.map(settledId).sort())
        expect(tries).toHaveLength(4)
        const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
        for (const [index, step] of [5_000, 15_000, 45_000].entries()) {
          expect(pauses[index]).toBeGreaterThanOrEqual(step * 0.8)
          expect(pauses[index]).toBeLessThanOrEqual(step * 1.2 + 2_000)
        }
        expect(yield* deliveries.list({ state: "dead" }, 10, null)).toMatchObject([
          { topic: bad.checkout.checkoutId, tries: 4, error: "no such shelf" },
        ])
      }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("that hangs holds up no other order, and is asked again", () =>
    Effect.gen(function* () {
      const hanging = yield* settledOrder
      let hangs = 0
      const { heard, hear } = listener()
      yield* start(
        onSettled({ name: "ship", from: "beginning", concurrency: 2 }, (message) => {
          if (message.messageId !== settledId(hanging)) return hear(message)
          hangs += 1
          return hangs < 3 ? Effect.never : hear(message)
        }),
      )
      const others = yield* Effect.forEach(Array.from({ length: 10 }), () => settledOrder)
      yield* pass(5_000)
      expect(heard.sort()).toEqual(others.map(settledId).sort())
      yield* pass(5 * minuteMs)
      expect(hangs).toBe(3)
      expect(heard).toContain(settledId(hanging))
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect(
    "that asks for a pause gets it, and one that wants nothing more is left alone until it is resumed",
    () =>
      Effect.gen(function* () {
        const deliveries = yield* Deliveries
        const answers = [
          new Postpone({ afterMs: 10 * minuteMs, message: "busy" }),
          new Unsubscribe({ message: "gone" }),
        ]
        let calls = 0
        yield* start(
          onSettled({ name: "ship", from: "beginning" }, () =>
            Effect.suspend(() => {
              calls += 1
              const answer = answers.shift()
              return answer === undefined ? Effect.void : Effect.fail(answer)
            }),
          ),
        )
        yield* settledOrder
        yield* pass(9 * minuteMs)
        expect(calls).toBe(1)
        yield* pass(2 * minuteMs)
        expect(calls).toBe(2)
        yield* pass(hourMs, 5_000)
        expect(calls).toBe(2)
        expect(yield* deliveries.status).toMatchObject([{ pausedWhy: "gone", waiting: 1 }])
        yield* deliveries.resume("ship")
        yield* pass(minuteMs)
        expect(calls).toBe(3)
        expect(yield* deliveries.status).toMatchObject([{ pausedWhy: null, waiting: 0, dead: 0 }])
      }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("of alerts is told when one is raised and when it ends, once for all who noticed it", () =>
    Effect.gen(function* () {
      const alerts = yield* Alerts
      const heard: Array<string> = []
      yield* start(
        onAlert(
          { name: "pager", from: "now" },
          async ({ kind, alert }) => void heard.push(`${kind} ${alert.subject}`),
        ),
      )
      yield* pass(1_000)
      const noticed = { kind: "mismatch", occurrence: "1", subject: "order-1", detail: "" } as const
      yield* alerts.raise(noticed)
      yield* alerts.raise(noticed)
      yield* pass(3_000)
      yield* alerts.end("mismatch", "1")
      yield* alerts.raise(noticed)
      yield* pass(3_000)
      expect(heard).toEqual(["alertRaised order-1", "alertEnded order-1"])
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect("of refunds is told of the refund of a mismatch too", () =>
    Effect.gen(function* () {
      const heard: Array<OrderMessage> = []
      yield* start(
        onRefunded({ name: "books", from: "beginning" }, async (message) => void heard.push(message)),
      )
      const mismatched = yield* happen(yield* executingOrder, executed({ amount: 1 }))
      yield* happen(mismatched, reported("REFUND_SUCCESS", { amount: 1 }))
      yield* pass(3_000)
      expect(heard.map(({ order }) => [order.state, order.refund?.state])).toEqual([
        ["mismatched", "refunded"],
      ])
    }).pipe(Effect.provide(recordsInMemory)),
  )

  it.effect.each(["Ship", "", "a b", "x".repeat(64)])("is not called %j", (name) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(onSettled({ name, from: "now" }, async () => {})))
      expect(error.reason).toContain("lower-case")
    }).pipe(Effect.scoped, Effect.provide(recordsInMemory)),
  )

  it.effect("shares its name with no other in the process", () =>
    Effect.gen(function* () {
      const ship = onSettled({ name: "ship", from: "now" }, async () => {})
      yield* Layer.build(ship)
      const error = yield* Effect.flip(Layer.build(Layer.fresh(ship)))
      expect(error.reason).toContain('two of them are called "ship"')
    }).pipe(Effect.scoped, Effect.provide(recordsInMemory)),
  )
})

describe("kill -9 anywhere: every settled order is delivered, and none too early", () => {
  it.effect("in memory, at every await", () =>
    Effect.gen(function* () {
      let inVain = 0
      for (const when of ["before", "after"] as const) {
        // As many awaits as the process makes while there is something to do.
        for (let atAwait = 1; atAwait <= 60; atAwait += 1) {
          inVain += yield* crashStory({
            name: "ship",
            death: { atAwait, when },
            second: TestClock.adjust(1_000),
            leasesEnd: Effect.void,
          }).pipe(Effect.provide(recordsInMemory, { local: true }), Effect.provide(TestClock.layer()))
        }
      }
      // Otherwise the deaths missed the handler and its record.
      expect(inVain).toBeGreaterThan(0)
    }),
  )

  it.live(
    "in PostgreSQL, at each await up to the first deliveries",
    () =>
      Effect.gen(function* () {
        const sql = yield* Database
        const deaths = Array.from({ length: 14 }, (_, index) => index + 1).flatMap((atAwait) =>
          (["before", "after"] as const).map((when) => ({ atAwait, when })),
        )
        const inVain = yield* Effect.forEach(
          deaths,
          (death) => {
            const name = `ship-${death.when}-${death.atAwait}`
            const leasesEnd = Effect.promise(() =>
              sql.begin(async (tx) => {
                await tx`UPDATE subscription SET held_until = clock_timestamp() WHERE name = ${name}`
                await tx`
                  UPDATE delivery SET due_at = clock_timestamp() WHERE subscription = ${name} AND state = 'waiting'`
              }),
            )
            return crashStory({ name, death, second: Effect.sleep("1 second"), leasesEnd })
          },
          { concurrency: 7 },
        )
        expect(Math.max(...inVain)).toBeGreaterThan(0)
      }).pipe(Effect.provide(recordsInPostgres)),
    120_000,
  )
})

it.effect("whatever fails however often, every message is delivered, in order for each order", () =>
  Effect.gen(function* () {
    const run = Effect.runPromiseWith(yield* Effect.context<never>())
    yield* Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ failures: fc.nat(4), refunded: fc.boolean() }), {
            minLength: 1,
            maxLength: 12,
          }),
          fc.integer({ min: 1, max: 4 }),
          (plans, workers) =>
            run(
              Effect.gen(function* () {
                const failures = new Map<string, number>()
                const heard: Array<string> = []
                const hear = ({ messageId }: Message) =>
                  Effect.suspend(() => {
                    const left = failures.get(messageId.slice(0, 36)) ?? 0
                    failures.set(messageId.slice(0, 36), left - 1)
                    if (left > 0) return Effect.fail(new Error("not yet"))
                    heard.push(messageId)
                    return Effect.void
                  })
                for (let each = 0; each < workers; each += 1)
                  yield* start(anyMessage({ concurrency: 3 }, hear))
                const expected: Array<string> = []
                for (const plan of plans) {
                  const executing = yield* executingOrder
                  const { checkoutId } = executing.checkout
                  failures.set(checkoutId, plan.failures)
                  const settled = yield* happen(executing, executed())
                  expected.push(settledId(settled))
                  if (plan.refunded) {
                    yield* happen(settled, reported("REFUND_SUCCESS"))
                    expected.push(messageIdOf({ topic: checkoutId, version: 6, kind: "refunded" }))
                  }
                  yield* pass(1_000)
                }
                yield* pass(15 * minuteMs, 10_000)
                expect([...heard].sort()).toEqual(expected.sort())
                for (const id of heard.filter((each) => each.endsWith("refunded"))) {
                  const settledAt = heard.findIndex((each) => each.startsWith(id.slice(0, 36)))
                  expect(settledAt).toBeLessThan(heard.indexOf(id))
                }
              }).pipe(Effect.provide(recordsInMemory, { local: true }), Effect.provide(TestClock.layer())),
            ),
        ),
        { numRuns: 12, seed: inject("seed") },
      ),
    )
  }),
)
