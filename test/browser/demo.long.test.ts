import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { act } from "../support/browser.ts"
import { giveBack } from "../support/buying.ts"
import {
  charges,
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

const both = shopInBrowser()

describe("the demo mini-app in a real browser", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect(
      "a buyer chooses, confirms, pays, and finds the order among theirs; all of it under a strict policy",
      () =>
        Effect.gen(function* () {
          const { page, complaints } = yield* open("/")
          const before = yield* charges
          yield* act(() => page.getByRole("button", { name: /Coffee, Add one/ }).click())
          yield* act(() => page.getByRole("spinbutton", { name: /Tip/ }).fill("500"))
          yield* toSheet(page)
          yield* onSheet(page, "pay")
          yield* act(() => receipt(page).waitFor())
          expect(yield* act(() => page.locator(".receipt").innerText())).toContain("₩9,500")
          yield* act(() => page.getByRole("button", { name: "Your orders" }).click())
          const newest = page.locator("article").first()
          yield* act(() => newest.getByText("Coffee × 2, Tip × 1").waitFor())
          expect(yield* act(() => newest.innerText())).toContain("paid")
          expect(yield* charges).toBe(before + 1)
          expect(complaints).toEqual([])
        }),
    )

    it.effect(
      "before paying, the buyer sees name, price, quantity, discount, total and the terms of a refund",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          yield* act(() => page.getByRole("button", { name: /Coffee, Add one/ }).click())
          yield* act(() => page.getByRole("button", { name: /Book, Add one/ }).click())
          yield* act(() => orderButton(page).click())
          yield* act(() => page.getByText("Total to pay").waitFor())
          const said = (yield* act(() => page.getByRole("main").innerText())).replaceAll(/\n+/g, " ")
          for (const words of [
            "Coffee ₩4,500 × 2 ₩9,000",
            "Book ₩12,000 × 1 ₩12,000",
            "Discount None",
            "Total to pay ₩21,000",
            "full refund within 7 days",
            "Pay ₩21,000",
          ])
            expect(said).toContain(words)
        }),
    )

    it.effect.each([
      ["ko-KR", "Korean", /[A-Za-z]{2,} [A-Za-z]{2,}|Coffee/],
      ["en-US", "English", /\p{Script=Hangul}/u],
    ] as const)("whoever speaks %s sees every screen in %s, and nothing else", ([locale, , other]) =>
      Effect.gen(function* () {
        const { page } = yield* open("/", { locale })
        /** What stands there, but for the names in code and what is said to be in another language. */
        const isRead = act(async () =>
          expect(
            await page.locator("body").evaluate((body) => {
              const read = body.cloneNode(true) as HTMLElement
              for (const code of read.querySelectorAll("code, svg, .rows, .way span, .link")) code.remove()
              const sheet = document.querySelector(".phone > div:last-child")?.shadowRoot?.textContent ?? ""
              const labels = [...read.querySelectorAll("[aria-label]")].map((one) => one.ariaLabel)
              return `${read.textContent} ${labels.join("; ")} ${sheet.replace("toss pay", "")}`
            }),
          ).not.toMatch(other),
        )
        const next = act(() => page.locator(".cta button").first().click())
        yield* choose(page, "wrongAmount")
        yield* isRead
        yield* next
        yield* act(() => page.locator("dt.sum").waitFor())
        yield* isRead
        yield* next
        yield* act(() => sheet(page).waitFor())
        yield* isRead
        yield* onSheet(page, "close")
        yield* act(() => page.locator(".problem, .cta .muted").waitFor())
        yield* isRead
        yield* next
        yield* onSheet(page, "pay")
        yield* act(() => page.locator(".result").waitFor())
        yield* isRead
        yield* act(() => page.locator(".ledger strong").filter({ hasText: "·" }).waitFor())
        yield* isRead
        yield* act(() => page.evaluate(() => location.assign("#orders")))
        yield* act(() => page.locator("article").first().waitFor())
        yield* isRead
      }),
    )

    it.effect("a no is said of the basket that it was said of, and the price list is read anew", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const config = yield* act(() => page.evaluate(async () => (await fetch("/demo.json")).json()))
        const [coffee, ...others] = config.products
        const old = [{ ...coffee, price: 4_000 }, { sku: "tea", name: "Tea", price: 3_000 }, ...others]
        yield* act(async () => {
          await page.route("**/demo.json", (route) => route.fulfill({ json: { ...config, products: old } }))
          await page.reload()
          await page.getByText("Tea").waitFor()
          await page.unroute("**/demo.json")
        })
        const said = (words: string) => act(() => page.locator(".cta .problem").getByText(words).waitFor())
        const back = act(() => page.getByRole("button", { name: "Back" }).click())
        const add = (name: string) =>
          act(() => page.getByRole("button", { name: `${name}, Add one` }).click())

        yield* act(() => orderButton(page).click())
        yield* act(() => payButton(page).filter({ hasText: "₩4,000" }).click())
        yield* said("The price has changed. Please check the new total. Pay ₩4,500")
        yield* act(() => payButton(page).filter({ hasText: "₩4,500" }).waitFor())
        yield* back
        expect(yield* act(() => page.getByText("Tea").count())).toBe(0)
        yield* add("Coffee")
        expect(yield* act(() => page.locator("main > [role=status]").innerText())).toBe("")
        yield* act(() => orderButton(page).click())
        yield* act(() => payButton(page).filter({ hasText: "₩9,000" }).click())
        yield* onSheet(page, "pay")
        yield* act(() => receipt(page).waitFor())
      }),
    )

    it.effect(
      "an order stays as it was chosen when the page reloads before it is paid, and is the same order",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          yield* act(() => page.getByRole("button", { name: /Book, Add one/ }).click())
          yield* toSheet(page)
          yield* act(() => page.reload())
          yield* act(() => payButton(page).and(page.locator("[aria-disabled=false]")).click())
          yield* act(() => sheet(page).getByText("₩16,500").waitFor())
          yield* onSheet(page, "pay")
          yield* act(() => receipt(page).waitFor())
          expect(yield* charges).toBe(before + 1)
          yield* act(() => page.getByRole("button", { name: "Your orders" }).click())
          yield* act(() => page.getByText("Coffee × 1, Book × 1").first().waitFor())
          expect(yield* act(() => page.getByText("Coffee × 1, Book × 1").count())).toBe(1)
        }),
    )

    it.effect(
      "keyboard alone leads from the list to the receipt, and Escape closes the sheet where it was opened",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          const focused = () =>
            page.evaluate(() => {
              const { activeElement } = document
              return (activeElement?.shadowRoot?.activeElement ?? activeElement)?.textContent ?? ""
            })
          const tabTo = (name: RegExp) =>
            act(async () => {
              for (let tabs = 0; !name.test(await focused()); tabs += 1) {
                expect(tabs, `nothing like ${name} within reach of the keyboard`).toBeLessThan(30)
                await page.keyboard.press("Tab")
              }
            })
          const press = (key: string) => act(() => page.keyboard.press(key))
          yield* act(() => orderButton(page).waitFor())
          yield* tabTo(/^Order for/)
          yield* press("Enter")
          yield* tabTo(/^Pay/)
          yield* press("Enter")
          yield* act(() => sheet(page).waitFor())
          yield* press("Escape")
          yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
          expect(yield* act(focused)).toMatch(/^Pay/)
          yield* press("Enter")
          yield* act(() => sheet(page).waitFor())
          yield* tabTo(/^Pay$/)
          yield* press("Enter")
          yield* act(() => receipt(page).waitFor())
          yield* tabTo(/^Order something else/)
          yield* press("Enter")
          yield* act(() => orderButton(page).waitFor())
          expect(yield* charges).toBe(before + 1)
        }),
    )

    it.effect("the bank's ledger beside the log shows what was charged and what was given back", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        yield* toSheet(page)
        yield* onSheet(page, "pay")
        yield* act(() => receipt(page).waitFor())
        const ledger = page.getByRole("region", { name: "Server log" }).locator(".ledger")
        yield* act(() => ledger.getByText("charged once, ₩4,500", { exact: true }).waitFor())
        yield* giveBack(yield* act(() => page.locator(".id").textContent()))
        yield* act(() =>
          ledger.getByText("charged once, ₩4,500 · refunded once, ₩4,500", { exact: true }).waitFor(),
        )
      }),
    )

    it.effect("the browser's way back closes an open sheet, and leaves the page beneath where it was", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        yield* toSheet(page)
        yield* act(() => page.goBack().then(() => {}))
        yield* act(() => sheet(page).waitFor({ state: "detached" }))
        yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
        yield* act(() => payButton(page).and(page.locator("[aria-disabled=false]")).click())
        yield* onSheet(page, "pay")
        yield* act(() => receipt(page).waitFor())
        expect(yield* charges).toBe(before + 1)
      }),
    )

    it.effect("nothing moves for who asked for less motion", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/", { reducedMotion: "reduce" })
        const moving = () =>
          page.evaluate(
            () =>
              [
                document,
                ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? []),
              ].flatMap((root) => root.getAnimations()).length,
          )
        yield* act(() =>
          page.route("**/api/payment/execute", async (route) => {
            expect(await moving()).toBe(0)
            await route.continue()
          }),
        )
        yield* toSheet(page)
        expect(yield* act(moving)).toBe(0)
        yield* onSheet(page, "pay")
        yield* act(() => receipt(page).waitFor())
        expect(yield* act(moving)).toBe(0)
      }),
    )

    it.effect("on a phone the shop fills the screen, and what is around it comes in a drawer", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/", { viewport: { width: 390, height: 844 } })
        expect((yield* act(() => page.locator(".phone").boundingBox()))?.width).toBe(390)
        const machine = page.getByRole("region", { name: "Machine" })
        expect(yield* act(() => machine.isVisible())).toBe(false)
        yield* act(() => page.getByRole("button", { name: "Machine" }).click())
        expect(yield* act(() => machine.isVisible())).toBe(true)
        yield* act(() => page.getByRole("button", { name: "Machine" }).click())
        expect(yield* act(() => machine.isVisible())).toBe(false)
        yield* act(() => page.getByRole("button", { name: "Machine" }).click())
        yield* act(() => machine.focus())
        yield* act(() => page.keyboard.press("Escape"))
        yield* act(() => machine.waitFor({ state: "hidden" }))
        expect(yield* act(() => page.locator(":focus").innerText())).toBe("Machine")
        expect(yield* act(() => page.title())).toBe("Corner café")
      }),
    )
  })
})

describe("the component printed in the guide, unchanged", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect("pays against this server", () =>
      Effect.gen(function* () {
        const { page, complaints } = yield* open("/guide.html")
        yield* act(() => page.getByRole("button", { name: "Pay 5,000" }).click())
        yield* onSheet(page, "pay")
        yield* act(() => page.getByText("Payment complete.").waitFor())
        expect(yield* charges).toBe(1)
        expect(complaints).toEqual([])
      }),
    )

    it.effect("shows the reason when the sheet is closed", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/guide.html")
        yield* act(() => page.getByRole("button", { name: "Pay 5,000" }).click())
        yield* onSheet(page, "close")
        yield* act(() => page.getByText("The buyer cancelled the payment.").waitFor())
      }),
    )
  })
})
