import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { stateInfo } from "../../machines/index.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { judge } from "../simulation/judges.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { buyer, type Death, makeProcess, type Process, shared } from "../support/world.ts"

const refunds = moved("refund")

const recordedAs = (orderId: string) =>
  Effect.flatMap(EventLog, (log) => log.find({ by: "orderId", value: orderId }))

const rowsOf = (orderId: string) =>
  Effect.gen(function* () {
    const recorded = yield* recordedAs(orderId)
    return yield* (yield* EventLog).history(recorded?.checkout.checkoutId ?? "")
  })

const startedBy = (orderId: string) =>
  Effect.map(rowsOf(orderId), (rows) =>
    rows.filter(({ type }) => type === "RefundStarted").map(({ data }) => data),
  )

const fault = faultOf("refund-payment")

/** The first await of a refund: how the checkout stands. */
const theLook = 1
/** Its claim: after the look, the wish, TossPay's word on it, and the record of that. */
const theClaim = 5

/** An order that is approved on the sheet and executed, and its id. */
const anExecuted = (process: Process) =>
  Effect.gen(function* () {
    const { payToken, order } = (yield* process.create()).checkout.context
    yield* approve(payToken ?? "")
    yield* process.execute(payToken ?? "")
    return order.orderId
  })

/** The same for an order whose execution is answered with another amount. */
const aMismatch = (process: Process) =>
  Effect.andThen(fault({ call: "execute-payment", fault: "wrongAmount" }), anExecuted(process))

