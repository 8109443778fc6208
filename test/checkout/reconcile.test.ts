import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { stateMeanings } from "../../machines/index.ts"
import { createCheckout } from "../../server/checkout/create.ts"
import { executeCheckout } from "../../server/checkout/execute.ts"
import { reconcile } from "../../server/checkout/reconcile.ts"
import { waitingForPerson } from "../../server/checkout/waiting.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { inMemory } from "../../server/testing/index.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import { pace, terms } from "../support/world.ts"

const minuteMs = 60_000

const anOrder = Effect.gen(function* () {
  const payer = (yield* Payers).fingerprint("buyer-1")
  const wish = { items: [{ sku: "coffee", quantity: 2 }] }
  const request = {
    wish,
    expectedAmount: null,
    reference: null,
    idempotencyKey: null,
    language: "en",
  } as const
  const hold = { ...terms, onMismatch: "hold" } as const
  const { payToken, order } = (yield* createCheckout(hold)(payer, "buyer-1", request)).checkout.context
  return { payer, payToken: payToken ?? "", orderId: order.orderId }
})

/** An order whose execution was answered with another amount, and whose money is held for a person. */
const aMismatch = Effect.gen(function* () {
  const { payer, payToken, orderId } = yield* anOrder
  const simulator = yield* TossPaySimulator
  yield* simulator.sheet(payToken, { action: "approve" } as never)
  yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount" } as Fault)
  yield* executeCheckout(15_000, pace)(payer, payToken)
  return orderId
})

describe("reconciling", () => {
  it.effect("goes on until nothing is due, no faster than the pace, and tells how far it is", () =>
    Effect.gen(function* () {
      for (let count = 0; count < 8; count += 1) yield* anOrder
      yield* TestClock.adjust(17 * minuteMs)
      const heard: Array<readonly [number, number]> = []
      const work = yield* Effect.forkChild(
        reconcile({ ...pace, perMinute: 20 }, (...progress) => Effect.sync(() => heard.push(progress))),
      )
      yield* TestClock.adjust(minuteMs)
      const { moved, ...rest } = yield* Fiber.join(work)
      expect(heard[0]).toEqual([4, 4])
      expect(heard.at(-1)).toEqual([8, 0])
      expect(heard.length).toBeGreaterThan(10)
      expect(moved).toHaveLength(8)
      for (const one of moved) expect(one).toMatchObject({ from: "minted.ready", to: "failed.closed" })
      expect(rest).toEqual({
        broken: [],
        left: { unfinished: 0, due: 0, oldestSince: null },
        isTossPayAway: false,
        waiting: [],
      })
    }).pipe(Effect.provide(inMemory())),
  )

  it.effect("does not wait for a TossPay that is away: it says so, with what is still due", () =>
    Effect.gen(function* () {
      yield* anOrder
      yield* TestClock.adjust(17 * minuteMs)
      const away = Layer.succeed(TossPay, { ...(yield* TossPay), health: Effect.succeed("away" as const) })
      const end = yield* reconcile(pace, () => Effect.void).pipe(Effect.provide(away))
      expect(end).toMatchObject({ moved: [], left: { unfinished: 1, due: 1 }, isTossPayAway: true })
    }).pipe(Effect.provide(inMemory())),
  )

  it.effect("names checkouts that cannot be recovered, and recovers the others", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const orders = [yield* anOrder, yield* anOrder]
      yield* TestClock.adjust(17 * minuteMs)
      const found = yield* log.find({ by: "orderId", value: orders[0]?.orderId ?? "" })
      const checkoutId = found?.checkout.checkoutId ?? ""
      const unreadable = Layer.succeed(EventLog, {
        ...log,
        find: (lookup) =>
          lookup.value === checkoutId ? Effect.die(new Error("this history is broken")) : log.find(lookup),
      })
      const end = yield* reconcile(pace, () => Effect.void).pipe(Effect.provide(unreadable))
      expect(end).toMatchObject({ broken: [checkoutId], moved: [{ orderId: orders[1]?.orderId }] })
    }).pipe(Effect.provide(inMemory())),
  )

  it.effect("lists what waits for a person, longest first, with what it means", () =>
    Effect.gen(function* () {
      const first = yield* aMismatch
      yield* TestClock.adjust(1_000)
      const next = yield* aMismatch
      yield* anOrder
      const waiting = yield* waitingForPerson
      expect(waiting).toEqual(
        [first, next].map((orderId, second) => ({
          orderId,
          state: "mismatched.charged",
          amount: 9_000,
          since: new Date(second * 1_000).toISOString(),
          meaning: stateMeanings["mismatched.charged"],
        })),
      )
      expect((yield* reconcile(pace, () => Effect.void)).waiting).toEqual(waiting)
    }).pipe(Effect.provide(inMemory())),
  )
})
