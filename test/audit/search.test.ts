import { describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { expect } from "vitest"
import { readAsOf } from "../../server/audit/asOf.ts"
import { readCheckout } from "../../server/audit/read.ts"
import { type Criteria, search } from "../../server/audit/search.ts"
import { Shop, shop } from "../support/server.ts"
import { skewed } from "../support/world.ts"

const create = (as: string, body: object) =>
  Effect.gen(function* () {
    const { body: created } = yield* (yield* Shop).call("POST", "/api/payment/create", body, { as })
    return created as { readonly orderId: string; readonly payToken: string }
  })

const twoHoursBehind = Layer.effect(
  Clock.Clock,
  Effect.map(Clock.Clock, (clock) => skewed(clock, -7_200_000)),
)

const found = (criteria: Criteria) =>
  Effect.map(search(criteria, 100, null), (views) => views.map(({ orderId }) => orderId))

describe("looking for checkouts", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("by part of an item's name, of an order id or of a reference, taken literally", () =>
      Effect.gen(function* () {
        const coffee = yield* create("a", { items: [{ sku: "coffee", quantity: 2 }], reference: "shop_1%" })
        const book = yield* create("b", { items: [{ sku: "book", quantity: 1 }] })
        expect(yield* found({ text: "COFF" })).toEqual([coffee.orderId])
        expect(yield* found({ text: "hop_1%" })).toEqual([coffee.orderId])
        expect(yield* found({ text: book.orderId.slice(6) })).toEqual([book.orderId])
        for (const text of ["c_ffee", "co%ee", "\\", "'"]) expect(yield* found({ text }), text).toEqual([])
        expect(yield* found({ text: "o", user: "b" })).toEqual([book.orderId])
      }),
    )

    it.effect("as they stood at a moment: state and version of then, and none that came later", () =>
      Effect.gen(function* () {
        const { call, sheet } = yield* Shop
        const { orderId, payToken } = yield* create("past", { amount: 700 })
        const { events } = yield* readCheckout(orderId)
        const before = new Date(Date.parse(events[0]?.recordedAt ?? "") - 1).toISOString()
        const minted = events[1]?.recordedAt ?? ""
        yield* sheet(payToken, "approve")
        // The clock has to move on, or then and now are the same moment.
        while (new Date().toISOString() <= minted);
        yield* call("POST", "/api/payment/execute", { payToken }, { as: "past" })
        expect(yield* found({ user: "past", asOf: before })).toEqual([])
        expect(yield* found({ user: "past", asOf: minted, state: "minted" })).toEqual([orderId])
        expect(yield* found({ user: "past", asOf: minted, state: "settled" })).toEqual([])
        expect(yield* found({ user: "past", state: "settled" })).toEqual([orderId])
        const then = yield* readCheckout(orderId, { version: 2 })
        expect(then.checkout).toMatchObject({
          at: "minted.ready",
          version: 2,
          hash: then.events[1]?.hash,
          broken: null,
        })
        expect((yield* readCheckout(orderId, { time: minted })).checkout).toEqual(then.checkout)
      }),
    )
  })

  it.layer(Layer.provide(shop(), twoHoursBehind), { excludeTestServices: true })((it) => {
    it.effect("by the database's time, however wrong the clock of the server is that opened them", () =>
      Effect.gen(function* () {
        const from = new Date(Date.now() - 1_000).toISOString()
        const { orderId } = yield* create("late", { amount: 700 })
        const to = new Date(Date.now() + 1_000).toISOString()
        expect(yield* found({ from, to })).toEqual([orderId])
        expect(yield* found({ to: from })).toEqual([])
        const [opened] = yield* search({ from }, 1, null)
        expect(Date.parse(opened?.createdAt ?? "")).toBe(
          Number.parseInt(orderId.replaceAll("-", "").slice(4, 16), 16),
        )
      }),
    )
  })

  it("a version or a moment is told from anything else", () => {
    expect(readAsOf("3")).toEqual({ version: 3 })
    expect(readAsOf("2026-01-31T09:00Z")).toEqual({ time: "2026-01-31T09:00:00.000Z" })
    for (const text of ["", "0", "-1", "soon", "1.5", "2026-99-99", "2026-02-30", "2026-01-31T09:00"])
      expect(readAsOf(text), text).toBeNull()
  })
})