describe("a refund that a person asks for", () => {
  it.effect("gives the whole payment back, with who and why on record before the call", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      expect(yield* server.refund(orderId)).toMatchObject({
        outcome: "refunded",
        reason: "REFUNDED",
        at: "settled.refunded",
        refund: { state: "refunded", amount: 9_000 },
      })
      expect(yield* startedBy(orderId)).toEqual([
        { attempt: 1, who: "kim", why: "asked for it", origin: "person" },
      ])
      expect(yield* refunds).toMatchObject([{ amount: 9_000, madeBy: "shop" }])
      expect((yield* server.read(orderId)).refund).toMatchObject({ state: "refunded", amount: 9_000 })
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is one refund, however many ask at once and whenever they ask again", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* makeProcess(), yield* makeProcess()]
      const orderId = yield* anExecuted(one)
      yield* (yield* TossPaySimulator).changeSettings({ repeatedRefund: "refund" })
      yield* fault({ fault: "slow", delayMs: 3_000 })
      const asking = yield* Effect.forkChild(
        Effect.all(
          [one, one, two, two].map((server, index) => server.refund(orderId, `admin ${index}`)),
          {
            concurrency: "unbounded",
          },
        ),
      )
      for (let seconds = 0; seconds < 20; seconds += 1) yield* TestClock.adjust(1_000)
      const answers = yield* Fiber.join(asking)
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(answers[0]).toMatchObject({ outcome: "refunded" })
      expect(yield* two.refund(orderId, "admin 5")).toEqual(answers[0])
      expect(yield* refunds).toHaveLength(1)
      expect(yield* startedBy(orderId)).toHaveLength(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is taken on by whoever asks again, once its lease has run out", () =>
    Effect.gen(function* () {
      const healthy = yield* makeProcess()
      const orderId = yield* anExecuted(healthy)
      const mortal = yield* makeProcess({ death: { atAwait: theClaim, when: "after" } })
      yield* Effect.forkChild(mortal.refund(orderId))
      yield* TestClock.adjust(60_000)
      const asking = yield* Effect.forkChild(healthy.refund(orderId))
      yield* TestClock.adjust(60_000)
      expect(yield* Fiber.join(asking)).toMatchObject({ outcome: "refunding" })
      const types = (yield* rowsOf(orderId)).map(({ type }) => type)
      expect(types.slice(-3)).toEqual(["RefundStarted", "LeaseExpired", "StatusReported"])
    }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "that was made on TossPay's dashboard a moment before is not made again, and is the dashboard's",
    () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        yield* simulator.changeSettings({ repeatedRefund: "refund" })
        const server = yield* makeProcess()
        const orderId = yield* anExecuted(server)
        const [payment] = yield* simulator.payments
        yield* simulator.dashboardRefund(payment?.payToken ?? "")
        expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded", reason: "REFUNDED" })
        expect(yield* refunds).toMatchObject([{ madeBy: "dashboard" }])
        const rows = yield* rowsOf(orderId)
        expect(rows.slice(-2)).toMatchObject([
          { type: "RefundRequested", data: { who: "kim", why: "asked for it" } },
          { type: "StatusReported", data: { origin: "dashboard" }, to: "settled.refunded" },
        ])
      }).pipe(Effect.provide(shared)),
  )

  it.effect("is called off where the dashboard has given a part back: ours are in full", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      const [payment] = yield* simulator.payments
      yield* simulator.dashboardRefund(payment?.payToken ?? "", 1)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refused", reason: "REFUND_FAILED" })
      expect(yield* refunds).toMatchObject([{ amount: 1, madeBy: "dashboard" }])
    }).pipe(Effect.provide(shared)),
  )

  it.effect(
    "that the dashboard made in part, before it was known here that it was paid, leaves it paid",
    () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const server = yield* makeProcess()
        const { payToken, order } = (yield* server.create({ reference: "shop-1" })).checkout.context
        yield* approve(payToken ?? "")
        yield* faultOf("execute-payment")({ fault: "replyLostAfter" })
        yield* faultOf("get-payment-status")({ fault: "replyLostBefore" })
        yield* Effect.forkChild(server.execute(payToken ?? ""))
        yield* TestClock.adjust(1)
        yield* simulator.dashboardRefund(payToken ?? "", 1_000)
        yield* pass(server, 5 * minuteMs)
        const view = yield* server.read(order.orderId)
        expect(view).toMatchObject({ state: "settled", safeToRetry: false })
        expect(view.refund ?? null).toBeNull()
        expect(yield* Effect.flip(server.create({ reference: "shop-1" }))).toMatchObject({
          reason: "ALREADY_PAID",
        })
        expect(yield* server.refund(order.orderId)).toMatchObject({
          outcome: "refused",
          reason: "REFUND_FAILED",
        })
        expect(yield* judge([order.orderId], [])).toEqual([])
      }).pipe(Effect.provide(shared)),
  )

  it.effect("that TossPay says was made already while ours was called for is the dashboard's", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      const [payment] = yield* simulator.payments
      const between = yield* makeProcess({
        network:
          (send) =>
          (call, ...rest) =>
            Effect.andThen(
              call === "refund-payment" ? simulator.dashboardRefund(payment?.payToken ?? "") : Effect.void,
              send(call, ...rest),
            ).pipe(Effect.orDie),
      })
      expect(yield* between.refund(orderId)).toMatchObject({ outcome: "refunded" })
      expect(yield* refunds).toMatchObject([{ madeBy: "dashboard" }])
      expect((yield* rowsOf(orderId)).slice(-2)).toMatchObject([
        { type: "RefundRefused", data: { attempt: 1, code: "REFUND_ALREADY_REFUNDED" } },
        { type: "StatusReported", data: { origin: "dashboard" }, to: "settled.refunded" },
      ])
    }).pipe(Effect.provide(shared)),
  )

  it.effect("that cannot be asked about yet is on record, and is called for once TossPay answers", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      yield* fault({ call: "get-payment-status", fault: "http503", times: 2 })
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunding", reason: "REFUND_WAITS" })
      expect(yield* startedBy(orderId)).toEqual([])
      yield* pass(server, 5 * minuteMs, 15_000)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded", who: "kim" })
      expect(yield* refunds).toMatchObject([{ madeBy: "shop" }])
    }).pipe(Effect.provide(shared)),
  )

  it.effect("that TossPay refuses is refused alike to all who asked at once, and may be tried again", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      yield* fault({ fault: "errorCode", value: "INACTIVE_USER" })
      const far = yield* makeProcess({
        network:
          (send) =>
          (...call) =>
            Effect.delay(send(...call), 1_000),
      })
      const asking = yield* Effect.forkChild(
        Effect.all([far.refund(orderId), far.refund(orderId, "lee")], { concurrency: "unbounded" }),
      )
      for (let seconds = 0; seconds < 20; seconds += 1) yield* TestClock.adjust(1_000)
      const answers = yield* Fiber.join(asking)
      expect(answers[0]).toMatchObject({ outcome: "refused", reason: "INACTIVE_USER", at: "settled.paid" })
      expect(answers[1]).toEqual(answers[0])
      expect(yield* startedBy(orderId)).toHaveLength(1)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded" })
      expect(yield* startedBy(orderId)).toMatchObject([{ attempt: 1 }, { attempt: 2 }])
    }).pipe(Effect.provide(shared)),
  )

  it.effect("that TossPay refuses while a slower person asks is that person's answer as well", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      yield* fault({ fault: "errorCode", value: "INACTIVE_USER" })
      const slow = yield* makeProcess({ stall: { atAwait: theLook, forMs: 10_000 } })
      const asking = yield* Effect.forkChild(slow.refund(orderId, "lee"))
      yield* TestClock.adjust(1)
      const answer = yield* server.refund(orderId)
      expect(answer).toMatchObject({ outcome: "refused", reason: "INACTIVE_USER" })
      yield* TestClock.adjust(10_000)
      expect(yield* Fiber.join(asking)).toEqual(answer)
      expect(yield* startedBy(orderId)).toHaveLength(1)
      expect(yield* refunds).toEqual([])
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is refused with the reason once TossPay has settled with the shop, without a call", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      const simulator = yield* TossPaySimulator
      const [payment] = yield* simulator.payments
      yield* simulator.moveStatus(payment?.payToken ?? "", "SETTLEMENT_COMPLETE")
      const refused = { outcome: "refused", reason: "SETTLEMENT_COMPLETE", at: "settled.paid" }
      expect(yield* server.refund(orderId)).toMatchObject(refused)
      expect(yield* server.refund(orderId)).toMatchObject(refused)
      expect(yield* startedBy(orderId)).toEqual([])
      expect((yield* recordedAs(orderId))?.checkout.context.payment?.payStatus).toBe("SETTLEMENT_COMPLETE")
    }).pipe(Effect.provide(shared)),
  )

  it.effect("of an order that was never charged is refused, and TossPay is not called", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const { order } = (yield* server.create()).checkout.context
      const refused = { outcome: "refused", reason: "NOT_CHARGED" }
      expect(yield* server.refund(order.orderId)).toMatchObject(refused)
      expect(yield* startedBy(order.orderId)).toEqual([])
      expect(yield* Effect.flip(server.refund("nothing"))).toMatchObject({ reason: "CHECKOUT_NOT_FOUND" })
    }).pipe(Effect.provide(shared)),
  )

  it.effect("of a payer who was forgotten is refused with the reason, and no call is claimed", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* anExecuted(server)
      yield* (yield* Payers).forget((yield* Payers).fingerprint(buyer), { who: "kim", why: "asked for it" })
      expect(yield* server.refund(orderId)).toMatchObject({
        outcome: "refused",
        reason: "PAYER_FORGOTTEN",
        at: "settled.paid",
      })
      expect(yield* startedBy(orderId)).toEqual([])
    }).pipe(Effect.provide(shared)),
  )

  it.effect("whose reply is lost is found out, even if the bank would give back again", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      yield* simulator.changeSettings({ repeatedRefund: "refund" })
      const server = yield* makeProcess({
        network:
          (send) =>
          (call, ...rest) =>
            Effect.andThen(
              call === "refund-payment"
                ? Effect.orDie(simulator.setFault({ call: "get-payment-status", fault: "http503", times: 3 }))
                : Effect.void,
              send(call, ...rest),
            ),
      })
      const orderId = yield* anExecuted(server)
      yield* fault({ fault: "replyLostAfter" })
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunding", reason: "REFUNDING" })
      yield* pass(server, 10 * minuteMs, 15_000)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded" })
      expect(yield* refunds).toHaveLength(1)
    }).pipe(Effect.provide(shared)),
  )
})

