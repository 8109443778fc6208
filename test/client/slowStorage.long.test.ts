/** Storage that answers late or never: nothing is lost, and nothing paid twice. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { shop } from "../support/server.ts"
import {
  approving,
  charges,
  memoryStorage,
  ordersOf,
  page,
  silence,
  until,
  untilRest,
  untilStep,
  wish,
} from "./page.ts"

describe("a storage", () => {
  it.layer(shop(), { excludeTestServices: true })((it) => {
    it.effect("that never answers blocks no payment, and costs no double one", () =>
      Effect.gen(function* () {
        const { pays } = yield* approving
        const answers = [async () => ({ success: false }), pays]
        const it = yield* page((payToken) => answers.shift()?.(payToken), {
          storage: { getItem: silence, setItem: silence },
        })
        const checkout = it.reloaded()
        yield* untilRest(checkout)
        checkout.pay(wish)
        const { orderId } = yield* untilStep(checkout, "ready")
        checkout.pay(wish)
        const paid = yield* untilStep(checkout, "paid")
        expect(paid.orderId).toBe(orderId)
        checkout.askAgain()
        expect(yield* untilStep(checkout, "paid")).toMatchObject({ orderId })
        expect(yield* charges(paid)).toBe(1)
      }),
    )

    it.effect(
      "that takes a second to answer is no empty one: what was paid is shown, and is not paid twice",
      () =>
        Effect.gen(function* () {
          const { pays } = yield* approving
          const kept = memoryStorage()
          const later = <A>(answer: () => A) =>
            new Promise<A>((resolve) => setTimeout(() => resolve(answer()), 1_000))
          const it = yield* page(pays, {
            storage: {
              getItem: (name) => later(() => kept.getItem(name)),
              setItem: (name, text) => later(() => kept.setItem(name, text)),
            },
          })
          it.checkout.pay(wish)
          // The page dies before it is told that the order is paid.
          const { orderId } = yield* until(it.checkout, ({ step }) => step === "executing")
          const reloaded = it.reloaded()
          reloaded.pay(wish)
          expect(yield* untilStep(reloaded, "paid")).toMatchObject({ orderId })
          expect(yield* ordersOf(it)).toHaveLength(1)
        }),
    )
  })
})
