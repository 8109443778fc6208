/** Nothing is lost in a real browser: reloads at every step, two tabs, networks that fail, storage that is switched off. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page, Route } from "playwright-core"
import { expect } from "vitest"
import { act } from "../../support/browser.ts"
import { closed, type PlaySheet, yes } from "./host.ts"
import { button, buyerAt, chargesOf, eventsOf, open, says, silent, world } from "./miniApp.ts"

/** Resolves with the first request to this path, which then hangs: before the server has seen it, or after. */
const hanging = (page: Page, path: string, when: "before" | "after") =>
  new Promise<void>((resolve) => {
    const hang = async (route: Route) => {
      if (when === "after") await route.fetch()
      resolve()
    }
    page.route(`**/api/payment${path}`, hang, { times: 1 })
  })

const ordersSeen = (sent: ReadonlyArray<string>) => sent.filter((path) => path.endsWith("/create")).length

describe("a page that is reloaded", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect.each([
      ["before create reached the server", "/create", "before"],
      ["after create reached the server, before it was answered", "/create", "after"],
      ["before the execution reached the server", "/execute", "before"],
      ["during the execution", "/execute", "after"],
    ] as const)("%s goes on: one order, one charge, and it shows as paid", ([, path, when]) =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({ sheet: pays })
        const hangs = hanging(it.page, path, when)
        yield* act(() => button(it.page).click())
        yield* act(() => hangs)
        yield* act(() => it.page.reload())
        if (path === "/create") yield* act(() => button(it.page).filter({ hasText: "Pay ₩9,000" }).click())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        expect(ordersSeen(it.sent)).toBe(path === "/create" ? 2 : 1)
      }),
    )

    it.effect("while the sheet is open continues with the same order", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const sheets: Array<PlaySheet> = [silent, pays]
        const it = yield* open({ sheet: (args) => (sheets.shift() ?? silent)(args) })
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Please confirm in the payment sheet")
        yield* act(() => it.page.reload())
        yield* says(it.page, "Not paid yet.")
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        expect(ordersSeen(it.sent)).toBe(1)
      }),
    )

    it.effect("after the buyer approved and before the sheet answered shows as paid by itself", () =>
      Effect.gen(function* () {
        const { approves } = yield* buyerAt
        const approved = Promise.withResolvers<void>()
        const it = yield* open({
          sheet: async (args) => {
            await approves(args)
            approved.resolve()
            return silent(args)
          },
        })
        yield* act(() => button(it.page).click())
        yield* act(() => approved.promise)
        yield* act(() => it.page.reload())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        // It shows first, and is told once the other pages know of it.
        yield* Effect.repeat(eventsOf(it.page), {
          until: (events) => events.some(({ type }) => type === "paid"),
        })
      }),
    )

    it.effect("after it was paid still shows as paid, is not told again, and pays nothing more", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({ sheet: pays })
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Paid.")
        yield* act(() => it.page.reload())
        yield* says(it.page, "Paid.")
        expect((yield* eventsOf(it.page)).map(({ type }) => type)).not.toContain("paid")
        expect(yield* chargesOf(it.settings)).toBe(1)
      }),
    )

    it.effect("keeps the order in the SDK's own storage where the app wants it so", () =>
      Effect.gen(function* () {
        const sheets: Array<PlaySheet> = [silent]
        const it = yield* open({ storage: "sdk", sheet: (args) => (sheets.shift() ?? silent)(args) })
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Please confirm in the payment sheet")
        const names = yield* act(() => it.page.evaluate(() => Object.keys(localStorage)))
        expect(names).toEqual(["native tosspay-checkout"])
        yield* act(() => it.page.reload())
        yield* says(it.page, "Not paid yet.")
      }),
    )

    it.effect("without any storage pays as well", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({ sheet: pays })
        yield* act(() =>
          it.page.context().addInitScript(() => {
            Object.defineProperty(window, "localStorage", {
              get: () => {
                throw new DOMException("denied", "SecurityError")
              },
            })
          }),
        )
        yield* act(() => it.page.reload())
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
      }),
    )

    it.effect("by a buyer who comes back to it finds what was approved in the meantime", () =>
      Effect.gen(function* () {
        const { approves } = yield* buyerAt
        const sheet = Promise.withResolvers<unknown>()
        const it = yield* open({
          sheet: async (args) => {
            sheet.resolve(args)
            return [closed]
          },
        })
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Nothing was charged. You can pay it now.")
        yield* act(async () => approves(await sheet.promise))
        yield* act(() =>
          it.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))),
        )
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
      }),
    )
  })
})

describe("two tabs of one buyer", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect("that pay the same order end in one charge, and both show it", () =>
      Effect.gen(function* () {
        const { approves } = yield* buyerAt
        const opened = Promise.withResolvers<void>()
        const release = Promise.withResolvers<void>()
        let sheets = 0
        const it = yield* open({
          sheetPatienceMs: 5_000,
          sheet: async (args) => {
            sheets += 1
            if (sheets > 1) return [{ kind: "reject", value: { code: "PAYMENT_OVER" } }]
            opened.resolve()
            await release.promise
            await approves(args)
            return [yes]
          },
        })
        const other = yield* it.another
        yield* act(() => button(other).filter({ hasText: "Pay ₩9,000" }).waitFor())
        yield* act(() => button(it.page).click())
        yield* act(() => opened.promise)
        yield* act(() => button(other).click())
        yield* says(other, /no answer/)
        release.resolve()
        yield* says(it.page, "Paid.")
        yield* act(() => button(other).click())
        yield* says(other, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        expect(ordersSeen(it.sent)).toBe(1)
      }),
    )
  })
})

describe("a network", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect(
      "that goes away after the authentication: the buyer is told not to pay again, and it recovers by itself",
      () =>
        Effect.gen(function* () {
          const { approves } = yield* buyerAt
          const it = yield* open({
            sheet: async (args) => {
              await approves(args)
              await it.page.context().setOffline(true)
              return [yes]
            },
          })
          yield* act(() => button(it.page).click())
          yield* says(it.page, "We are confirming your payment. Please do not pay again.")
          yield* act(() => button(it.page).click({ force: true }))
          yield* act(() => it.page.context().setOffline(false))
          yield* says(it.page, "Paid.")
          expect(yield* chargesOf(it.settings)).toBe(1)
          expect(ordersSeen(it.sent)).toBe(1)
        }),
    )

    it.effect("that is away at the tap: the buyer is told, and the next tap pays", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({ sheet: pays })
        yield* act(() => it.page.context().setOffline(true))
        yield* act(() => button(it.page).click())
        yield* says(it.page, "No connection. Please try again in a moment.")
        yield* act(() => it.page.context().setOffline(false))
        yield* act(() => button(it.page).click())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
      }),
    )

    it.effect("that is slow pays all the same", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const it = yield* open({ sheet: pays })
        yield* act(async () => {
          const devTools = await it.page.context().newCDPSession(it.page)
          await devTools.send("Network.enable")
          await devTools.send("Network.emulateNetworkConditions", {
            offline: false,
            latency: 600,
            downloadThroughput: 6_000,
            uploadThroughput: 6_000,
          })
        })
        yield* act(() => button(it.page).dblclick())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        expect(ordersSeen(it.sent)).toBe(1)
      }),
    )
  })
})
