/** Every main screen, light on a phone and dark on a desktop, held against the rules of axe. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { describe, it } from "@effect/vitest"
import type { AxeResults } from "axe-core"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import {
  act,
  choose,
  onSheet,
  open,
  orderButton,
  payButton,
  receipt,
  sheet,
  shopInBrowser,
  status,
} from "./buyer.ts"

const both = shopInBrowser({ MISMATCH_POLICY: "hold" })

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe has against the page as it is now, once nothing on it moves any more. */
const violations = (page: Page) =>
  act(async () => {
    await page.evaluate(axe)
    const results = await page.evaluate(() =>
      (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    )
    return results.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`,
    )
  })

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

describe("axe finds nothing", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect.each([
      ["phone", "light"],
      ["desktop", "dark"],
    ] as const)("on a %s in %s", ([size, colorScheme]) =>
      Effect.gen(function* () {
        const { page } = yield* open("/", { viewport: sizes[size], colorScheme, reducedMotion: "reduce" })
        const found: Record<string, ReadonlyArray<string>> = {}
        const look = (name: string) =>
          Effect.map(violations(page), (all) => {
            found[name] = all
          })
        const drawers = size === "phone" ? ["What goes wrong", "Machine", "Server log"] : []

        yield* act(() => orderButton(page).waitFor())
        yield* look("list")
        yield* act(() => orderButton(page).click())
        yield* look("confirm")
        yield* act(() => payButton(page).click())
        yield* act(() => sheet(page).waitFor())
        yield* look("sheet")
        yield* onSheet(page, "닫기")
        yield* act(() => status(page).getByText("Payment was cancelled. You can try again.").waitFor())
        yield* look("cancelled")

        const held = Promise.withResolvers<void>()
        yield* act(() =>
          page.route("**/api/payment/execute", async (route) => {
            await held.promise
            await route.continue()
          }),
        )
        yield* act(() => payButton(page).click())
        yield* onSheet(page, "결제하기")
        yield* act(() => page.locator(".spinner").waitFor())
        yield* look("in progress")
        held.resolve()
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
        yield* onSheet(page, "결제하기")
        yield* act(() => status(page).getByText("Payment was cancelled. You can try again.").waitFor())
        yield* act(() => page.reload())
        yield* act(() => page.getByRole("heading", { name: "Not paid" }).waitFor())
        yield* look("not paid")
        yield* act(() => page.getByRole("button", { name: "Try again" }).click())

        if (size === "phone") yield* act(() => page.getByRole("button", { name: "What goes wrong" }).click())
        yield* choose(page, "wrongAmount")
        if (size === "phone") yield* act(() => page.getByRole("button", { name: "What goes wrong" }).click())
        yield* act(() => payButton(page).click())
        yield* onSheet(page, "결제하기")
        yield* act(() => page.getByRole("button", { name: "Check again" }).waitFor())
        yield* look("under review")

        expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])))
      }),
    )
  })
})
