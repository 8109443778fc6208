import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { Browser } from "../support/browser.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const both = Layer.merge(Layer.orDie(Browser.layer), shop())

/** Opens a page of the shop and collects what it complains of. */
const open = (path: string) =>
  Effect.gen(function* () {
    const page = yield* (yield* Browser).page()
    const complaints: Array<string> = []
    page.on("pageerror", (error) => complaints.push(error.message))
    const { url } = yield* Shop
    yield* Effect.promise(() => page.goto(`${url}${path}`))
    return { page, complaints }
  })

const act = <A>(run: () => Promise<A>) => Effect.promise(run)

const onSheet = (page: Page, name: RegExp) =>
  act(async () => {
    const sheet = page.getByRole("dialog")
    await sheet.waitFor()
    const button = sheet.getByRole("button", { name })
    if (!(await button.isVisible())) await sheet.getByText("other outcomes").click()
    await button.click()
  })

const payButton = (page: Page) => page.getByRole("button", { name: /^Pay / })
const status = (page: Page) => page.getByRole("status")

const charges = Effect.gen(function* () {
  return (yield* (yield* TossPaySimulator).ledger).filter((entry) => entry.kind === "charge").length
})

describe("the demo mini-app in a real browser", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect("a buyer opens the page, pays, and sees the payment settle", () =>
      Effect.gen(function* () {
        const { page, complaints } = yield* open("/")
        const before = yield* charges
        yield* act(() => page.getByRole("button", { name: /Coffee, Add one/ }).click())
        yield* act(() => payButton(page).click())
        yield* onSheet(page, /결제하기/)
        yield* act(() => page.getByRole("heading", { name: /Paid/ }).waitFor())
        expect(yield* act(() => page.locator(".receipt").innerText())).toContain("₩9,000")
        expect(yield* charges).toBe(before + 1)
        expect(complaints).toEqual([])
      }),
    )

    it.effect(
      "closing the sheet leads back to the order with the reason, and the same order can be paid",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          yield* act(() => payButton(page).click())
          yield* onSheet(page, /닫기/)
          yield* act(() => status(page).getByText("사용자가 결제를 취소했어요.").waitFor())
          yield* act(() => payButton(page).click())
          yield* onSheet(page, /결제하기/)
          yield* act(() => page.getByRole("heading", { name: /Paid/ }).waitFor())
          expect(yield* charges).toBe(before + 1)
        }),
    )

    it.effect("a sheet that fails after the approval still ends as paid, once", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        yield* act(() => payButton(page).click())
        yield* onSheet(page, /approve, then reject/)
        yield* act(() => page.getByRole("heading", { name: /Paid/ }).waitFor())
        expect(yield* charges).toBe(before + 1)
      }),
    )

    it.effect.each([
      ["a success that the bank never saw", /success without approval/],
      ["an object without success", /"false"/],
      ["no value at all", /undefined/],
      ["a rejection that is no Error", /plain object/],
    ] as const)("%s charges nothing and leaves the buyer able to try again", ([, choice]) =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        yield* act(() => payButton(page).click())
        yield* onSheet(page, choice)
        yield* act(() =>
          status(page)
            .filter({ hasText: /try again/ })
            .waitFor(),
        )
        expect(yield* charges).toBe(before)
        yield* act(() => payButton(page).click())
        yield* onSheet(page, /결제하기/)
        yield* act(() => page.getByRole("heading", { name: /Paid/ }).waitFor())
        expect(yield* charges).toBe(before + 1)
      }),
    )

    it.effect("a mismatch offers to look again and no second order", () =>
      Effect.gen(function* () {
        const simulator = yield* TossPaySimulator
        const { page } = yield* open("/")
        yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
        yield* act(() => payButton(page).click())
        yield* onSheet(page, /결제하기/)
        yield* act(() => page.getByRole("button", { name: /check again|look again/i }).waitFor())
        expect(yield* act(() => payButton(page).count())).toBe(0)
        expect(yield* act(() => page.getByRole("button", { name: /order something else/i }).count())).toBe(0)
      }),
    )

    it.effect("a declined payment says so, and the next try is a new order", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        yield* act(() => payButton(page).click())
        yield* onSheet(page, /decline/)
        yield* act(() => status(page).getByText("결제가 거절되었어요.").waitFor())
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
        yield* onSheet(page, /결제하기/)
        yield* act(() => page.getByText("Payment complete.").waitFor())
        expect(yield* charges).toBe(1)
        expect(complaints).toEqual([])
      }),
    )

    it.effect("shows the reason when the sheet is closed", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/guide.html")
        yield* act(() => page.getByRole("button", { name: "Pay 5,000" }).click())
        yield* onSheet(page, /닫기/)
        yield* act(() => page.getByText("사용자가 결제를 취소했어요.").waitFor())
      }),
    )
  })
})
