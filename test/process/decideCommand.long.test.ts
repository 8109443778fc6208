import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { paid } from "../support/buying.ts"
import { run } from "../support/cli.ts"
import { paidInReview } from "../support/inReview.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const decide = (orderId: string, ...flags: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) => run(env, "decide", orderId, "--why", "the dashboard says so", ...flags))

describe("decide", () => {
  it.live(
    "ends a payment in review by what TossPay says, once, and ends with 0; the log has who and why",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const order = yield* paidInReview
        expect(yield* decide(order.orderId, "--who", "lee")).toEqual({
          code: 0,
          err: "",
          out: `${order.orderId}: Decided by what TossPay says. TossPay says PAY_COMPLETE. It is settled.paid: Paid, with the same amount, order, token and mode.\n`,
        })
        const again = yield* decide(order.orderId, "--json")
        expect(again.code).toBe(1)
        expect(JSON.parse(again.out)).toEqual({
          decided: false,
          reason: "NOTHING_OPEN",
          orderId: order.orderId,
          state: "settled.paid",
          payStatus: null,
        })
        const shown = yield* run(env, "audit", "show", order.orderId)
        for (const word of ["OutcomeCorrected", "lee", "because: the dashboard says so"])
          expect(shown.out).toContain(word)
        expect(yield* run(env, "audit", "verify")).toMatchObject({ code: 0 })
      }).pipe(Effect.provide(shop())),
    60_000,
  )

  it.live(
    "ends with 1 where nothing is open or nobody knows the order or TossPay gives no answer, 2 where it is used wrongly",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        const simulator = yield* TossPaySimulator
        expect(yield* decide(orderId)).toMatchObject({
          code: 1,
          out: expect.stringContaining("Nothing about it waits for a decision. It is settled.paid"),
        })
        expect(yield* decide("nothing")).toMatchObject({ code: 1, err: expect.stringContaining("no order") })
        expect(yield* run(env, "decide", orderId)).toMatchObject({ code: 2 })
        yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 10 })
        expect(yield* decide(orderId), "TossPay is not asked in vain").toMatchObject({ code: 1 })
        yield* simulator.clearFaults
        const open = yield* paidInReview
        yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 })
        expect(yield* decide(open.orderId)).toMatchObject({
          code: 1,
          out: expect.stringContaining("TossPay gave no answer, so it is still not known"),
        })
      }).pipe(Effect.provide(shop())),
    60_000,
  )
})
