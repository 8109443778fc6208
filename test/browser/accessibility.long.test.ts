/** Every main screen, light on a phone and dark on a desktop, held against the rules of axe. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { violations } from "../support/axe.ts"
import { act, held } from "../support/browser.ts"
import { giveBack } from "../support/buying.ts"
import { TossPaySimulator } from "../support/server.ts"
import {
  choose,
  onSheet,
  open,
  orderButton,
  payButton,
  receipt,
  sheet,
  shopInBrowser,
  status,
  toSheet,
} from "./buyer.ts"

/** Short pauses, so that a refund goes on within the test. */
const both = shopInBrowser({
  MISMATCH_POLICY: "hold",
  CHECKOUT_LEASE_MS: "1500",
  RECOVERY_INTERVAL_MS: "200",
})

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

const walks = [
  ["phone", "light"],
  ["desktop", "dark"],
] as const

/** What the payment says, if it is there for readers of the screen more often than once. */
const repetitions = (page: Page) =>
  act(async () => {
    const text = await status(page).first().innerText()
    const heard = text === "" ? [] : (await page.getByRole("main").ariaSnapshot()).split(text).slice(1)
    return heard.length > 1 ? [`heard ${heard.length} times: ${text}`] : []
  })

/** Names in the picture of the machine whose text comes nearer to the edge of their box than it begins. */
const crowded = (page: Page) =>
  act(() =>
    page.locator(".chart").evaluate((chart) => {
      const boxes = [...chart.querySelectorAll<SVGGraphicsElement>("rect.state")].map((box) => box.getBBox())
      return [...chart.querySelectorAll<SVGGraphicsElement>("text.name")].flatMap((name, index) => {
        const [text, box] = [name.getBBox(), boxes[index] as DOMRect]
        const isCrowded = box.x + box.width - (text.x + text.width) < text.x - box.x - 1
        return isCrowded ? [`no room after ${name.textContent}`] : []
      })
    }),
  )

/** Looks at page after page under names of their own; in the end nothing may have been found on any. */
const looking = (page: Page) => {
  const found: Record<string, ReadonlyArray<string>> = {}
  return {
    look: (name: string) =>
      Effect.gen(function* () {
        found[name] = [...(yield* violations(page)), ...(yield* repetitions(page)), ...(yield* crowded(page))]
      }),
    foundNothing: () =>
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []]))),
  }
}

describe("axe finds nothing, nothing is read out twice, and no name lacks room,", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect.each(walks)("on a %s in %s", ([size, colorScheme]) =>
      Effect.gen(function* () {
        const { page } = yield* open("/", { viewport: sizes[size], colorScheme, reducedMotion: "reduce" })
        const { look, foundNothing } = looking(page)
        const drawers = size === "phone" ? ["What goes wrong", "Machine", "Server log"] : []

        yield* act(() => orderButton(page).waitFor())
        yield* look("list")
        yield* act(() => orderButton(page).click())
        yield* look("confirm")
        yield* act(() => payButton(page).click())
        yield* act(() => sheet(page).waitFor())
        yield* look("sheet")
        yield* onSheet(page, "close")
        yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
        yield* look("cancelled")

        const executing = yield* held(page, "**/api/payment/execute")
        yield* act(() => payButton(page).click())
        yield* onSheet(page, "pay")
        yield* act(() => page.locator(".spinner").waitFor())
        yield* look("in progress")
        executing.resolve()
        yield* act(() => receipt(page).waitFor())
        yield* look("receipt")
        for (const drawer of drawers) {
          yield* act(() => page.getByRole("button", { name: drawer }).click())
          yield* look(drawer)
        }
        if (drawers.length > 0) yield* act(() => page.getByRole("button", { name: "Server log" }).click())
        yield* act(() => page.getByRole("button", { name: "Your orders" }).click())
        yield* look("orders")

        yield* act(() => page.goto(page.url().replace(/#.*/, "")))
        yield* act(() => orderButton(page).click())
        yield* act(() => page.evaluate(() => sessionStorage.setItem("demo-trouble", "declined")))
        yield* act(() => payButton(page).click())
        yield* onSheet(page, "pay")
        yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
        yield* act(() => page.reload())
        yield* act(() => page.getByRole("heading", { name: "Not paid" }).waitFor())
        yield* look("not paid")
        yield* act(() => page.getByRole("button", { name: "Try again" }).click())

        if (size === "phone") yield* act(() => page.getByRole("button", { name: "What goes wrong" }).click())
        yield* choose(page, "wrongAmount")
        if (size === "phone") yield* act(() => page.getByRole("button", { name: "What goes wrong" }).click())
        yield* act(() => payButton(page).click())
        yield* onSheet(page, "pay")
        yield* act(() => page.getByRole("button", { name: "Check again" }).waitFor())
        yield* look("under review")

        foundNothing()
      }),
    )

    it.effect.each(walks)(
      "on a %s in %s while the money goes back, and while the server is away",
      ([size, colorScheme]) =>
        Effect.gen(function* () {
          const { page } = yield* open("/", { viewport: sizes[size], colorScheme, reducedMotion: "reduce" })
          const { look, foundNothing } = looking(page)
          const simulator = yield* TossPaySimulator
          yield* toSheet(page)
          yield* onSheet(page, "pay")
          yield* act(() => receipt(page).waitFor())
          yield* simulator.setFault({ call: "refund-payment", fault: "http503", times: "always" })
          yield* giveBack(yield* act(() => page.locator(".id").textContent()))
          yield* act(() => page.reload())
          yield* act(() => page.getByRole("heading", { name: "Your refund is on its way" }).waitFor())
          yield* look("refunding")
          yield* simulator.clearFaults
          const refunded = page.getByRole("heading", { name: "Refunded" })
          const check = page.getByRole("button", { name: "Check again" })
          yield* act(() =>
            expect
              .poll(
                async () => {
                  if (await check.isVisible()) await check.click()
                  return refunded.isVisible()
                },
                // Every question that failed makes the pause to the next one longer.
                { timeout: 120_000 },
              )
              .toBe(true),
          )
          yield* look("refunded")
          yield* act(() => page.getByRole("button", { name: "Order something else" }).click())

          yield* act(() => page.route("**/api/payment/create", (route) => route.abort()))
          yield* act(() => orderButton(page).click())
          yield* act(() => payButton(page).click())
          yield* act(() => status(page).getByText("No connection.").waitFor())
          yield* look("unreachable")
          foundNothing()
        }),
      180_000,
    )
  })
})
