/** A buyer in a real browser, and whoever chooses on the stage what goes wrong. */

import { Effect, Layer } from "effect"
import type { BrowserContextOptions, Page } from "playwright-core"
import { expect } from "vitest"
import { type TroubleName, troubles } from "../../client/demo/trouble.ts"
import { act, Browser } from "../support/browser.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

/** A browser, and a shop with the bank beside it; `env` overrides the shop's settings. */
export const shopInBrowser = (env: Record<string, string> = {}) =>
  Layer.merge(Layer.orDie(Browser.layer), shop({ ADMIN_TOKEN: "back-office", ...env }))

/** Opens a page of the shop and collects what it, or the browser for it, complains of. */
export const open = (path: string, options: BrowserContextOptions = {}) =>
  Effect.gen(function* () {
    const page = yield* (yield* Browser).page(options)
    const complaints: Array<string> = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (message) => {
      // A refusal is an answer like any other; what is left is the page's own trouble, such as a broken security policy.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        complaints.push(message.text())
    })
    const { url } = yield* Shop
    yield* act(() => page.goto(`${url}${path}`))
    return { page, complaints }
  })

/** Chooses what goes wrong, and waits until the bank is set up for it. */
export const choose = (page: Page, name: TroubleName) =>
  Effect.andThen(
    act(() => page.locator(`input[value=${name}]`).check()),
    bankHas(name),
  )

/** Waits until the bank's switches are as this trouble sets them. */
export const bankHas = (name: TroubleName) =>
  Effect.gen(function* () {
    const { faults } = yield* TossPaySimulator
    const kindsOf = (all: ReadonlyArray<{ readonly call: string; readonly fault: string }>) =>
      all.map(({ call, fault }) => `${call} ${fault}`)
    yield* act(() =>
      expect
        .poll(async () => kindsOf(await Effect.runPromise(faults)))
        .toEqual(kindsOf(troubles[name].faults)),
    )
  })

export const orderButton = (page: Page) => page.getByRole("button", { name: /^Order for / })
export const payButton = (page: Page) => page.getByRole("button", { name: /^Pay / })
export const sheet = (page: Page) => page.getByRole("dialog")
export const status = (page: Page) => page.getByRole("main").getByRole("status")
export const receipt = (page: Page) => page.getByRole("heading", { name: "Paid", exact: true })

/** From the list to the open sheet. */
export const toSheet = (page: Page) =>
  act(async () => {
    await orderButton(page).click()
    await payButton(page).click()
    await sheet(page).waitFor()
  })

export const onSheet = (page: Page, choice: keyof typeof sheetButtons) =>
  act(() => sheet(page).getByRole("button", { name: sheetButtons[choice] }).click())

const sheetButtons = { pay: /^(Pay|결제하기)$/, close: /^(Close|닫기)$/ }

/** How many orders this page asks for from now on. */
export const ordersAsked = (page: Page) => {
  let asked = 0
  page.on("request", (request) => {
    if (request.url().endsWith("/api/payment/create")) asked += 1
  })
  return () => asked
}

/** How often money moved at the bank so far. */
export const charges = Effect.gen(function* () {
  return (yield* (yield* TossPaySimulator).ledger).filter((entry) => entry.kind === "charge").length
})
