import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { approved, execute, paid } from "../support/buying.ts"
import { run } from "../support/cli.ts"
import { happen } from "../support/orders.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const decide = (orderId: string, ...flags: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) => run(env, "decide", orderId, "--why", "the dashboard says so", ...flags))

/** As if TossPay had told nothing for a day. */
const askedForADay = Effect.fnUntraced(function* (orderId: string) {
  const log = yield* EventLog
  let recorded = yield* log.find({ by: "orderId", value: orderId })
  while (recorded !== null && recorded.checkout.state !== "executing.review") {
    recorded = yield* happen(
      recorded,
      { type: "StatusAsked" },
      { type: "StatusUnavailable", cause: "TIMEOUT" },
    )
  }
}, Effect.provide(postgresEventLog))

describe("decide", () => {
  it.live(
    "ends a payment in review by what TossPay says, once, and ends with 0; the log has who and why",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const order = yield* approved
        const simulator = yield* TossPaySimulator
        yield* simulator.setFault({ call: "execute-payment", fault: "replyLostAfter", times: 1 })
        yield* simulator.setFault({ call: "get-payment-status", fault: "unreadable", times: 100 })
        yield* execute(order)
        yield* askedForADay(order.orderId)
        yield* simulator.clearFaults
        expect(yield* decide(order.orderId, "--who", "lee")).toEqual({
          code: 0,
          err: "",
          out: `${order.orderId}: decided, it is settled.paid: Paid, with the same amount, order, token and mode. TossPay says PAY_COMPLETE.\n`,
        })
        const again = yield* decide(order.orderId, "--json")
        expect(again.code).toBe(1)
        expect(JSON.parse(again.out)).toEqual({
          decided: false,
          orderId: order.orderId,
          state: "settled.paid",
          payStatus: "PAY_COMPLETE",
        })
        const shown = yield* run(env, "audit", "show", order.orderId)
        for (const word of ["OutcomeCorrected", "lee", "because: the dashboard says so"])
          expect(shown.out).toContain(word)
        expect(yield* run(env, "audit", "verify")).toMatchObject({ code: 0 })
      }).pipe(Effect.provide(shop())),
    60_000,
  )

  it.live(
    "ends with 1 where nothing is open or nobody knows the order, 2 where it is used wrongly, 3 where TossPay is away",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        const simulator = yield* TossPaySimulator
        expect(yield* decide(orderId)).toMatchObject({
          code: 1,
          out: expect.stringContaining("not decided, it is settled.paid"),
        })
        expect(yield* decide("nothing")).toMatchObject({ code: 1, err: expect.stringContaining("no order") })
        expect(yield* run(env, "decide", orderId)).toMatchObject({ code: 2 })
        yield* simulator.setFault({ call: "get-payment-status", fault: "http503", times: 1 })
        expect(yield* decide(orderId)).toMatchObject({ code: 3, err: expect.stringContaining("TossPay") })
      }).pipe(Effect.provide(shop())),
    60_000,
  )
})
