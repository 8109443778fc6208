/** Several pages of one device, several devices, several buttons: each looks after its own order, and none is charged twice. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import type { Screen, Wish } from "../../client/index.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"
import {
  approving,
  charges,
  dying,
  gate,
  memoryStorage,
  moment,
  network,
  no,
  ordersOf,
  page,
  silence,
  tab,
  until,
  untilRest,
  untilStep,
  wish,
} from "./page.ts"

describe("two tabs", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("that pay the same order make one charge, and both show it", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const sheet = gate()
        const it = yield* page(async (payToken) => {
          await sheet.pass()
          return pays(payToken)
        })
        const other = it.reloaded({ checkoutPayment: async () => ({ success: true }) })
        yield* untilRest(other)
        it.checkout.pay(wish)
        yield* sheet.reached
        other.pay(wish)
        yield* untilStep(other, "ready")
        sheet.open()
        const paid = yield* untilStep(it.checkout, "paid")
        other.pay(wish)
        expect((yield* untilStep(other, "paid")).orderId).toBe(paid.orderId)
        expect(yield* charges(paid)).toBe(1)
        expect(yield* ordersOf(it)).toHaveLength(1)
      }),
    )

    it.effect("that are tapped in the same moment make one order, however long the storage takes", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const kept = memoryStorage()
        const bridge = () => new Promise((resolve) => setImmediate(resolve))
        const it = yield* page(pays, {
          storage: {
            getItem: (name) => bridge().then(() => kept.getItem(name)),
            setItem: (name, text) => bridge().then(() => kept.setItem(name, text)),
          },
        })
        const tabs = [it.checkout, tab(it.options)] as const
        for (const tab of tabs) tab.pay(wish)
        const [one, other] = [yield* untilStep(tabs[0], "paid"), yield* untilStep(tabs[1], "paid")]
        expect(other.orderId).toBe(one.orderId)
        expect(yield* charges(one)).toBe(1)
        expect(yield* ordersOf(it)).toHaveLength(1)
      }),
    )

    it.effect("one of which has looked before the other's order was there make one order", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const [creating, opened] = [gate(), moment()]
        const it = yield* page(pays)
        const nobodys = { key: "k", wish: "another", orderId: "never-was" }
        it.storage.setItem("tosspay-checkout", JSON.stringify([nobodys]))
        const one = tab({
          ...it.options,
          checkoutPayment: async ({ params }) => {
            opened.reach()
            return pays(params.payToken)
          },
          fetch: async (input, init) => {
            if (String(input).endsWith("/create")) await creating.pass()
            return fetch(input, init)
          },
        })
        const other = tab({
          ...it.options,
          fetch: async (input, init) => {
            if (String(input).endsWith("/never-was")) {
              creating.open()
              await Effect.runPromise(opened.reached)
            }
            return fetch(input, init)
          },
        })
        one.pay(wish)
        yield* creating.reached
        other.pay(wish)
        const paid = yield* untilStep(other, "paid")
        expect(yield* untilStep(one, "paid")).toMatchObject({ orderId: paid.orderId })
        expect(yield* charges(paid)).toBe(1)
        expect(yield* ordersOf(it)).toHaveLength(1)
      }),
    )

    it.effect("one of which is closed while the other pays: neither says that it was cancelled", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(
          async () => {
            other.pay(wish)
            await Effect.runPromise(untilStep(other, "paid"))
            return { success: false, reason: "closed" }
          },
          // The second word of the sheet is that it was closed.
          {
            fetch: network((path, nth) =>
              path === "/authentication" && nth === 2 ? no(503, "AWAY") : undefined,
            ),
          },
        )
        const other = tab({
          ...it.options,
          fetch,
          checkoutPayment: async ({ params }) => pays(params.payToken),
        })
        const shown: Array<Screen> = []
        it.checkout.subscribe(() => shown.push(it.checkout.screen()))
        it.checkout.pay(wish)
        yield* until(it.checkout, ({ isBusy, step }) => !isBusy && step !== "idle")
        expect(it.checkout.screen()).toMatchObject({ step: "paid", orderId: other.screen().orderId })
        expect(shown.filter(({ reason }) => reason === "CLOSED")).toEqual([])
        expect(shown).toContainEqual(expect.objectContaining({ step: "confirming", canPay: false }))
      }),
    )

    it.effect("show each other's orders when the buyer comes back to them", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const { checkout, reloaded } = yield* page(pays)
        checkout.pay(wish)
        const first = yield* untilStep(checkout, "paid")
        const other = reloaded()
        yield* untilStep(other, "paid")
        other.startOver()
        other.pay({ amount: 1_000 })
        const second = yield* untilStep(other, "paid")
        expect(second.orderId).not.toBe(first.orderId)
        checkout.askAgain()
        yield* until(checkout, ({ orderId }) => orderId === second.orderId)
        expect(yield* untilStep(checkout, "paid")).toMatchObject({ orderId: second.orderId, amount: 1_000 })
      }),
    )

    it.effect("change each their own order's memory alone: the end of one is not the end of the other", () =>
      Effect.gen(function* () {
        const { approve, pays } = yield* approving
        const tip = { amount: 1_000 }
        const sheet = gate()
        const it = yield* page(async (payToken) => {
          await sheet.pass()
          return pays(payToken)
        })
        it.checkout.pay(wish)
        yield* sheet.reached
        const tipApproved = moment()
        const dying = tab({
          ...it.options,
          checkoutPayment: async ({ params }) => {
            await approve(params.payToken)
            tipApproved.reach()
            return silence()
          },
        })
        dying.pay(tip)
        yield* tipApproved.reached
        sheet.open()
        const first = yield* untilStep(it.checkout, "paid")
        it.checkout.startOver()
        const second = yield* untilStep(it.reloaded({ wish: tip }), "paid")
        expect(second).toMatchObject({ amount: 1_000 })
        expect(second.orderId).not.toBe(first.orderId)
        expect(yield* ordersOf(it)).toHaveLength(2)
      }),
    )

    it.effect("tell of a payment once between them, and not again under the same reference", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const { checkout, events, reloaded } = yield* page(pays)
        const mine = { ...wish, reference: "basket-2" }
        checkout.pay(mine)
        const paid = yield* untilStep(checkout, "paid")
        const other = reloaded()
        yield* untilStep(other, "paid")
        checkout.startOver()
        checkout.pay(mine)
        expect(yield* untilStep(checkout, "paid")).toMatchObject({ orderId: paid.orderId })
        expect(events.filter(({ type }) => type === "paid")).toHaveLength(1)
      }),
    )

    it.effect("without a common storage are held together by the shop's reference", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(pays)
        const mine = { ...wish, reference: "basket-1" }
        const [one, other] = [it.checkout, it.reloaded({ storage: memoryStorage() })]
        yield* untilRest(other)
        one.pay(mine)
        const paid = yield* untilStep(one, "paid")
        other.pay(mine)
        expect(yield* untilStep(other, "paid")).toMatchObject({ orderId: paid.orderId, amount: 9_000 })
        expect(yield* charges(paid)).toBe(1)
      }),
    )
  })
})

describe("two buttons", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("neither show nor tell the order of the other", () =>
      Effect.gen(function* () {
        const { sheet, approved } = yield* dying
        const { checkout, events, reloaded } = yield* page(sheet)
        checkout.pay(wish)
        yield* approved
        const steps = new Set<string>()
        const tip = reloaded({ wish: { amount: 1_000 } })
        tip.subscribe(() => steps.add(tip.screen().step))
        yield* untilRest(tip)
        expect(tip.screen()).toMatchObject({ step: "idle", orderId: null, canPay: true })
        expect(steps).not.toContain("paid")
        expect(events.map(({ type }) => type)).not.toContain("paid")
        yield* untilStep(reloaded({ wish }), "paid")
        expect(events.filter(({ type }) => type === "paid")).toHaveLength(1)
      }),
    )

    it.effect.each([
      ["another amount", { amount: 2_000 }],
      ["another reference", { amount: 1_000, reference: "basket-b" }],
      ["another price", { amount: 1_000, reference: "basket-a", expectedAmount: 999 }],
    ] as const)("one whose wish becomes %s no longer shows what was paid before", ([, next]) =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(pays)
        const first: Wish = { amount: 1_000, reference: "basket-a", expectedAmount: 1_000 }
        const options = { ...it.options, wish: first }
        const checkout = tab(options)
        checkout.pay(first)
        yield* untilStep(checkout, "paid")
        Object.assign(options, { wish: next })
        checkout.askAgain()
        yield* untilRest(checkout)
        expect(checkout.screen()).toMatchObject({ step: "idle", orderId: null, amount: null, canPay: true })
      }),
    )

    it.effect("one whose wish becomes another while it is paid still tells of what was paid on it", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(pays)
        const options = {
          ...it.options,
          wish,
          checkoutPayment: async ({ params }: { params: { payToken: string } }) => {
            Object.assign(options, { wish: { amount: 1_000 } })
            return pays(params.payToken)
          },
        }
        const checkout = tab(options)
        checkout.pay(wish)
        const { orderId } = yield* untilStep(checkout, "paid")
        expect(it.events).toContainEqual({ type: "paid", orderId, amount: 9_000 })
      }),
    )
  })
})

describe("an order that another page took further", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500", CHECKOUT_LEASE_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect("under the same reference on another device opens no second sheet", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const simulator = yield* TossPaySimulator
          let sheets = 0
          const it = yield* page((payToken) => {
            sheets += 1
            return pays(payToken)
          })
          yield* simulator.setFault({ call: "execute-payment", fault: "replyLostAfter", times: 1 })
          yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 })
          const mine = { ...wish, reference: "basket-3" }
          it.checkout.pay(mine)
          yield* until(it.checkout, ({ at }) => at === "executing.unknown")
          const other = it.reloaded({ storage: memoryStorage() })
          yield* untilRest(other)
          other.pay(mine)
          const paid = yield* untilStep(other, "paid")
          expect(sheets).toBe(1)
          expect(yield* charges(paid)).toBe(1)
        }),
      )

      it.effect.each([
        ["paid", "approve", "paid"],
        ["cancelled", "decline", "unpaid"],
      ] as const)(
        "and that is %s already under the key that was asked with opens no sheet",
        ([, action, step]) =>
          Effect.gen(function* () {
            const { call, sheet } = yield* Shop
            let sheets = 0
            const it = yield* page(() => {
              sheets += 1
            })
            const headers = {
              ...(yield* Effect.promise(async () => it.options.headers?.())),
              "idempotency-key": "k",
            }
            const { body } = yield* call("POST", "/api/payment/create", wish, { headers })
            yield* sheet(body.payToken, action)
            yield* call(
              "POST",
              "/api/payment/authentication",
              { payToken: body.payToken, outcome: "unknown" },
              { headers },
            )
            if (action === "approve")
              yield* call("POST", "/api/payment/execute", { payToken: body.payToken }, { headers })
            it.storage.setItem("tosspay-checkout", JSON.stringify([{ key: "k", wish: JSON.stringify(wish) }]))
            it.checkout.pay(wish)
            expect(yield* untilStep(it.checkout, step)).toMatchObject({ orderId: body.orderId })
            expect(sheets).toBe(0)
          }),
      )
    },
  )
})

describe("two buyers of one device", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect(
      "keep each their own: what one left in doubt is theirs to come back to, whatever the other does",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { sheet, approved } = yield* dying
          const first = yield* page(sheet)
          first.checkout.pay(wish)
          yield* approved
          const second = yield* page(pays, { storage: first.storage })
          const theirs = second.reloaded()
          yield* untilRest(theirs)
          expect(theirs.screen()).toMatchObject({ step: "idle", orderId: null, message: null, canPay: true })
          theirs.pay(wish)
          const paid = yield* untilStep(theirs, "paid")
          theirs.startOver()
          const back = yield* untilStep(first.reloaded(), "paid")
          expect(back.orderId).not.toBe(paid.orderId)
          expect(first.events.filter(({ type }) => type === "paid")).toEqual([
            { type: "paid", orderId: back.orderId, amount: 9_000 },
          ])
        }),
    )

    it.effect("that change while the page is open: the order of the first is shown no more, and kept", () =>
      Effect.gen(function* () {
        const it = yield* page(() => ({ success: false }))
        const options = { ...it.options }
        const checkout = tab(options)
        checkout.pay(wish)
        const { orderId } = yield* untilStep(checkout, "ready")
        Object.assign(options, { headers: () => ({ "x-toss-user-key": "somebody-else" }) })
        checkout.askAgain()
        expect(yield* untilStep(checkout, "idle")).toMatchObject({ orderId: null })
        expect(yield* untilStep(it.reloaded(), "ready")).toMatchObject({ orderId })
      }),
    )
  })
})
