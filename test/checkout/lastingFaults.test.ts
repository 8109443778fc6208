import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { EventLog } from "../../server/log/eventLog.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { approve, faultOf, minuteMs, moved, pass } from "../support/bank.ts"
import { makeProcess, shared } from "../support/world.ts"

/** A process, and how often it called TossPay for what. */
const counting = Effect.gen(function* () {
  const calls = new Map<string, number>()
  const server = yield* makeProcess({
    network:
      (send) =>
      (call, ...rest) => {
        calls.set(call, (calls.get(call) ?? 0) + 1)
        return send(call, ...rest)
      },
  })
  return { server, count: (call: string) => calls.get(call) ?? 0 }
})

describe("an execution that TossPay", () => {
  it.effect.each([
    { what: "puts off every time", fault: { fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" } },
    { what: "never answers", fault: { fault: "replyLostBefore" } },
  ])("$what is tried ever less often, and for a day: then a person is asked", ({ fault }) =>
    Effect.gen(function* () {
      const { server, count } = yield* counting
      yield* (yield* TossPaySimulator).changeSettings({ lapseAfterMs: 7 * 24 * 60 * minuteMs })
      yield* faultOf("execute-payment")({ ...fault, times: "always" })
      const { payToken, order } = (yield* server.create()).checkout.context
      yield* approve(payToken ?? "")
      yield* Effect.forkChild(server.execute(payToken ?? ""))
      yield* pass(server, 10 * minuteMs)
      expect(count("execute-payment"), "a short trouble is soon over").toBeGreaterThan(2)
      yield* pass(server, 40 * 60 * minuteMs, 5 * minuteMs)
      expect(count("execute-payment")).toBeLessThan(15)
      expect(count("get-payment-status"), "soon after each try").toBeLessThan(80)
      const recorded = yield* (yield* EventLog).find({ by: "orderId", value: order.orderId })
      expect(recorded?.checkout.state).toBe("executing.review")
      expect(yield* moved("charge")).toEqual([])
    }).pipe(Effect.provide(shared)),
  )
})
