/** One page: buttons that are mounted anew, or twice, while a payment goes on. Double taps do nothing, whoever of them is tapped. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import type { Checkout, PendingStorage } from "../../client/index.ts"
import { shop } from "../support/server.ts"
import {
  approving,
  charges,
  gate,
  network,
  no,
  ordersOf,
  page,
  silence,
  until,
  untilRest,
  untilStep,
  wish,
} from "./page.ts"

/** A sheet that stays open until the test lets the buyer approve, and how often it was opened. */
const slowSheet = Effect.map(approving, ({ pays }) => {
  const sheet = gate()
  const opened: Array<string> = []
  return {
    ...sheet,
    opened,
    play: async (payToken: string) => {
      opened.push(payToken)
      await sheet.pass()
      return pays(payToken)
    },
  }
})

const atSheet = (checkout: Checkout) => until(checkout, ({ step }) => step === "authenticating")

const throwing = () => {
  throw new DOMException("denied", "SecurityError")
}

describe("a button that is mounted anew", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500", CHECKOUT_LEASE_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect.each([
        ["", {}],
        [", and goes away with its answer still to come", {}],
        [", where nothing can be stored", { storage: { getItem: throwing, setItem: throwing } }],
      ] as ReadonlyArray<readonly [string, { storage?: PendingStorage }]>)(
        "while its sheet is open waits for the same sheet: taps do nothing, and it is paid and told once%s",
        ([more, options]) =>
          Effect.gen(function* () {
            const sheet = yield* slowSheet
            const it = yield* page(sheet.play, options)
            const first = it.mounted()
            yield* untilRest(first.next)
            first.next.pay(wish)
            yield* sheet.reached
            if (more !== "") first.unmount()
            const { next } = it.mounted()
            yield* atSheet(next)
            expect(next.screen()).toMatchObject({ isBusy: true, canPay: false, canStartOver: false })
            next.pay(wish)
            next.startOver()
            sheet.open()
            const paid = yield* untilStep(next, "paid")
            expect(yield* charges(paid)).toBe(1)
            expect(yield* untilStep(first.next, "paid")).toMatchObject({ orderId: paid.orderId })
            expect(sheet.opened).toHaveLength(1)
            expect(yield* ordersOf(it)).toHaveLength(1)
            for (const type of ["tapped", "sheetOpened", "sheetAnswered", "paid"])
              expect(it.events.filter((event) => event.type === type)).toHaveLength(1)
          }),
      )

      it.effect("while its sheet is open says that it was closed, and the next tap opens another", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const sheet = gate()
          const opened: Array<string> = []
          const it = yield* page(async (payToken) => {
            opened.push(payToken)
            if (opened.length > 1) return pays(payToken)
            await sheet.pass()
            return { success: false, reason: "closed" }
          })
          const first = it.mounted()
          first.next.pay(wish)
          yield* untilRest(first.next)
          first.next.pay(wish)
          yield* sheet.reached
          first.unmount()
          const { next } = it.mounted()
          yield* atSheet(next)
          sheet.open()
          expect(yield* untilStep(next, "ready")).toMatchObject({ reason: "CLOSED", canPay: true })
          next.pay(wish)
          expect(yield* charges(yield* untilStep(next, "paid"))).toBe(1)
          expect(opened).toHaveLength(2)
          expect(opened[0]).toBe(opened[1])
        }),
      )

      it.effect("before its order was created, and tapped again, opens one sheet for one order", () =>
        Effect.gen(function* () {
          const sheet = yield* slowSheet
          const creating = gate()
          const it = yield* page(sheet.play, {
            fetch: async (input, init) => {
              const reply = await fetch(input, init)
              if (String(input).endsWith("/create")) await creating.pass()
              return reply
            },
          })
          const first = it.mounted()
          yield* untilRest(first.next)
          first.next.pay(wish)
          yield* creating.reached
          first.unmount()
          const { next } = it.mounted()
          yield* untilRest(next)
          next.pay(wish)
          creating.open()
          yield* sheet.reached
          yield* atSheet(next)
          sheet.open()
          expect(yield* charges(yield* untilStep(next, "paid"))).toBe(1)
          expect(sheet.opened).toHaveLength(1)
          expect(yield* ordersOf(it)).toHaveLength(1)
        }),
      )

      it.effect("hears the answer that comes after the patience ended, and shows what was paid late", () =>
        Effect.gen(function* () {
          const sheet = yield* slowSheet
          const it = yield* page(sheet.play, { sheetPatienceMs: 500 })
          const first = it.mounted()
          yield* untilRest(first.next)
          first.next.pay(wish)
          yield* sheet.reached
          first.unmount()
          const { next } = it.mounted()
          expect(yield* until(next, ({ reason }) => reason !== null)).toMatchObject({ reason: "NO_ANSWER" })
          sheet.open()
          expect(yield* charges(yield* untilStep(next, "paid"))).toBe(1)
        }),
      )

      it.effect("before the server heard what came of the sheet opens none either", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          let sheets = 0
          let isAway = true
          const it = yield* page(
            (payToken) => {
              sheets += 1
              return pays(payToken)
            },
            {
              fetch: network((path) => (isAway && path === "/execute" ? no(503, "AWAY") : undefined)),
            },
          )
          const first = it.mounted()
          yield* untilRest(first.next)
          first.next.pay(wish)
          yield* until(first.next, ({ step }) => step === "confirming")
          first.unmount()
          const { next } = it.mounted()
          yield* until(next, ({ step }) => step === "confirming")
          next.pay(wish)
          isAway = false
          next.askAgain()
          expect(yield* charges(yield* untilStep(next, "paid"))).toBe(1)
          expect(sheets).toBe(1)
        }),
      )
    },
  )
})

