/** The button in every state that a buyer may see, in both colour schemes, held against the rules of axe. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { messages } from "../../../client/index.ts"
import { violations } from "../../support/axe.ts"
import { act, held } from "../../support/browser.ts"
import { giveBack } from "../../support/buying.ts"
import { TossPaySimulator } from "../../support/server.ts"
import { closed, type PlaySheet } from "./host.ts"
import { button, buyerAt, eventsOf, open, says, silent, theme, world } from "./miniApp.ts"

const isClean = (page: Page, state: unknown) =>
  Effect.gen(function* () {
    yield* act(() => page.addStyleTag({ content: theme }))
    expect(yield* violations(page), String(state)).toEqual([])
  })

const looked = (page: Page, words: string | RegExp) => Effect.andThen(says(page, words), isClean(page, words))

const isAtRest = (page: Page) => act(() => button(page).and(page.locator("[aria-busy=false]")).waitFor())

const tap = (page: Page) => act(() => button(page).click())

describe("the pay button is clean to axe", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect.each(["light", "dark"] as const)("from the first tap to paid, %s", (colorScheme) =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const sheets: Array<PlaySheet> = [async () => [closed], async () => [], pays]
        const sheet: PlaySheet = (args) => (sheets.shift() ?? silent)(args)
        const { page } = yield* open({ colorScheme, sheetPatienceMs: 1_500, sheet })
        yield* act(() => button(page).waitFor())
        yield* isClean(page, "at first")
        yield* tap(page)
        yield* looked(page, "Nothing was charged. You can pay it now.")
        yield* tap(page)
        yield* looked(page, "Please confirm in the payment sheet…")
        yield* looked(page, /no answer/)
        yield* tap(page)
        yield* looked(page, "Paid.")
      }),
    )

    it.effect.each(["light", "dark"] as const)("whatever keeps it from paying, %s", (colorScheme) =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const simulator = yield* TossPaySimulator
        const browser = yield* open({ colorScheme })
        yield* tap(browser.page)
        yield* looked(browser.page, "Please pay in the Toss app.")

        const { page } = yield* open({ colorScheme, sheet: pays })
        for (const [status, words] of [
          [401, "Please sign in."],
          [429, "Please try again in a moment."],
          [403, "No connection. Please try again in a moment."],
        ] as const) {
          const answer = { status, body: "{}", contentType: "application/json" }
          yield* act(() => page.route("**/create", (route) => route.fulfill(answer)))
          yield* tap(page)
          yield* looked(page, words)
          yield* isAtRest(page)
          yield* act(() => page.unroute("**/create"))
        }
        const creating = yield* held(page, "**/create")
        yield* tap(page)
        yield* looked(page, "Creating your order…")
        const executing = yield* held(page, "**/execute")
        creating.resolve()
        yield* looked(page, "Paying…")
        yield* simulator.setFault({ call: "execute-payment", fault: "late", delayMs: 3_000, times: 1 })
        executing.resolve()
        yield* looked(page, "We are confirming your payment. Please do not pay again.")

        const refused = yield* open({ colorScheme, sheet: pays })
        const value = "COMMON_NOT_ENOUGH_CASH"
        yield* simulator.setFault({ call: "execute-payment", fault: "errorCode", value, times: 1 })
        yield* tap(refused.page)
        yield* isAtRest(refused.page)
        yield* looked(refused.page, /./)
      }),
    )

    it.effect.each(["light", "dark"] as const)(
      "while a person looks into it, and while its money goes back, %s",
      (colorScheme) =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          const simulator = yield* TossPaySimulator
          const mismatched = yield* open({ colorScheme, sheet: pays })
          yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 })
          yield* tap(mismatched.page)
          yield* looked(mismatched.page, /Do not pay again/)
          yield* act(() => button(mismatched.page).filter({ hasText: "Check again" }).waitFor())

          for (const [fault, words] of [
            ["http503", messages.en.refunding],
            [null, "Refunded."],
          ] as const) {
            const { page } = yield* open({ colorScheme, sheet: pays })
            yield* tap(page)
            yield* says(page, "Paid.")
            const paid = (yield* eventsOf(page)).find(({ type }) => type === "paid")
            if (fault !== null) yield* simulator.setFault({ call: "refund-payment", fault, times: "always" })
            yield* giveBack((paid as { readonly orderId: string }).orderId)
            yield* simulator.clearFaults
            yield* act(() => page.reload())
            yield* looked(page, words)
          }
        }),
    )
  })
})
