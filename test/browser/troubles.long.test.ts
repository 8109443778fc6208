/** Everything that the stage offers to go wrong, held against the bank's ledger and against what the page says. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { expect } from "vitest"
import { act } from "../support/browser.ts"
import {
  bankHas,
  charges,
  choose,
  onSheet,
  open,
  orderButton,
  ordersAsked,
  payButton,
  receipt,
  sheet,
  shopInBrowser,
  status,
  toSheet,
} from "./buyer.ts"

/** A short lease, so that what was lost before the charge is executed again within the test. */
const both = shopInBrowser({
  CHECKOUT_LEASE_MS: "1500",
  RECOVERY_INTERVAL_MS: "200",
  MISMATCH_POLICY: "hold",
})

/** Once nothing goes wrong any more, the same buyer can pay, and is charged once. */
const paysAfterAll = (page: Page, before: number) =>
  Effect.gen(function* () {
    yield* choose(page, "none")
    yield* act(() => payButton(page).click())
    yield* onSheet(page, "pay")
    yield* act(() => receipt(page).waitFor())
    expect(yield* charges).toBe(before + 1)
  })

describe("what goes wrong on the stage", () => {
  it.layer(both, { excludeTestServices: true })((it) => {
    it.effect.each([["reload"], ["errorAfterApproval"], ["lostAfter"], ["lostBefore"], ["slow"]] as const)(
      "%s: the payment ends as paid, charged once",
      ([trouble]) =>
        Effect.gen(function* () {
          const { page, complaints } = yield* open("/")
          const before = yield* charges
          yield* choose(page, trouble)
          yield* toSheet(page)
          yield* onSheet(page, "pay")
          yield* act(() => receipt(page).waitFor())
          expect(yield* charges).toBe(before + 1)
          expect(complaints).toEqual([])
        }),
    )

    it.effect(
      "silence: after three minutes the server is asked, and the payment ends as paid, charged once",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          yield* act(() => page.clock.install())
          yield* act(() => page.reload())
          yield* choose(page, "silence")
          yield* toSheet(page)
          yield* onSheet(page, "pay")
          yield* act(() => sheet(page).waitFor({ state: "detached" }))
          expect(yield* charges).toBe(before)
          yield* act(() => page.clock.fastForward(180_000))
          yield* act(() => receipt(page).waitFor())
          expect(yield* charges).toBe(before + 1)
        }),
    )

    it.effect(
      "however oddly the SDK answers, nothing is charged, and the same order can be paid after all",
      () =>
        Effect.gen(function* () {
          const { page, complaints } = yield* open("/")
          const before = yield* charges
          const asked = ordersAsked(page)
          yield* act(() => orderButton(page).click())
          const noAnswer = "The payment sheet gave no answer. Nothing was charged. Please try again."
          for (const [trouble, words] of [
            ["neitherYesNorNo", noAnswer],
            ["unseenSuccess", "The payment was not authenticated. Please try again."],
            ["noValue", noAnswer],
            ["nativeError", noAnswer],
            ["plainObject", noAnswer],
          ] as const) {
            yield* choose(page, trouble)
            yield* act(() => payButton(page).click())
            yield* onSheet(page, "pay")
            yield* act(() => payButton(page).and(page.locator("[aria-disabled=false]")).waitFor())
            expect(yield* act(() => status(page).innerText()), trouble).toBe(words)
            expect(yield* charges, trouble).toBe(before)
          }
          yield* paysAfterAll(page, before)
          expect(asked()).toBe(1)
          expect(complaints).toEqual([])
        }),
    )

    it.effect("closed: nothing is charged, the page says so, and the same order can be paid", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        yield* choose(page, "closed")
        yield* toSheet(page)
        yield* onSheet(page, "pay")
        yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
        expect(yield* charges).toBe(before)
        yield* paysAfterAll(page, before)
      }),
    )

    it.effect("declined: nothing is charged, and the next tap pays a new order", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        const asked = ordersAsked(page)
        yield* choose(page, "declined")
        yield* toSheet(page)
        yield* onSheet(page, "pay")
        yield* act(() => status(page).getByText("Nothing was charged. You can pay it now.").waitFor())
        expect(yield* charges).toBe(before)
        yield* paysAfterAll(page, before)
        expect(asked()).toBe(2)
      }),
    )

    it.effect("wrongAmount: the page offers to look again and no second order; the bank charged once", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        const before = yield* charges
        yield* choose(page, "wrongAmount")
        yield* toSheet(page)
        yield* onSheet(page, "pay")
        yield* act(() => page.getByRole("button", { name: "Check again" }).waitFor())
        yield* act(() =>
          status(page)
            .getByText(/do not pay again/i)
            .waitFor(),
        )
        expect(yield* act(() => payButton(page).count())).toBe(0)
        expect(yield* act(() => page.getByRole("button", { name: "Order something else" }).count())).toBe(0)
        expect(yield* charges).toBe(before + 1)
      }),
    )

    it.effect(
      "down before there is an order: nothing is charged, and the page says to try again in a moment",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          yield* choose(page, "down")
          yield* act(() => orderButton(page).click())
          yield* act(() => payButton(page).click())
          yield* act(() =>
            status(page)
              .getByText(/in a moment/)
              .waitFor(),
          )
          expect(yield* charges).toBe(before)
          yield* paysAfterAll(page, before)
        }),
    )

    it.effect(
      "down while the buyer is at the sheet: the page says not to pay again, and the payment is charged once",
      () =>
        Effect.gen(function* () {
          const { page } = yield* open("/")
          const before = yield* charges
          yield* toSheet(page)
          yield* choose(page, "down")
          yield* onSheet(page, "pay")
          yield* act(() =>
            status(page)
              .getByText(/do not pay again/i)
              .waitFor(),
          )
          expect(yield* act(() => payButton(page).count())).toBe(0)
          expect(yield* charges).toBe(before)
          yield* choose(page, "none")
          yield* act(() => receipt(page).waitFor())
          expect(yield* charges).toBe(before + 1)
        }),
    )

    it.effect("what was chosen meets the next order as well", () =>
      Effect.gen(function* () {
        const { page } = yield* open("/")
        yield* choose(page, "wrongAmount")
        yield* choose(page, "lostAfter")
        for (const again of [false, true]) {
          if (again) yield* act(() => page.getByRole("button", { name: "Order something else" }).click())
          yield* toSheet(page)
          yield* bankHas("lostAfter")
          yield* onSheet(page, "pay")
          yield* act(() => receipt(page).waitFor())
          yield* bankHas("none")
        }
      }),
    )
  })
})