describe("a mismatch that moved money", () => {
  it.effect("is given back at once, by the policy it was opened with", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      const orderId = yield* aMismatch(server)
      expect((yield* recordedAs(orderId))?.checkout.state).toBe("mismatched.refunded")
      expect(yield* startedBy(orderId)).toEqual([
        { attempt: 1, who: "policy", why: "AMOUNT_MISMATCH", origin: "policy" },
      ])
      expect(yield* refunds).toHaveLength(1)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded", who: "policy" })
    }).pipe(Effect.provide(shared)),
  )

  it.effect("is refunded once, by its policy or by a person, whoever is first", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* makeProcess(), yield* makeProcess()]
      yield* (yield* TossPaySimulator).changeSettings({ repeatedRefund: "refund" })
      const { payToken, order } = (yield* one.create()).checkout.context
      yield* approve(payToken ?? "")
      yield* fault({ call: "execute-payment", fault: "wrongAmount" })
      yield* fault({ fault: "slow", delayMs: 2_000 })
      const asking = yield* Effect.forkChild(
        Effect.all([one.execute(payToken ?? ""), Effect.delay(two.refund(order.orderId), 1_000)], {
          concurrency: "unbounded",
        }),
      )
      for (let seconds = 0; seconds < 20; seconds += 1) yield* TestClock.adjust(1_000)
      expect((yield* Fiber.join(asking))[1]).toMatchObject({ outcome: "refunded", who: "policy" })
      expect(yield* refunds).toHaveLength(1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("keeps its evidence, with both sides of every comparison, though execution and refund fail", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      yield* fault({ fault: "errorCode", value: "INACTIVE_USER", times: "always" })
      const orderId = yield* aMismatch(server)
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refused" })
      yield* pass(server, 20 * minuteMs, 15_000)
      const log = yield* EventLog
      const { checkout } = (yield* recordedAs(orderId)) ?? expect.fail()
      const found = (yield* log.history(checkout.checkoutId)).find(({ to }) => to === "mismatched.owed")
      const { amount } = checkout.context.order
      const { answer, checks } = (found ?? expect.fail()).data as {
        readonly answer: { readonly orderNo: string; readonly amount: number }
        readonly checks: ReadonlyArray<{ readonly field: string }>
      }
      expect(answer.orderNo).toBe(orderId)
      expect(answer.amount).not.toBe(amount)
      expect(checks).toContainEqual({ field: "amount", ours: amount, theirs: answer.amount, agrees: false })
      expect(checks.map(({ field }) => field)).toEqual(
        expect.arrayContaining(["amount", "orderNo", "payToken", "mode"]),
      )
    }).pipe(Effect.provide(shared)),
  )

  it.effect("waits for a person when TossPay refuses its refund, and a person may try again", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess()
      yield* fault({ fault: "errorCode", value: "INACTIVE_USER", times: 1 })
      const orderId = yield* aMismatch(server)
      yield* pass(server, 20 * minuteMs, 15_000)
      expect((yield* recordedAs(orderId))?.checkout.state).toBe("mismatched.charged")
      expect(yield* server.refund(orderId)).toMatchObject({ outcome: "refunded", who: "kim" })
    }).pipe(Effect.provide(shared)),
  )
})

