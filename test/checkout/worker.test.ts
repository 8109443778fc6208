import { describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { Advance } from "../../server/checkout/advance.ts"
import { paceBy, recoveryWorker } from "../../server/checkout/recover.ts"
import { CurrentSettings } from "../../server/config.ts"
import { Unavailable } from "../../server/errors.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { type Health, TossPay } from "../../server/tosspay/tosspay.ts"
import { approve, faultOf, pass } from "../support/bank.ts"
import { makeProcess, shared } from "../support/world.ts"

const settingsOf = (env: Record<string, string>) =>
  Layer.orDie(CurrentSettings.layer({ tossPayBaseUrl: "http://bank" })).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))),
  )

const settings = settingsOf({ RECOVERY_INTERVAL_MS: "5000" })

/** The worker over this log and a TossPay that is never called; works while the scope is open. */
const working = (log: Partial<EventLog["Service"]>) =>
  Effect.gen(function* () {
    const whole = { ...(yield* EventLog), ...log }
    const services = Layer.mergeAll(
      Layer.succeed(EventLog, whole),
      Layer.succeed(TossPay, { health: Effect.succeed("well") } as unknown as TossPay["Service"]),
      Layer.succeed(Advance, {} as unknown as Advance["Service"]),
      settings,
    )
    yield* Layer.build(Layer.provide(recoveryWorker, services))
  })

describe("the recovery worker", () => {
  it.effect("looks at once, and then again and again, never quite in step with the others", () =>
    Effect.gen(function* () {
      const looks: Array<number> = []
      yield* working({
        takeDue: () =>
          Effect.map(Clock.currentTimeMillis, (ms) => {
            looks.push(ms)
            return []
          }),
      })
      yield* TestClock.adjust(600_000)
      const pauses = looks.slice(1).map((ms, index) => ms - (looks[index] ?? 0))
      expect(looks[0]).toBe(0)
      expect(pauses.length).toBeGreaterThan(95)
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(4_000)
      expect(Math.max(...pauses)).toBeLessThanOrEqual(6_000)
      expect(new Set(pauses).size).toBeGreaterThan(10)
    }).pipe(Effect.provide(shared)),
  )

  it.effect.each([
    ["the database is away", Effect.fail(new Unavailable({ what: "DATABASE", retryable: true }))],
    ["something is broken", Effect.die(new Error("nobody thought of this"))],
  ] as const)("looks again after a look that failed because %s", ([, failure]) =>
    Effect.gen(function* () {
      let looks = 0
      yield* working({
        takeDue: () => {
          looks += 1
          return looks === 1 ? failure : Effect.succeed([])
        },
      })
      yield* TestClock.adjust(60_000)
      expect(looks).toBeGreaterThan(8)
    }).pipe(Effect.provide(shared)),
  )
})

describe("the pace of recovery", () => {
  const paceWith = (env: Record<string, string>) =>
    Effect.provide(Effect.map(CurrentSettings, paceBy), settingsOf(env))

  it.effect("is what the settings say, and what is taken stays taken for a lease", () =>
    Effect.gen(function* () {
      const env = { CHECKOUT_LEASE_MS: "20000", RECOVERY_PER_MINUTE: "70" }
      expect(yield* paceWith(env)).toEqual({ holdMs: 20_000, perMinute: 70 })
    }),
  )

  it.effect("leaves buyers half of what TossPay takes in a minute, unless the settings say otherwise", () =>
    Effect.gen(function* () {
      const [theirsPerMinute, callsPerCheckout] = [3_000, 3]
      const { perMinute } = yield* paceWith({})
      expect(perMinute * callsPerCheckout).toBeLessThanOrEqual(theirsPerMinute / 2)
    }),
  )
})

