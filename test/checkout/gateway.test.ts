/** What lies between us and TossPay speaks for itself: nothing that it says is TossPay's word. */

import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import type { Send } from "../../server/tosspay/transport.ts"
import { judge } from "../simulation/judges.ts"
import { inItsOwnWorld, makeProcess, terms } from "../support/world.ts"

/** Answers the first execute by itself, and passes it on within the lease all the same. */
const answering = (status: number, body: string) => {
  let isFirst = true
  return (send: Send): Send =>
    (call, userKey, fields) => {
      if (call !== "execute-payment" || !isFirst) return send(call, userKey, fields)
      isFirst = false
      const passedOn = Effect.delay(send(call, userKey, fields), terms.leaseMs / 2)
      return Effect.as(Effect.forkDetach(passedOn), { _tag: "Reply", status, body })
    }
}

const bought = (status: number, body: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const simulator = yield* TossPaySimulator
    const server = yield* makeProcess({ network: answering(status, body) })
    const { checkout } = yield* server.create()
    const { payToken, order } = checkout.context
    yield* simulator.sheet(payToken ?? "", { action: "approve" })
    const executing = yield* Effect.forkChild(server.execute(payToken ?? ""))
    for (let looks = 0; looks < 30; looks += 1) {
      yield* TestClock.adjust(10_000)
      const look = yield* Effect.forkChild(server.recover)
      yield* TestClock.adjust(1_000)
      yield* Fiber.join(look)
    }
    const answer = yield* Fiber.join(executing)
    const wrong = yield* judge([order.orderId], [{ what: "executed", orderId: order.orderId, answer }])
    return { wrong, charges: (yield* simulator.ledger).length }
  }).pipe(inItsOwnWorld)

const fail = (errorCode: string | null) => JSON.stringify({ resultType: "FAIL", error: { errorCode } })

describe("a payment that a gateway answers and passes on late", () => {
  it.each([
    [404, "<html>not found</html>"],
    [404, fail("COMMON_TIMEOUT")],
    [404, fail(null)],
    [403, "<html>forbidden</html>"],
    [502, "<html>bad gateway</html>"],
    [200, "<html>welcome</html>"],
  ])("is charged once and settled, and nobody was told that it failed: %d %s", async (status, body) => {
    expect(await bought(status, body)).toEqual({ wrong: [], charges: 1 })
  })
})