describe("a process may die at any await of a refund", { tags: "exhaustive" }, () => {
  const story = (
    begin: (process: Process) => Effect.Effect<string, unknown, TossPaySimulator>,
    isAsked: boolean,
    faults: ReadonlyArray<object>,
    death: Death,
  ) =>
    Effect.gen(function* () {
      yield* (yield* TossPaySimulator).changeSettings({ repeatedRefund: "refund" })
      const mortal = yield* makeProcess({ death })
      const other = yield* makeProcess()
      const life = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (const over of faults) yield* fault(over)
          const orderId = yield* begin(isAsked ? other : mortal)
          return isAsked ? yield* mortal.refund(orderId) : orderId
        }),
      )
      for (let seconds = 0; seconds < 20; seconds += 1) yield* TestClock.adjust(1_000)
      yield* pass(other, 30 * minuteMs, 15_000)
      yield* Fiber.interrupt(life)
      const [payment] = yield* (yield* TossPaySimulator).payments
      const recorded = yield* recordedAs(payment?.orderNo ?? "")
      return {
        awaits: mortal.awaits(),
        died: mortal.isDead(),
        state: recorded?.checkout.state ?? null,
        wrong: yield* judge(payment === undefined ? [] : [payment.orderNo], []),
        refunded: (yield* refunds).length,
      }
    }).pipe(Effect.provide(shared, { local: true }))

  const faults: ReadonlyArray<[string, ReadonlyArray<object>]> = [
    ["when all is well", []],
    ["when the reply is lost before the refund", [{ fault: "replyLostBefore" }]],
    ["when the reply is lost after the refund", [{ fault: "replyLostAfter" }]],
    ["when the reply cannot be read", [{ fault: "unreadable" }]],
    ["when the reply names another amount", [{ fault: "wrongAmount" }]],
    ["when TossPay refuses", [{ fault: "errorCode", value: "INACTIVE_USER" }]],
    ["when TossPay asks to come back later", [{ fault: "errorCode", value: "REFUND_EXCEED_DAILY" }]],
    [
      "when TossPay says that it was done already",
      [{ fault: "errorCode", value: "REFUND_ALREADY_REFUNDED" }],
    ],
    ["when the reply is slower than our patience", [{ fault: "slow", delayMs: 40_000 }]],
    ["when the refund happens after we gave up", [{ fault: "late", delayMs: 30_000 }]],
  ]

  for (const [whose, begin, isAsked] of [
    ["asked for by a person", anExecuted, true],
    ["of a mismatch, by policy", aMismatch, false],
  ] as const) {
    for (const [name, bent] of faults) {
      it.effect(`${whose}, ${name}: at most one refund, and all of it recorded`, () =>
        Effect.gen(function* () {
          for (const when of ["before", "after"] as const) {
            for (let atAwait = 1; ; atAwait += 1) {
              const end = yield* story(begin, isAsked, bent, { atAwait, when })
              const at = `dies ${when} await ${atAwait}: ${JSON.stringify(end)}`
              expect(end.wrong, at).toEqual([])
              expect(end.refunded, at).toBeLessThanOrEqual(1)
              if (end.state !== null) {
                const { owner, refund } = stateInfo(end.state)
                expect(owner === "nobody" || owner === "person", at).toBe(true)
                expect(refund === "refunded", at).toBe(end.refunded === 1)
              }
              if (!end.died) {
                expect(atAwait).toBeGreaterThan(4)
                break
              }
            }
          }
        }),
      )
    }
  }
})
