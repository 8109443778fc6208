/** Every way in which the payment sheet may answer, or not, and what becomes of the payment (section by section of the SDK's code). */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import type { Screen } from "../../client/index.ts"
import { shop, TossPaySimulator } from "../support/server.ts"
import {
  approving,
  charges,
  gate,
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

const nativeError = () =>
  Object.assign(new Error("The operation could not be completed."), { code: "UNKNOWN", userInfo: {} })

describe("what the sheet answers", () => {
  it.layer(shop({ TOSSPAY_TIMEOUT_MS: "500", CHECKOUT_LEASE_MS: "1000" }), { excludeTestServices: true })(
    (it) => {
      it.effect(
        "success === true, and nothing else, goes on to the charge: paid once, and every move of it is told",
        () =>
          Effect.gen(function* () {
            const { pays } = yield* approving
            const { checkout, events, storage } = yield* page(pays)
            const steps = new Set<Screen["step"]>()
            checkout.subscribe(() => steps.add(checkout.screen().step))
            checkout.pay(wish)
            const screen = yield* untilStep(checkout, "paid")
            expect(screen).toMatchObject({
              at: "settled.paid",
              amount: 9_000,
              canPay: false,
              canStartOver: true,
            })
            expect(yield* charges(screen)).toBe(1)
            expect([...steps]).toEqual([
              "idle",
              "creating",
              "ready",
              "confirming",
              "authenticating",
              "executing",
              "paid",
            ])
            expect(events).toEqual([
              { type: "tapped" },
              { type: "created", orderId: screen.orderId, amount: 9_000 },
              { type: "moved", orderId: screen.orderId, to: "minted.ready" },
              { type: "moved", orderId: screen.orderId, to: "authenticating.sheet" },
              { type: "sheetOpened", orderId: screen.orderId },
              { type: "sheetAnswered", orderId: screen.orderId, outcome: "succeeded", reason: null },
              { type: "moved", orderId: screen.orderId, to: "authenticated.claimed" },
              { type: "moved", orderId: screen.orderId, to: "executing.calling" },
              { type: "moved", orderId: screen.orderId, to: "settled.paid" },
              { type: "paid", orderId: screen.orderId, amount: 9_000 },
            ])
            checkout.pay(wish)
            expect(checkout.screen()).toBe(screen)
            checkout.startOver()
            expect(checkout.screen()).toMatchObject({ step: "idle", orderId: null, canPay: true })
            expect(storage.kept()).toEqual({})
          }),
      )

      it.effect(
        "success === false leads back in our words with the SDK's beside them, and the same order is paid by the next tap",
        () =>
          Effect.gen(function* () {
            const { approve } = yield* approving
            const answers = [{ success: false, reason: "closed it" }, { success: true }]
            const tokens: Array<string> = []
            const { checkout } = yield* page(async (payToken) => {
              tokens.push(payToken)
              if (answers.length === 1) await approve(payToken)
              return answers.shift()
            })
            checkout.pay(wish)
            expect(yield* untilStep(checkout, "ready")).toMatchObject({
              reason: "CLOSED",
              message: null,
              detail: "closed it",
            })
            checkout.pay(wish)
            expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
            expect(tokens).toHaveLength(2)
            expect(tokens[0]).toBe(tokens[1])
          }),
      )

      it.effect.each([
        [
          "an object without success (a device that is not provisioned)",
          async () => ({ false: "PAYMENT_FAILED", reason: "soft" }),
        ],
        ["a success that is not true", async () => ({ success: "true" })],
        ["undefined", async () => undefined],
        ["null", async () => null],
        ["a rejection with a native error", () => Promise.reject(nativeError())],
        ["a rejection with a plain object", () => Promise.reject({ code: 4001 })],
        ["a rejection with a string", () => Promise.reject("no")],
        ["a rejection with nothing", () => Promise.reject(undefined)],
        [
          "an exception before there is a promise",
          () => {
            throw new Error("__GRANITE_NATIVE_EMITTER is not available")
          },
        ],
        ["silence", silence],
      ] as const)(
        "%s says nothing: the server is asked, nothing is charged, and the order can be tried again",
        ([, answer]) =>
          Effect.gen(function* () {
            const { pays } = yield* approving
            let isFirst = true
            const { checkout, events } = yield* page(
              (payToken) => {
                if (!isFirst) return pays(payToken)
                isFirst = false
                return answer()
              },
              { sheetPatienceMs: 100 },
            )
            checkout.pay(wish)
            const screen = yield* untilStep(checkout, "ready")
            expect(screen).toMatchObject({ reason: "NO_ANSWER", canPay: true })
            expect(events.find(({ type }) => type === "sheetAnswered")).toMatchObject({ outcome: "unknown" })
            expect(yield* charges(screen)).toBe(0)
            checkout.pay(wish)
            const paid = yield* untilStep(checkout, "paid")
            expect(paid.orderId).toBe(screen.orderId)
            expect(yield* charges(paid)).toBe(1)
          }),
      )

      it.effect.each([
        ["lost", async () => undefined],
        ["an error", () => Promise.reject(new Error("boom"))],
        ["a no", async () => ({ success: false, reason: "closed" })],
        ["silence", silence],
      ] as const)(
        "an answer that is %s after the buyer approved never charges twice, and the order ends as paid",
        ([, answer]) =>
          Effect.gen(function* () {
            const { approve } = yield* approving
            const it = yield* page(
              async (payToken) => {
                await approve(payToken)
                return answer()
              },
              { sheetPatienceMs: 100 },
            )
            it.checkout.pay(wish)
            const shown = yield* until(it.checkout, ({ step, isBusy }) => !isBusy && step !== "idle")
            // A no is a hint as good as any other; whoever looks again finds what TossPay knows.
            if (shown.step === "ready") it.checkout.askAgain()
            expect(yield* charges(yield* untilStep(it.checkout, "paid"))).toBe(1)
            expect(yield* ordersOf(it)).toHaveLength(1)
          }),
      )

      it.effect(
        "an answer that comes after the patience ended is heard: what was approved late is paid once",
        () =>
          Effect.gen(function* () {
            const { approve } = yield* approving
            const late = moment()
            const { checkout } = yield* page(
              async (payToken) => {
                await Effect.runPromise(late.reached)
                await approve(payToken)
                return { success: true }
              },
              { sheetPatienceMs: 50 },
            )
            checkout.pay(wish)
            expect(yield* untilStep(checkout, "ready")).toMatchObject({ reason: "NO_ANSWER" })
            late.reach()
            expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
          }),
      )

      it.effect(
        "a success that TossPay never saw charges nothing, and the same order can be tried again",
        () =>
          Effect.gen(function* () {
            const { pays } = yield* approving
            let isFirst = true
            const { checkout } = yield* page((payToken) => {
              if (!isFirst) return pays(payToken)
              isFirst = false
              return { success: true }
            })
            checkout.pay(wish)
            const ready = yield* untilStep(checkout, "ready")
            expect(yield* charges(ready)).toBe(0)
            expect(ready.message).toContain("not authenticated")
            checkout.pay(wish)
            expect((yield* untilStep(checkout, "paid")).orderId).toBe(ready.orderId)
          }),
      )

      it.effect("what an earlier sheet said is not said again of one that said nothing", () =>
        Effect.gen(function* () {
          const answers = [{ success: false, reason: "closed it" }, undefined]
          const { checkout } = yield* page(() => answers.shift())
          checkout.pay(wish)
          yield* untilStep(checkout, "ready")
          checkout.pay(wish)
          expect(yield* until(checkout, ({ reason }) => reason === "NO_ANSWER")).toMatchObject({
            message: null,
          })
        }),
      )

      it.effect.each([
        ["an error", () => Promise.reject(new Error("boom"))],
        ["silence", silence],
      ] as const)(
        "%s after the approval, while TossPay cannot be asked: nothing is offered, no other wish either, and it is paid once",
        ([, answer]) =>
          Effect.gen(function* () {
            const { approve } = yield* approving
            const simulator = yield* TossPaySimulator
            yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 3 })
            const it = yield* page(
              async (payToken) => {
                await approve(payToken)
                return answer()
              },
              { sheetPatienceMs: 100 },
            )
            const offered: Array<Screen> = []
            it.checkout.subscribe(() => offered.push(it.checkout.screen()))
            it.checkout.pay(wish)
            yield* until(
              it.checkout,
              ({ at, step }) => at === "authenticating.unknown" && step === "confirming",
            )
            const other = it.reloaded({ wish: { amount: 1_000 } })
            other.pay({ amount: 1_000 })
            const paid = yield* untilStep(it.checkout, "paid")
            expect(offered.filter(({ reason }) => reason === "NO_ANSWER")).toEqual([])
            other.pay({ amount: 1_000 })
            yield* untilRest(other)
            expect(yield* charges(paid)).toBe(1)
          }),
      )

      it.effect("another wish is no way around an order that may still be charged", () =>
        Effect.gen(function* () {
          const { approve } = yield* approving
          const simulator = yield* TossPaySimulator
          const opened = moment()
          const it = yield* page(async (payToken) => {
            await approve(payToken)
            opened.reach()
            return silence()
          })
          yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 2 })
          it.checkout.pay(wish)
          yield* opened.reached
          const { orderId } = it.checkout.screen()
          const other = tab({ ...it.options, wish: { amount: 1_000 } })
          const shown: Array<Screen> = []
          other.subscribe(() => shown.push(other.screen()))
          other.pay({ amount: 1_000 })
          yield* untilStep(other, "idle")
          expect(shown).toContainEqual(
            expect.objectContaining({ orderId, step: "confirming", canPay: false }),
          )
          expect(yield* charges({ orderId })).toBe(1)
          expect(yield* ordersOf(it)).toHaveLength(1)
        }),
      )

      it.effect("a lost word of the sheet is repeated until the server heard it", () =>
        Effect.gen(function* () {
          const { approve } = yield* approving
          const { checkout } = yield* page(
            async (payToken) => {
              await approve(payToken)
              throw new Error("boom")
            },
            {
              fetch: network((path, nth) =>
                path === "/authentication" && nth < 4 ? no(503, "AWAY") : undefined,
              ),
            },
          )
          const offered: Array<Screen> = []
          checkout.subscribe(() => offered.push(checkout.screen()))
          checkout.pay(wish)
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
          expect(offered.filter(({ reason }) => reason === "NO_ANSWER")).toEqual([])
        }),
      )

      it.effect("hints that overtake each other leave no payment behind", () =>
        Effect.gen(function* () {
          const { approve } = yield* approving
          const simulator = yield* TossPaySimulator
          const heard = moment()
          yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 })
          const { checkout } = yield* page(
            async (payToken) => {
              await approve(payToken)
              throw new Error("boom")
            },
            {
              fetch: async (input, init) => {
                const hint = /"outcome":"(\w+)"/.exec(String(init?.body))?.[1]
                if (hint === "started") await Effect.runPromise(heard.reached)
                const reply = await fetch(input, init)
                if (hint === "unknown") heard.reach()
                return reply
              },
            },
          )
          checkout.pay(wish)
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
        }),
      )

      it.effect("a hint that hangs keeps no payment waiting", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const { checkout } = yield* page(pays, {
            fetch: (input, init) =>
              String(input).endsWith("/authentication") ? silence() : fetch(input, init),
          })
          checkout.pay(wish)
          expect(yield* charges(yield* untilStep(checkout, "paid"))).toBe(1)
        }),
      )

      it.effect("taps while the sheet is open, or while anything is under way, do nothing", () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const sheet = gate()
          let sheets = 0
          const it = yield* page(async (payToken) => {
            sheets += 1
            await sheet.pass()
            return pays(payToken)
          })
          it.checkout.pay(wish)
          it.checkout.pay(wish)
          yield* sheet.reached
          it.checkout.pay(wish)
          it.checkout.pay({ amount: 1_000 })
          it.checkout.startOver()
          it.checkout.askAgain()
          sheet.open()
          const screen = yield* untilStep(it.checkout, "paid")
          expect(sheets).toBe(1)
          expect(it.events.filter(({ type }) => type === "tapped")).toHaveLength(1)
          expect(yield* ordersOf(it)).toEqual([expect.objectContaining({ orderId: screen.orderId })])
        }),
      )

      it.effect("outside the Toss app nothing is sent, and the buyer is told where to pay", () =>
        Effect.gen(function* () {
          const { checkout } = yield* page(() => Promise.reject(new Error("not reached")), {
            isInTossApp: () => false,
            fetch: () => Promise.reject(new Error("not reached")),
          })
          checkout.pay(wish)
          expect(checkout.screen()).toMatchObject({ step: "idle", reason: "ONLY_IN_TOSS", canPay: true })
        }),
      )
    },
  )
})
