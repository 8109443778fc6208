import { readFileSync } from "node:fs"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Locator } from "playwright-core"
import { expect } from "vitest"
import { violations } from "../support/axe.ts"
import { act } from "../support/browser.ts"
import { paidInReview } from "../support/inReview.ts"
import { TossPaySimulator } from "../support/server.ts"
import { admin, behaved, both, checkouts, open, pay, rows, signedIn, signIn } from "./auditConsole.ts"
import { asStately } from "./receiverPage.ts"

/** Waits until there are so many of it. */
const becomes = (locator: Locator, howMany: number) =>
  act(() => expect.poll(() => locator.count(), { timeout: 30_000 }).toBe(howMany))

describe("the audit console in a real browser", () => {
  it.layer(both, { excludeTestServices: true, timeout: 7_200_000 })((it) => {
    it.effect("a refund asks why and who, happens once, and is shown with both", () =>
      Effect.gen(function* () {
        const orderId = yield* pay("given-back")
        const opened = yield* signedIn(`checkouts/${orderId}`)
        const { page } = opened
        yield* act(() => page.getByRole("button", { name: "Refund…" }).click())
        const dialog = page.getByRole("dialog", { name: "back?" })
        yield* act(() => dialog.getByLabel("Reason").fill("The coffee was cold"))
        yield* act(() => dialog.getByLabel("Your name").fill("Kim"))
        yield* act(() => dialog.getByRole("button", { name: /^Give ₩/ }).click())
        yield* act(() => page.getByRole("status").getByText("Refunded.").waitFor())
        yield* act(() =>
          page
            .getByText("The money was given back")
            .or(page.getByText(/given back in full/))
            .first()
            .waitFor(),
        )
        expect(yield* act(() => page.getByRole("button", { name: "Refund…" }).count())).toBe(0)
        const ledger = yield* (yield* TossPaySimulator).ledger
        expect(ledger.filter((line) => line.orderNo === orderId).map(({ kind }) => kind)).toEqual([
          "charge",
          "refund",
        ])
        yield* act(() => page.getByRole("button", { name: /RefundStarted/ }).click())
        const step = page.locator(".step[aria-current]")
        yield* act(() => step.getByText("The coffee was cold").first().waitFor())
        expect(yield* act(() => step.innerText())).toContain("Kim")
      }),
    )

    it.effect(
      "a payment in review is ended on its page, by what TossPay says, with why and who on record",
      () =>
        Effect.gen(function* () {
          const { orderId } = yield* paidInReview
          const { page } = yield* signedIn(`checkouts/${orderId}`)
          yield* act(() => page.getByRole("button", { name: "Decide…" }).click())
          const dialog = page.getByRole("dialog", { name: "Decide by" })
          yield* act(() => dialog.getByLabel("Reason").fill("The dashboard has it as paid"))
          yield* act(() => dialog.getByLabel("Your name").fill("Lee"))
          yield* act(() => dialog.getByRole("button", { name: "Ask and decide" }).click())
          yield* act(() => page.getByRole("status").getByText("Decided by what TossPay says.").waitFor())
          yield* act(() => page.getByRole("button", { name: /OutcomeCorrected/ }).click())
          expect(yield* act(() => page.getByRole("button", { name: "Decide…" }).count())).toBe(0)
          const step = page.locator(".step[aria-current]")
          yield* act(() => step.getByText("The dashboard has it as paid").first().waitFor())
          expect(yield* act(() => step.innerText())).toContain("Lee")
        }),
    )

    it.effect.each([
      ["page", "nonsense/xx"],
      ["order", "checkouts/nobodys-order"],
    ])("a %s that is not there is said to be none, and others can be looked for", ([what, path]) =>
      Effect.gen(function* () {
        const { page } = yield* signedIn(path)
        yield* act(() => page.getByRole("heading", { name: `There is no such ${what}` }).waitFor())
        yield* act(() => page.getByRole("link", { name: "Look for a checkout" }).click())
        yield* act(() => page.getByRole("heading", { name: "Checkouts" }).waitFor())
      }),
    )

    it.effect("a checkout fits on a small phone without scrolling sideways", () =>
      Effect.gen(function* () {
        const orderId = yield* pay("on-a-phone")
        const { page } = yield* signedIn(`checkouts/${orderId}`, { viewport: { width: 320, height: 640 } })
        yield* act(() => page.getByRole("slider", { name: "Step" }).waitFor())
        const wide = () =>
          page.evaluate(() =>
            [...document.querySelectorAll("body *")]
              .filter(
                (each) => each.getBoundingClientRect().right > innerWidth && !each.closest(".chart, nav"),
              )
              .map(({ tagName, className }) => `${tagName} ${className}`),
          )
        expect(yield* act(wide)).toEqual([])
        expect(yield* act(() => page.evaluate(() => document.documentElement.scrollWidth))).toBe(320)
      }),
    )

    it.effect(
      "search, open, travel: the filters are in the address, what was typed is not, Back undoes both, and the past is as it was",
      () =>
        Effect.gen(function* () {
          const orderId = yield* pay("searched-for")
          const opened = yield* signedIn("checkouts")
          const { page } = opened
          yield* act(() => page.getByLabel("Find").fill("searched-for"))
          yield* act(() => page.keyboard.press("Enter"))
          // It is in the list of all as well, so only that nothing else is shown tells that the search has answered.
          yield* becomes(rows(page), 1)
          yield* act(() => page.getByRole("link", { name: orderId }).waitFor())
          yield* act(() => page.getByLabel("State").selectOption("failed"))
          yield* act(() => page.getByText("No checkout fits.").waitFor())
          yield* act(() => page.waitForURL(/state=failed/))
          yield* act(() => page.goBack())
          yield* act(() => page.reload())
          yield* becomes(rows(page), 1)
          for (const address of [...opened.asked, page.url()]) expect(address).not.toContain("searched-for")
          yield* act(() => page.getByRole("link", { name: orderId }).click())

          const slider = page.getByRole("slider", { name: "Step" })
          yield* act(() => slider.waitFor())
          const last = Number(yield* act(() => slider.getAttribute("max")))
          expect(last).toBeGreaterThanOrEqual(5)
          const then = page.getByRole("region", { name: "The order at this step" })
          expect(yield* act(() => then.innerText())).toMatch(/settled\s+paid/)
          expect(yield* act(() => page.locator(".finer-node.here").innerText())).toBe("paid")
          // Moves are drawn once the states have been measured.
          yield* becomes(page.locator(".move.taken"), 4)

          yield* act(() => slider.focus())
          yield* act(() => page.keyboard.press("Home"))
          yield* act(() => page.keyboard.press("ArrowRight"))
          yield* act(() => page.waitForURL(/step=2/))
          yield* act(() => page.locator(".finer-node.here", { hasText: /^ready$/ }).waitFor())
          expect(yield* act(() => then.innerText())).toContain("TokenExpired after 15 min")
          expect(yield* act(() => slider.getAttribute("aria-valuetext"))).toContain(
            `step 2 of ${last}: TokenMinted`,
          )
          yield* act(() => page.keyboard.press("End"))
          const evidence = page.locator(".step[aria-current] .checks tbody tr")
          yield* becomes(evidence, 5)
          expect(yield* act(() => evidence.first().innerText())).toMatch(/amount\s+₩9,000\s+₩9,000\s+yes/)
          yield* behaved(opened)
        }),
    )

    it.effect("a checkout that is mismatched shows both sides of what differs", () =>
      Effect.gen(function* () {
        yield* (yield* TossPaySimulator).setFault({ call: "execute-payment", fault: "wrongAmount" })
        const { page } = yield* signedIn(`checkouts/${yield* pay("mismatched")}`)
        yield* act(() => page.getByText("differs from the order").first().click())
        yield* act(() => page.locator(".checks tr.bad").first().waitFor())
      }),
    )

    it.effect("pages go on where the one before ended, and Back leads back", () =>
      Effect.gen(function* () {
        const opened = yield* signedIn("checkouts")
        const { page } = opened
        yield* act(() => rows(page).first().waitFor())
        const first = yield* act(() => page.locator(".order a").allInnerTexts())
        yield* act(() => page.getByRole("link", { name: "Older" }).click())
        yield* act(() => page.getByRole("link", { name: "Newest" }).waitFor())
        yield* act(() => page.locator("[aria-busy=false] .results").waitFor())
        const second = yield* act(() => page.locator(".order a").allInnerTexts())
        expect(first).toHaveLength(50)
        expect(second.filter((orderId) => first.includes(orderId))).toEqual([])
        expect((first.at(-1) ?? "") > (second[0] ?? "")).toBe(true)
        yield* act(() => page.goBack())
        yield* act(() => page.getByRole("link", { name: first[0] ?? "" }).waitFor())
        yield* behaved(opened)
      }),
    )

    it.effect(
      "the live feed shows a payment that is made meanwhile, waits while paused, and loses nothing",
      () =>
        Effect.gen(function* () {
          const opened = yield* signedIn("live")
          const { page } = opened
          yield* act(() => page.getByText("Listening").waitFor())
          const orderId = yield* pay("live-1")
          const lines = (of: string) => page.locator(".feed li").filter({ hasText: of })
          yield* act(() => lines(orderId).filter({ hasText: "settled" }).waitFor())
          yield* act(() => page.getByRole("button", { name: "Pause" }).click())
          const later = yield* pay("live-2")
          const goOn = page.getByRole("button", { name: /Go on \(\d+ new\)/ })
          yield* act(() => goOn.waitFor())
          expect(yield* act(() => lines(later).count())).toBe(0)
          yield* act(() => goOn.click())
          yield* act(() => lines(later).filter({ hasText: "settled" }).waitFor())
          yield* act(() => page.getByLabel("Fact or order").fill(later))
          yield* act(() => lines(orderId).first().waitFor({ state: "detached" }))
          expect(yield* act(() => lines(later).count())).toBeGreaterThanOrEqual(4)
          yield* behaved(opened)
        }),
    )

    it.effect("an export holds what fits the filters, all of it, and nothing else", () =>
      Effect.gen(function* () {
        const orderIds = [yield* pay("exporter", 1_000), yield* pay("exporter", 2_000)]
        yield* pay("somebody-else", 1_000)
        const opened = yield* signedIn("checkouts?q=exporter")
        const { page } = opened
        yield* act(() => page.getByRole("link", { name: orderIds[1] ?? "" }).waitFor())
        const fileOf = (name: string) =>
          act(async () => {
            const [download] = await Promise.all([
              page.waitForEvent("download"),
              page.getByRole("button", { name }).click(),
            ])
            return readFileSync(await download.path(), "utf8")
          })
        const lines = (yield* fileOf("Export JSON Lines"))
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
        expect(lines.map(({ orderId, amount, state }) => [orderId, amount, state])).toEqual([
          [orderIds[1], 2_000, "settled"],
          [orderIds[0], 1_000, "settled"],
        ])
        const [header, ...table] = (yield* fileOf("Export CSV")).trim().split("\n")
        expect(header).toMatch(/^orderId,checkoutId,/)
        expect(table.map((line) => line.split(",")[0])).toEqual([...orderIds].reverse())
        yield* behaved(opened)
      }),
    )

    it.effect("the dashboard counts as the search does, and the log is verified", () =>
      Effect.gen(function* () {
        const opened = yield* signedIn("?period=7d")
        const { page } = opened
        const funnel = page.getByRole("region", { name: "How far they came" })
        yield* act(() => funnel.waitFor())
        const minted = yield* act(() => funnel.locator(".minted b").innerText())
        // Of more than it counts, the dashboard takes the newest.
        expect(Number(minted.replaceAll(",", ""))).toBeGreaterThanOrEqual(Math.min(checkouts, 50_000))
        yield* act(() => page.locator(".recharts-bar-rectangle").first().waitFor())
        yield* act(() => page.getByText("Log intact").waitFor({ timeout: 300_000 }))
        yield* act(() => page.getByText("Log intact").click())
        yield* act(() => page.getByRole("button", { name: "Verify now" }).waitFor())
        yield* act(() => page.getByText(/events read in/).waitFor())
        yield* act(() => page.keyboard.press("Escape"))
        yield* act(() => page.getByRole("button", { name: "Verify now" }).waitFor({ state: "hidden" }))
        yield* act(() => page.getByLabel("24 hours").check())
        yield* act(() => page.waitForURL((url) => url.search === ""))
        yield* behaved(opened)
      }),
    )

    it.effect("a history is replayed in the inspector's window, without what is secret", () =>
      Effect.gen(function* () {
        const orderId = yield* pay("inspected")
        const opened = yield* signedIn(`checkouts/${orderId}`)
        const { page } = opened
        yield* asStately(page)
        const [popup] = yield* act(() =>
          Promise.all([
            page.waitForEvent("popup"),
            page.getByRole("button", { name: /Replay in the Stately inspector/ }).click(),
          ]),
        )
        yield* act(() => popup.waitForFunction("globalThis.received?.length >= 9"))
        const received = yield* act(() => popup.evaluate("JSON.stringify(globalThis.received)"))
        const events = JSON.parse(String(received))
        expect(events.map(({ type }: { type: string }) => type).slice(0, 3)).toEqual([
          "@xstate.actor",
          "@xstate.event",
          "@xstate.snapshot",
        ])
        expect(events.at(-1).snapshot.value).toEqual({ settled: "paid" })
        const { body } = yield* admin(`/checkouts/${orderId}`)
        expect(received).not.toContain(body.checkout.payToken)
        expect(received).not.toContain(body.checkout.payer)
      }),
    )

    it.effect("is there before its scripts are, at any address of its own", () =>
      Effect.gen(function* () {
        const { page, complaints } = yield* signedIn("checkouts")
        yield* act(() => rows(page).first().waitFor())
        yield* act(() => page.route("**/*.js", () => {}))
        yield* act(() =>
          page.goto(`${new URL(page.url()).origin}/audit/checkouts/x`, { waitUntil: "commit" }),
        )
        yield* act(() => page.getByText("Opening the audit console").waitFor())
        const icon = page.locator("link[rel=icon]")
        expect(yield* act(() => icon.evaluate((link) => (link as HTMLLinkElement).href))).toMatch(
          /\d\/audit\/icon\.svg$/,
        )
        expect(complaints).toEqual([])
      }),
    )

    it.effect("figures: what a reader waits for", () =>
      Effect.gen(function* () {
        const opened = yield* signedIn("checkouts")
        const { page } = opened
        yield* act(() => rows(page).first().waitFor())
        yield* act(() => page.reload())
        yield* act(() => rows(page).first().waitFor())
        const [paintMs, rowsMs] = (yield* act(() =>
          page.evaluate(
            "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()].map(Math.round)",
          ),
        )) as [number, number]
        const askedMs = (path: string) =>
          Effect.gen(function* () {
            const start = performance.now()
            expect((yield* admin(path)).status).toBe(200)
            return Math.round(performance.now() - start)
          })
        const searches = ["?limit=50", "?limit=50&state=mismatched", "?q=buyer-7", "?min=50000&limit=50"]
        const searchMs = yield* Effect.forEach(searches, (query) => askedMs(`/checkouts${query}`))
        const weekAgo = new Date(Date.now() - 7 * 86_400_000).toISOString()
        const summaryMs = yield* Effect.forEach(["", `?from=${weekAgo}`], (query) =>
          askedMs(`/summary${query}`),
        )
        process.stdout.write(
          `${checkouts} checkouts: first paint ${paintMs} ms, first rows ${rowsMs} ms, ` +
            `searches ${searchMs.join(", ")} ms, dashboard of a day and of a week ${summaryMs.join(", ")} ms\n`,
        )
        expect(paintMs).toBeLessThanOrEqual(rowsMs)
        yield* behaved(opened)
      }),
    )

    it.effect.each([
      ["light", 1280],
      ["dark", 390],
    ] as const)("has nothing for axe to complain of (%s, %i pixels wide)", ([colorScheme, width]) =>
      Effect.gen(function* () {
        const opened = yield* open("checkouts", { colorScheme, viewport: { width, height: 900 } })
        const { page } = opened
        expect(yield* violations(page)).toEqual([])
        yield* signIn(opened)
        yield* act(() => rows(page).first().waitFor())
        expect(yield* violations(page)).toEqual([])
        yield* act(() => page.locator(".order a").first().click())
        yield* act(() => page.locator(".finer-node.here").waitFor())
        expect(yield* violations(page)).toEqual([])
        // Back in time, where most steps are still ahead.
        yield* act(() => page.locator(".timeline .step > button").first().click())
        yield* act(() => page.locator(".step.ahead").first().waitFor())
        expect(yield* violations(page)).toEqual([])
        yield* act(() => page.getByRole("link", { name: "Dashboard" }).click())
        yield* act(() => page.locator(".recharts-bar-rectangle").first().waitFor())
        yield* act(() => page.locator(".integrity summary").click())
        expect(yield* violations(page)).toEqual([])
        yield* act(() => page.keyboard.press("Escape"))
        yield* act(() => page.getByRole("link", { name: "Live", exact: true }).click())
        yield* act(() => page.getByText("Listening").waitFor())
        yield* pay("axe")
        yield* act(() => page.locator(".feed li").first().waitFor())
        expect(yield* violations(page)).toEqual([])
        expect(yield* act(() => page.evaluate("document.documentElement.scrollWidth"))).toBe(width)
        yield* behaved(opened)
      }),
    )
  })
})