describe("a question that is due", () => {
  it.effect(
    "is put on record only once its time has passed, also by a worker that took it and stood still",
    () =>
      Effect.gen(function* () {
        const healthy = yield* makeProcess()
        const slow = yield* makeProcess({ stall: { atAwait: 1, forMs: 50_000 } })
        const { checkout } = yield* healthy.create()
        const payToken = checkout.context.payToken ?? ""
        yield* approve(payToken)
        yield* faultOf("execute-payment")({ fault: "replyLostAfter" })
        yield* faultOf("get-payment-status")({ fault: "unreadable", times: "always" })
        yield* Effect.forkChild(healthy.execute(payToken))
        yield* pass(healthy, 20_000, 1_000)
        const log = yield* EventLog
        while ((yield* log.backlog).due === 0) yield* TestClock.adjust(100)
        const look = yield* Effect.forkChild(slow.recover)
        yield* TestClock.adjust(1)
        yield* pass(healthy, 60_000, 1_000)
        expect(yield* Fiber.join(look), "somebody else has asked meanwhile").toEqual([])
        const rows = yield* log.history(checkout.checkoutId)
        const gapsMs = rows.flatMap((row, index) =>
          row.type === "StatusAsked"
            ? [Date.parse(row.recordedAt) - Date.parse(rows[index - 1]?.recordedAt ?? "")]
            : [],
        )
        expect(gapsMs.length).toBeGreaterThan(2)
        for (const [asks, gapMs] of gapsMs.entries()) expect(gapMs).toBeGreaterThanOrEqual(5_000 * 3 ** asks)
      }).pipe(Effect.provide(shared)),
  )
})

describe("recovery, by how TossPay is doing", () => {
  const minuteMs = 60_000

  /** Checkouts that are due, a server that recovers them, and what it took. */
  const aBacklog = (health: () => Health) =>
    Effect.gen(function* () {
      const healthy = yield* makeProcess()
      const orderIds: Array<string> = []
      for (let count = 0; count < 3; count += 1) {
        const { payToken, order } = (yield* healthy.create()).checkout.context
        yield* healthy.report(payToken ?? "", "started")
        orderIds.push(order.orderId)
      }
      yield* TestClock.adjust(16 * minuteMs)
      const limits: Array<number> = []
      let reads = 0
      const server = yield* makeProcess({
        bug: {
          bank: (bank) => ({ ...bank, health: Effect.sync(health) }),
          log: (log) => ({
            ...log,
            takeDue: (taking) => {
              limits.push(taking.limit)
              return log.takeDue(taking)
            },
            takeIfDue: (...args) => {
              reads += 1
              return log.takeIfDue(...args)
            },
          }),
        },
      })
      return { server, orderIds, limits, reads: () => reads }
    })

  it.effect("takes nothing while it is away: what is due stays due", () =>
    Effect.gen(function* () {
      const { server, orderIds, limits, reads } = yield* aBacklog(() => "away")
      const before = yield* (yield* EventLog).backlog
      expect(before.due).toBe(3)
      expect(yield* server.recover).toEqual([])
      for (const orderId of orderIds) yield* server.read(orderId)
      expect([limits, reads()]).toEqual([[], 0])
      expect(yield* (yield* EventLog).backlog).toEqual(before)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("takes one at a time until it is known to be back, then many", () =>
    Effect.gen(function* () {
      let calls = 0
      const { server, limits } = yield* aBacklog(() => {
        calls += 1
        return calls === 1 ? "untested" : "well"
      })
      expect(yield* server.recover).toHaveLength(3)
      expect(limits[0]).toBe(1)
      expect(limits[1]).toBeGreaterThan(10)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("takes an overdue order when its buyer reads it and all is well", () =>
    Effect.gen(function* () {
      const { server, orderIds, reads } = yield* aBacklog(() => "well")
      const [payment] = yield* (yield* TossPaySimulator).payments
      expect(payment?.orderNo).toBe(orderIds[0])
      expect((yield* server.read(orderIds[0] ?? "")).state).toBe("failed")
      expect(reads()).toBe(1)
      expect((yield* (yield* EventLog).backlog).due).toBe(2)
    }).pipe(Effect.provide(shared)),
  )
})
