/** The button for everybody: clean to axe in every state and both colour schemes, by keyboard, aloud, and without a flicker. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { createElement, StrictMode } from "react"
import { renderToString } from "react-dom/server"
import { expect } from "vitest"
import { messages } from "../../../client/index.ts"
import { PayButton } from "../../../client/react/index.ts"
import { violations } from "../../support/axe.ts"
import { act, held } from "../../support/browser.ts"
import { TossPaySimulator } from "../../support/server.ts"
import { closed, type PlaySheet } from "./host.ts"
import { button, buyerAt, eventsOf, MiniApp, open, says, silent, status, theme, world } from "./miniApp.ts"

/** In the page: at once, every 150 ms, and seven times more after it is paid. */
const tapsImpatiently = () => {
  const button = () => document.querySelector<HTMLElement>("[data-tosspay=button]")
  let left = 7
  const taps = setInterval(() => {
    button()?.click()
    if (button()?.dataset["step"] !== "executing") left -= 1
    if (left > 0) return
    clearInterval(taps)
    document.body.dataset["taps"] = "over"
  }, 150)
  button()?.click()
}

describe("the pay button", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect("is worked by keyboard, keeps the focus, and is read out politely", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const sheets: Array<PlaySheet> = [
          async () => {
            // The sheet of the app takes the focus out of the page.
            await it.page.evaluate(() => (document.activeElement as HTMLElement).blur())
            return [closed]
          },
          pays,
        ]
        const it = yield* open({ sheet: (args) => (sheets.shift() ?? silent)(args) })
        const focused = act(() =>
          it.page.evaluate(() => document.activeElement?.getAttribute("data-tosspay")),
        )
        yield* act(() => button(it.page).waitFor())
        yield* act(() => it.page.keyboard.press("Tab"))
        expect(yield* focused).toBe("button")
        yield* act(() => it.page.keyboard.press("Enter"))
        yield* says(it.page, "Nothing was charged. You can pay it now.")
        expect(yield* focused).toBe("button")
        yield* act(() => it.page.keyboard.press("Space"))
        yield* says(it.page, "Paid.")
        expect(yield* focused).toBe("button")
        const id = yield* act(() => status(it.page).getAttribute("id"))
        // What the app described it with stays.
        expect(yield* act(() => button(it.page).getAttribute("aria-describedby"))).toBe(`terms ${id}`)
        expect(yield* act(() => button(it.page).getAttribute("class"))).toBe("pay")
      }),
    )

    it.effect(
      "opens no second sheet for a key that is held, or for a second click at the end of the first order",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          let sheets = 0
          const isLeft = (page: Page) =>
            act(() => page.locator('[data-step="idle"][aria-disabled="false"]').waitFor())
          const paid = Effect.gen(function* () {
            const it = yield* open({
              sheet: (args) => {
                sheets += 1
                return pays(args)
              },
            })
            yield* act(() => button(it.page).focus())
            yield* act(() => it.page.keyboard.down("Enter"))
            yield* says(it.page, "Paid.")
            return it.page
          })
          const held = yield* paid
          // Each of these is a repetition, as the first was not let go.
          for (let times = 0; times < 20; times += 1) yield* act(() => held.keyboard.down("Enter"))
          yield* isLeft(held)
          expect(sheets).toBe(1)
          const clicked = yield* paid
          yield* act(() => button(clicked).dblclick())
          yield* isLeft(clicked)
          expect(sheets).toBe(2)
        }),
    )

    it.effect(
      "shows that it is paid to whoever taps impatiently while it pays, and opens no second sheet",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          let sheets = 0
          const it = yield* open({
            sheet: (args) => {
              sheets += 1
              return pays(args)
            },
          })
          const executing = yield* held(it.page, "**/execute")
          yield* act(() => button(it.page).click())
          yield* says(it.page, "Paying…")
          yield* act(() => it.page.evaluate(tapsImpatiently))
          executing.resolve()
          yield* says(it.page, "Paid.")
          yield* act(() => it.page.waitForFunction(() => document.body.dataset["taps"] === "over"))
          yield* says(it.page, "Paid.")
          expect(sheets).toBe(1)
        }),
    )

    it.effect(
      "takes the focus only from its own sheet: neither as the page comes up nor when the buyer comes back",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          const it = yield* open({
            sheet: pays,
          })
          yield* act(() => button(it.page).click())
          yield* says(it.page, "Paid.")
          const isFocused = act(() => it.page.evaluate(() => document.activeElement !== document.body))
          yield* act(() => it.page.reload())
          yield* says(it.page, "Paid.")
          expect(yield* isFocused).toBe(false)
          // Whoever is still being answered is not asked again.
          const isIdle = act(() => button(it.page).and(it.page.locator("[aria-busy=false]")).waitFor())
          yield* isIdle
          const asked = it.page.waitForResponse((reply) => reply.url().includes("/orders/"))
          yield* act(() =>
            it.page.evaluate(
              () => void document.dispatchEvent(new Event("visibilitychange", { bubbles: true })),
            ),
          )
          yield* act(() => asked)
          yield* isIdle
          expect(yield* isFocused).toBe(false)
        }),
    )

    it.effect.each([
      ["en", messages.en],
      ["ko", messages.ko],
    ] as const)(
      "names no payment while paying again might charge twice: it offers to check, and a tap asks at once (%s)",
      ([language, words]) =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          const it = yield* open({ language, sheet: pays })
          const busy = {
            status: 503,
            headers: {
              "access-control-allow-origin": "*",
              "access-control-expose-headers": "retry-after",
              // Longer than this test waits for anything.
              "retry-after": "60",
            },
          }
          yield* act(() => it.page.route("**/execute", (route) => route.fulfill(busy)))
          yield* act(() => button(it.page).click())
          yield* says(it.page, words.confirming)
          const check = button(it.page).filter({ hasText: words.check })
          yield* act(() => check.and(it.page.locator("[aria-busy=true][aria-disabled=false]")).waitFor())
          yield* act(() => it.page.unroute("**/execute"))
          yield* act(() => check.click())
          yield* says(it.page, words.paid)
        }),
    )

    it.effect("offers to check again while a person looks into it, also while it is being asked", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const simulator = yield* TossPaySimulator
        const it = yield* open({
          sheet: pays,
        })
        yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
        yield* act(() => button(it.page).click())
        const check = button(it.page).filter({ hasText: "Check again" })
        yield* act(() => check.waitFor())
        const held = Promise.withResolvers<void>()
        yield* act(() =>
          it.page.route("**/orders/*", async (route) => {
            await held.promise
            await route.continue()
          }),
        )
        yield* act(() => check.click())
        yield* act(() => check.and(it.page.locator("[aria-busy=true][aria-disabled=false]")).waitFor())
        held.resolve()
        yield* act(() => check.and(it.page.locator("[aria-busy=false]")).waitFor())
      }),
    )

    it.effect("shows a price that has changed, and the next tap pays that", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({
          amount: 8_000,
          sheet: pays,
        })
        yield* act(() => button(it.page).filter({ hasText: "Pay ₩8,000" }).click())
        yield* says(it.page, "The price has changed. Please check the new total. Pay ₩9,000")
        expect(yield* violations(it.page)).toEqual([])
        yield* act(() => button(it.page).filter({ hasText: "Pay ₩9,000" }).click())
        yield* says(it.page, "Paid.")
        expect((yield* eventsOf(it.page)).filter(({ type }) => type === "paid")).toEqual([
          { type: "paid", orderId: expect.any(String), amount: 9_000 },
        ])
      }),
    )

    it.effect("never animates, so there is nothing to reduce", () =>
      Effect.gen(function* () {
        const it = yield* open({ sheet: silent })
        yield* act(() => it.page.addStyleTag({ content: theme }).then(() => {}))
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Please confirm in the payment sheet…")
        expect(yield* act(() => it.page.evaluate(() => document.getAnimations().length))).toBe(0)
      }),
    )

    it.effect(
      "rendered on a server runs nothing there, and is taken over by the page without a complaint",
      () =>
        Effect.gen(function* () {
          const app = yield* MiniApp
          const html = renderToString(
            createElement(
              StrictMode,
              null,
              createElement("h1", null, "Coffee"),
              createElement("p", { id: "terms" }, "Refunds within 7 days."),
              [
                createElement(PayButton, {
                  key: "pay",
                  options: {
                    // As an app without types may write it.
                    language: undefined as never,
                    baseUrl: "http://never-asked.invalid",
                    fetch: () => expect.fail("nothing is sent"),
                  },
                  wish: { items: [{ sku: "coffee", quantity: 2 }], expectedAmount: 9_000 },
                  amount: 9_000,
                  className: "pay",
                  "aria-describedby": "terms",
                }),
              ],
            ),
          )
          expect(html).toContain("9,000원 결제하기")
          yield* Effect.acquireRelease(
            Effect.sync(() => app.render(html)),
            () => Effect.sync(() => app.render("")),
          )
          const it = yield* open({ sheet: silent })
          yield* act(() => button(it.page).filter({ hasText: "Pay ₩9,000" }).click())
          yield* says(it.page, "Please confirm in the payment sheet…")
          expect(it.complaints).toEqual([])
        }),
    )
  })
})
