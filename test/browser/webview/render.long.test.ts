/** The button while the app around it renders on: what it is given counts from then on, and nothing of what it was given before. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { act, held } from "../../support/browser.ts"
import { yes } from "./host.ts"
import { button, buyerAt, chargesOf, eventsOf, open, says, show, status, world } from "./miniApp.ts"

const changed = "The price has changed. Please check the new total. Pay ₩9,000"

describe("a button that is rendered again", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect("without its headers sends none any more", () =>
      Effect.gen(function* () {
        const { page } = yield* open({ sheet: async () => [yes] })
        yield* act(() => button(page).waitFor())
        yield* show(page, { buyer: "" })
        const asked = page.waitForRequest((request) => request.url().endsWith("/create"))
        yield* act(() => button(page).click())
        expect((yield* act(() => asked)).headers()).not.toHaveProperty("x-toss-user-key")
      }),
    )

    it.effect("with another wish of the same amount shows that amount, not the other's new price", () =>
      Effect.gen(function* () {
        const { page } = yield* open({ amount: 8_000, sheet: async () => [yes] })
        yield* act(() => button(page).click())
        yield* says(page, changed)
        yield* act(() => button(page).filter({ hasText: "Pay ₩9,000" }).waitFor())
        yield* show(page, { amount: 8_000, sku: "book" })
        yield* act(() => button(page).filter({ hasText: "Pay ₩8,000" }).waitFor())
        yield* act(() => page.locator("[role=status]:empty").waitFor({ state: "attached" }))
      }),
    )

    it.effect.each([undefined, "sdk"] as const)(
      "with another wish says nothing more of the one that was refused (storage: %s)",
      (storage) =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          const { page } = yield* open({ sku: "sold-out", sheet: pays, ...(storage && { storage }) })
          yield* act(() => button(page).click())
          yield* says(page, "This product is not for sale.")
          yield* show(page, { sku: "coffee" })
          yield* act(() => page.locator("[role=status]:empty").waitFor({ state: "attached" }))
          yield* act(() => button(page).click())
          yield* says(page, "Paid.")
        }),
    )

    it.effect("with the new price says that it is new, also where the storage takes its time", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const { page } = yield* open({ amount: 8_000, storage: "sdk", sheet: pays })
        yield* act(() => button(page).click())
        yield* says(page, changed)
        yield* act(() =>
          button(page).filter({ hasText: "Pay ₩9,000" }).and(page.locator("[aria-busy=false]")).waitFor(),
        )
        yield* says(page, changed)
      }),
    )

    it.effect("with another wish while the first is refused says nothing of the first", () =>
      Effect.gen(function* () {
        const { page } = yield* open({ amount: 8_000, sheet: async () => [yes] })
        const creating = yield* held(page, "**/create")
        yield* act(() => button(page).click())
        yield* says(page, "Creating your order…")
        yield* show(page, { amount: 8_000, sku: "book" })
        creating.resolve()
        yield* act(() => page.locator("[role=status]:empty").waitFor({ state: "attached" }))
        expect(yield* act(() => button(page).innerText())).toBe("Pay ₩8,000")
        expect(yield* act(() => button(page).getAttribute("aria-disabled"))).toBe("false")
      }),
    )

    it.effect("after its first look at a new wish pays that", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const { page } = yield* open({
          sheet: pays,
        })
        yield* act(() => button(page).click())
        yield* says(page, "Paid.")
        yield* show(page, { amount: 24_000, sku: "book" })
        yield* act(() => button(page).filter({ hasText: "Pay ₩24,000" }).click())
        yield* says(page, "Paid.")
        yield* act(() => button(page).filter({ hasText: "Order again" }).waitFor())
      }),
    )

    it.effect("anew while its sheet is open opens no second one, and shows that it is paid", () =>
      Effect.gen(function* () {
        const { approves } = yield* buyerAt
        const [opened, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        let sheets = 0
        const { page, settings } = yield* open({
          sheet: async (args) => {
            sheets += 1
            opened.resolve()
            await release.promise
            await approves(args)
            return [yes]
          },
        })
        yield* act(() => button(page).click())
        yield* act(() => opened.promise)
        yield* show(page, { buttons: ["another"] })
        yield* says(page, "Please confirm in the payment sheet…")
        yield* act(() => button(page).dblclick({ force: true }))
        release.resolve()
        yield* says(page, "Paid.")
        expect(sheets).toBe(1)
        expect(yield* chargesOf(settings)).toBe(1)
        expect((yield* eventsOf(page)).filter(({ type }) => type === "paid")).toHaveLength(1)
      }),
    )

    it.effect("beside another of the same wish opens one sheet for both, whichever is tapped", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        let sheets = 0
        const { page, settings } = yield* open({
          buttons: ["one", "other"],
          sheet: (args) => {
            sheets += 1
            return pays(args)
          },
        })
        yield* act(() => button(page).nth(1).waitFor())
        yield* act(() =>
          page.evaluate(() => {
            for (const each of document.querySelectorAll("button")) each.click()
          }),
        )
        for (const nth of [0, 1])
          yield* act(() => status(page).nth(nth).filter({ hasText: "Paid." }).waitFor())
        expect(sheets).toBe(1)
        expect(yield* chargesOf(settings)).toBe(1)
      }),
    )
  })
})