describe("two buttons of one wish", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("that are tapped in the same moment open one sheet for one order, and both show it", () =>
      Effect.gen(function* () {
        const sheet = yield* slowSheet
        const it = yield* page(sheet.play)
        const [one, other] = [it.mounted().next, it.mounted().next]
        yield* untilRest(one)
        yield* untilRest(other)
        one.pay(wish)
        other.pay(wish)
        yield* sheet.reached
        yield* atSheet(one)
        yield* atSheet(other)
        sheet.open()
        const paid = yield* untilStep(one, "paid")
        expect(yield* untilStep(other, "paid")).toMatchObject({ orderId: paid.orderId })
        expect(sheet.opened).toHaveLength(1)
        expect(yield* charges(paid)).toBe(1)
        expect(yield* ordersOf(it)).toHaveLength(1)
        expect(it.events.filter(({ type }) => type === "paid")).toHaveLength(1)
      }),
    )

    it.effect("one of which was asked while the sheet of the other answered open no second sheet", () =>
      Effect.gen(function* () {
        const sheet = yield* slowSheet
        const [looking, executing] = [gate(), gate()]
        const it = yield* page(sheet.play)
        const one = it.mounted({
          fetch: async (input, init) => {
            if (String(input).endsWith("/execute")) await executing.pass()
            return fetch(input, init)
          },
        }).next
        const other = it.mounted({
          fetch: async (input, init) => {
            const reply = await fetch(input, init)
            if (/"outcome":"unknown"/.test(String(init?.body))) await looking.pass()
            return reply
          },
        }).next
        yield* untilRest(one)
        yield* untilRest(other)
        one.pay(wish)
        yield* sheet.reached
        other.pay(wish)
        yield* looking.reached
        sheet.open()
        yield* executing.reached
        // What it hears now is from when the sheet was open.
        looking.open()
        const paid = yield* untilStep(other, "paid")
        executing.open()
        expect(yield* untilStep(one, "paid")).toMatchObject({ orderId: paid.orderId })
        expect(sheet.opened).toHaveLength(1)
        expect(yield* charges(paid)).toBe(1)
      }),
    )

    it.effect("of which the other is of another wish: it neither waits for that sheet nor opens one", () =>
      Effect.gen(function* () {
        const sheet = yield* slowSheet
        const it = yield* page(sheet.play)
        const one = it.mounted().next
        yield* untilRest(one)
        one.pay(wish)
        yield* sheet.reached
        const other = it.mounted({ wish: { amount: 1_000 } }).next
        yield* untilRest(other)
        expect(other.screen()).toMatchObject({ step: "idle", orderId: null, canPay: true })
        sheet.open()
        yield* untilStep(one, "paid")
        expect(sheet.opened).toHaveLength(1)
      }),
    )

    it.effect("and a sheet that never answers: once it is given up the next tap opens another", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const opened: Array<string> = []
        const it = yield* page(
          (payToken) => {
            opened.push(payToken)
            return opened.length === 1 ? silence() : pays(payToken)
          },
          { sheetPatienceMs: 3_000 },
        )
        const [one, other] = [it.mounted().next, it.mounted().next]
        yield* untilRest(one)
        yield* untilRest(other)
        one.pay(wish)
        other.pay(wish)
        yield* untilStep(one, "ready")
        yield* untilStep(other, "ready")
        expect(opened).toHaveLength(1)
        other.pay(wish)
        expect(yield* charges(yield* untilStep(other, "paid"))).toBe(1)
        expect(opened).toHaveLength(2)
      }),
    )
  })
})
