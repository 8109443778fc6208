/** Nothing is lost: pages that die at every step, other tabs, other buyers, storage that fails. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import type { CheckoutOptions, PendingStorage, Wish } from "../../client/index.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"
import {
  approving,
  charges,
  dying,
  gate,
  memoryStorage,
  moment,
  ordersOf,
  page,
  silence,
  tab,
  untilRest,
  untilStep,
  wish,
} from "./page.ts"

const paidNews = { type: "paid", amount: 9_000 }

describe("a page that dies", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500" }), { excludeTestServices: true })((it) => {
    it.effect(
      "keeps its idempotency key before the request leaves, and the order before the sheet opens",
      () =>
        Effect.gen(function* () {
          const kept: Array<Record<string, unknown>> = []
          const { checkout, storage } = yield* page(() => kept.push(storage.kept()), {
            fetch: (input, init) => {
              if (String(input).endsWith("/create")) {
                const key = new Headers(init?.headers).get("idempotency-key")
                kept.push(storage.kept())
                expect(kept[0]).toEqual({ key, wish: JSON.stringify(wish) })
              }
              return fetch(input, init)
            },
          })
          checkout.pay(wish)
          const { orderId } = yield* untilStep(checkout, "ready")
          expect(kept[1]).toMatchObject({ ...kept[0], orderId, payToken: expect.any(String) })
        }),
    )

    it.effect("before create was answered: the next tap is the same order", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const sent = moment()
        const it = yield* page(pays)
        const dying = tab({
          ...it.options,
          fetch: async (input, init) => {
            await fetch(input, init)
            sent.reach()
            return silence()
          },
        })
        dying.pay(wish)
        yield* sent.reached
        const next = it.reloaded()
        yield* untilRest(next)
        expect(next.screen()).toMatchObject({ step: "idle", canPay: true })
        next.pay(wish)
        const paid = yield* untilStep(next, "paid")
        expect(yield* ordersOf(it)).toEqual([expect.objectContaining({ orderId: paid.orderId })])
      }),
    )

    it.effect("while the sheet was open: what was approved meanwhile is paid once, and told once", () =>
      Effect.gen(function* () {
        const { sheet, approved } = yield* dying
        const { checkout, events, reloaded } = yield* page(sheet)
        checkout.pay(wish)
        yield* approved
        const next = reloaded()
        const screen = yield* untilStep(next, "paid")
        expect(screen.amount).toBe(9_000)
        expect(yield* charges(screen)).toBe(1)
        yield* untilStep(reloaded(), "paid")
        expect(events.filter(({ type }) => type === "paid")).toEqual([
          { ...paidNews, orderId: screen.orderId },
        ])
      }),
    )

    it.effect("while the sheet was open, with nothing approved: the same order is offered again", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const opened = moment()
        const { checkout, reloaded } = yield* page(() => {
          opened.reach()
          return silence()
        })
        checkout.pay(wish)
        yield* opened.reached
        const next = reloaded({ checkoutPayment: async ({ params }) => pays(params.payToken) })
        const ready = yield* untilStep(next, "ready")
        expect(ready).toMatchObject({ orderId: checkout.screen().orderId, canPay: true, reason: null })
        next.pay(wish)
        const paid = yield* untilStep(next, "paid")
        expect(paid.orderId).toBe(ready.orderId)
        expect(yield* charges(paid)).toBe(1)
      }),
    )

    it.effect.each(["before it was sent", "after it was sent"] as const)(
      "after the authentication, %s to be executed: it is paid once by the next page",
      (when) =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const executing = moment()
          const it = yield* page(pays)
          const dying = tab({
            ...it.options,
            fetch: async (input, init) => {
              if (!String(input).endsWith("/execute")) return fetch(input, init)
              if (when === "after it was sent") await fetch(input, init)
              executing.reach()
              return silence()
            },
          })
          dying.pay(wish)
          yield* executing.reached
          const screen = yield* untilStep(it.reloaded(), "paid")
          expect(yield* charges(screen)).toBe(1)
          expect(yield* ordersOf(it)).toHaveLength(1)
        }),
    )

    it.effect(
      "after it was paid: it shows as paid until the buyer starts over, and is told no second time",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { checkout, events, reloaded } = yield* page(pays)
          checkout.pay(wish)
          const { orderId } = yield* untilStep(checkout, "paid")
          const next = reloaded()
          expect(yield* untilStep(next, "paid")).toMatchObject({ orderId, canPay: false })
          next.pay(wish)
          expect(next.screen().orderId).toBe(orderId)
          next.startOver()
          const last = reloaded()
          yield* untilRest(last)
          expect(last.screen()).toMatchObject({ step: "idle", orderId: null, canPay: true })
          expect(events.filter(({ type }) => type === "paid")).toHaveLength(1)
        }),
    )

    it.effect("a paid order does not stand in the way of another wish's page; an unfinished one does", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const simulator = yield* TossPaySimulator
        const { checkout, reloaded } = yield* page(pays)
        checkout.pay(wish)
        yield* untilStep(checkout, "paid")
        const tip = { amount: 1_000 }
        const next = reloaded({ wish: tip })
        yield* untilRest(next)
        expect(next.screen()).toMatchObject({ step: "idle", canPay: true })
        yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
        yield* simulator.setFault({ call: "refund-payment", fault: "errorCode", value: "INACTIVE_USER" })
        next.pay(tip)
        yield* untilStep(next, "review")
        expect(yield* untilStep(reloaded({ wish }), "review")).toMatchObject({ canPay: false })
      }),
    )

    it.effect("what the page offers by the time that it has looked is looked at too", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const tip = { amount: 1_000 }
        const { checkout, options, reloaded } = yield* page(pays)
        checkout.pay(wish)
        const paid = yield* untilStep(checkout, "paid")
        const left = reloaded({
          wish: tip,
          checkoutPayment: async () => ({ success: false, reason: "closed" }),
        })
        yield* untilRest(left)
        left.pay(tip)
        yield* untilStep(left, "ready")
        const { pass, reached, open } = gate()
        const offering: { wish: Wish } & CheckoutOptions = {
          ...options,
          wish: tip,
          fetch: (...request) => pass().then(() => fetch(...request)),
        }
        const changing = tab(offering)
        const stop = changing.start()
        yield* reached
        // As the hook does when it is given another wish.
        stop()
        offering.wish = wish
        yield* Effect.acquireRelease(Effect.sync(changing.start), (leave) => Effect.sync(leave))
        open()
        expect(yield* untilStep(changing, "paid")).toMatchObject({ orderId: paid.orderId })
      }),
    )

    it.effect("an order that nobody looks after any more is looked at again when the page comes back", () =>
      Effect.gen(function* () {
        const { approve } = yield* approving
        const { checkout, storage } = yield* page(async () => ({ success: false, reason: "closed" }))
        checkout.pay(wish)
        const ready = yield* untilStep(checkout, "ready")
        yield* Effect.promise(() => approve(String(storage.kept().payToken)))
        checkout.askAgain()
        expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
        expect(checkout.screen().orderId).toBe(ready.orderId)
      }),
    )
  })
})

describe("what an earlier page left", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect.each(["another buyer's", "one that the server does not know"] as const)(
      "is passed over if it is %s order: nothing of it is shown, and it is kept for whoever it is of",
      (whose) =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { call } = yield* Shop
          const left = yield* call("POST", "/api/payment/create", wish, { as: "somebody-else" })
          const orderId = whose === "another buyer's" ? left.body.orderId : "never-was"
          const it = yield* page(pays)
          it.storage.setItem(
            "tosspay-checkout",
            JSON.stringify({ ...left.body, key: "k", wish: "w", orderId }),
          )
          const next = it.reloaded()
          yield* untilRest(next)
          expect(next.screen()).toMatchObject({ step: "idle", orderId: null, message: null, canPay: true })
          expect(it.storage.kept()).toMatchObject({ orderId })
          next.pay(wish)
          yield* untilStep(next, "paid")
          if (whose !== "another buyer's") return
          const theirs = it.reloaded({ headers: () => ({ "x-toss-user-key": "somebody-else" }) })
          expect(yield* untilStep(theirs, "ready")).toMatchObject({ orderId })
        }),
    )

    it.effect("lapsed in the meantime: the next tap is a new order at once", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(() => ({ success: false }))
        it.checkout.pay(wish)
        const ready = yield* untilStep(it.checkout, "ready")
        const { call, sheet } = yield* Shop
        yield* sheet(String(it.storage.kept().payToken), "decline")
        yield* call(
          "POST",
          "/api/payment/authentication",
          { payToken: it.storage.kept().payToken, outcome: "unknown" },
          {
            headers: (yield* Effect.promise(async () => it.options.headers?.() ?? {})) as Record<
              string,
              string
            >,
          },
        )
        const next = tab({
          ...it.options,
          checkoutPayment: async ({ params }) => pays(params.payToken),
        })
        next.pay(wish)
        const paid = yield* untilStep(next, "paid")
        expect(paid.orderId).not.toBe(ready.orderId)
        expect(yield* charges(paid)).toBe(1)
      }),
    )

    it.effect.each([
      ["no JSON", "{"],
      ["no order", "42"],
      ["of another program", '{"orderId":{"a":1}}'],
    ] as const)("is nothing if it is %s", ([, text]) =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(pays)
        it.storage.setItem("tosspay-checkout", text)
        const next = it.reloaded()
        yield* untilRest(next)
        expect(next.screen().step).toBe("idle")
        next.pay(wish)
        yield* untilStep(next, "paid")
      }),
    )
  })
})

const throwing = () => {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError")
}

describe("a storage", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect.each([
      ["throws at every use", { getItem: throwing, setItem: throwing }],
      ["throws when it is read", { getItem: throwing, setItem: () => {} }],
      ["is full", { getItem: () => null, setItem: throwing }],
      [
        "is full of an older order",
        { getItem: () => '{"key":"k","wish":"w","orderId":"o"}', setItem: throwing },
      ],
      ["rejects", { getItem: () => Promise.reject("no"), setItem: () => Promise.reject("no") }],
    ] as ReadonlyArray<readonly [string, PendingStorage]>)(
      "that %s blocks no payment, and costs no double one",
      ([, storage]) =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const answers = [async () => ({ success: false }), pays]
          const it = yield* page((payToken) => answers.shift()?.(payToken), { storage })
          const checkout = it.reloaded()
          yield* untilRest(checkout)
          checkout.pay(wish)
          const { orderId } = yield* untilStep(checkout, "ready")
          checkout.pay(wish)
          const paid = yield* untilStep(checkout, "paid")
          expect(paid.orderId).toBe(orderId)
          checkout.askAgain()
          expect(yield* untilStep(checkout, "paid")).toMatchObject({ orderId })
          expect(yield* charges(paid)).toBe(1)
        }),
    )

    it.effect("may hold what no page of ours wrote: the button works all the same", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const it = yield* page(pays)
        it.storage.setItem(
          "tosspay-checkout",
          JSON.stringify([{ key: "이상한 열쇠", wish: JSON.stringify(wish) }]),
        )
        it.checkout.pay(wish)
        expect(yield* charges(yield* untilStep(it.checkout, "paid"))).toBe(1)
      }),
    )

    it.effect("of the SDK fits as it is", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const kept = memoryStorage()
        const { checkout, reloaded } = yield* page(pays, {
          storage: {
            getItem: async (name) => kept.getItem(name),
            setItem: async (name, text) => kept.setItem(name, text),
          },
        })
        checkout.pay(wish)
        const paid = yield* untilStep(checkout, "paid")
        expect((yield* untilStep(reloaded(), "paid")).orderId).toBe(paid.orderId)
      }),
    )

    it.effect("may be shared by several checkouts under names of their own", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const { options, checkout } = yield* page(pays)
        const tip = tab({ ...options, storageName: "tip" })
        checkout.pay(wish)
        tip.pay({ amount: 1_000 })
        const [one, two] = [yield* untilStep(checkout, "paid"), yield* untilStep(tip, "paid")]
        expect(one.orderId).not.toBe(two.orderId)
      }),
    )
  })
})
