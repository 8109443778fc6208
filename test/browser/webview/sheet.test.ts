/** The button in a real browser, on the real SDK's own bridge, from another origin than the server's. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { act } from "../../support/browser.ts"
import { closed, type HostAnswer, yes } from "./host.ts"
import { button, buyerAt, chargesOf, eventsOf, open, says, world } from "./miniApp.ts"

const nativeError = {
  __isError: true,
  name: "Error",
  message: "The connection was lost.",
  code: "NETWORK",
  userInfo: {},
}

describe("a payment in the Toss app", () => {
  it.layer(world, { excludeTestServices: true })((it) => {
    it.effect("is paid by one tap, in StrictMode: one order, one charge, nothing complained of", () =>
      Effect.gen(function* () {
        const { pays } = yield* buyerAt
        const calls: Array<unknown> = []
        const it = yield* open({
          sheet: (args) => {
            calls.push(args)
            return pays(args)
          },
        })
        yield* act(() => button(it.page).dblclick())
        yield* says(it.page, "Paid.")
        expect(yield* chargesOf(it.settings)).toBe(1)
        expect(it.sent.filter((path) => path.endsWith("/create"))).toHaveLength(1)
        expect(calls).toEqual([[{ params: { payToken: expect.any(String) } }]])
        const events = yield* eventsOf(it.page)
        expect(events.filter(({ type }) => type === "paid")).toEqual([
          { type: "paid", orderId: expect.any(String), amount: 9_000 },
        ])
        expect(it.complaints).toEqual([])
        // A second after the double click it would be heard here as well.
        yield* act(() => it.page.reload())
        yield* act(() => button(it.page).filter({ hasText: "Order again" }).click())
        yield* act(() => button(it.page).filter({ hasText: "Pay ₩9,000" }).waitFor())
      }),
    )

    it.effect.each([
      ["the buyer's no", [closed], "Nothing was charged. You can pay it now."],
      [
        "an object without success",
        [{ kind: "resolve", value: { false: "PAYMENT_FAILED", reason: "soft" } }],
        /no answer/,
      ],
      ["undefined", [{ kind: "resolve" }], /no answer/],
      ["a native error", [{ kind: "reject", value: nativeError }], /no answer/],
      ["a plain object as the error", [{ kind: "reject", value: { code: 4001 } }], /no answer/],
      ["a string as the error", [{ kind: "reject", value: "no" }], /no answer/],
      ["no error at all", [{ kind: "reject" }], /no answer/],
      ["no answer at all", [], /no answer/],
    ] as ReadonlyArray<readonly [string, ReadonlyArray<HostAnswer>, string | RegExp]>)(
      "that got %s charges nothing, says what to do, and is paid by the next tap",
      ([, answers, words]) =>
        Effect.gen(function* () {
          const { pays } = yield* buyerAt
          let isFirst = true
          const it = yield* open({
            sheetPatienceMs: 2_000,
            sheet: async (args) => {
              if (!isFirst) return pays(args)
              isFirst = false
              return answers
            },
          })
          yield* act(() => button(it.page).click())
          yield* says(it.page, words)
          expect(yield* chargesOf(it.settings)).toBe(0)
          yield* act(() => button(it.page).click())
          yield* says(it.page, "Paid.")
          expect(yield* chargesOf(it.settings)).toBe(1)
          expect(it.sent.filter((path) => path.endsWith("/create"))).toHaveLength(1)
        }),
    )

    it.effect.each([
      ["twice", [yes, yes]],
      ["yes and then no", [yes, closed]],
      ["with an error after the approval", [{ kind: "reject", value: nativeError }]],
      ["not at all after the approval", []],
    ] as ReadonlyArray<readonly [string, ReadonlyArray<HostAnswer>]>)(
      "that is answered %s is charged once",
      ([, answers]) =>
        Effect.gen(function* () {
          const { answering } = yield* buyerAt
          const it = yield* open({ sheetPatienceMs: 2_000, sheet: answering(...answers) })
          yield* act(() => button(it.page).click())
          yield* says(it.page, "Paid.")
          expect(yield* chargesOf(it.settings)).toBe(1)
        }),
    )

    it.effect("in a plain browser sends nothing and says where to pay", () =>
      Effect.gen(function* () {
        const it = yield* open({ language: "ko" })
        yield* act(() => button(it.page).filter({ hasText: "9,000원 결제하기" }).click())
        yield* says(it.page, "토스 앱에서 결제해 주세요.")
        expect(it.sent.filter((path) => path.startsWith("/api"))).toEqual([])
      }),
    )
  })
})
