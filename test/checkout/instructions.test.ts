import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { Unavailable } from "../../server/errors.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { Payers } from "../../server/payers/payers.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { makeProcess, shared } from "../support/world.ts"

const recorded = Effect.map(
  Effect.flatMap(EventLog, (log) => log.feed(null, 100)),
  ({ events }) => events.map(({ type, data }) => ({ type, data })),
)

/** What went on record first of this kind, after a life in which this call is answered so. */
const firstOf = (kinds: RegExp, call: string, fault: object | null) =>
  Effect.gen(function* () {
    const simulator = yield* TossPaySimulator
    if (fault !== null) yield* simulator.setFault({ call, times: 1, ...fault } as Fault)
    const server = yield* makeProcess()
    const { payToken, order } = (yield* server.create()).checkout.context
    yield* simulator.sheet(payToken ?? "", { action: "approve" } as never)
    yield* server.report(payToken ?? "", "unknown")
    yield* server.execute(payToken ?? "")
    yield* server.refund(order.orderId)
  }).pipe(
    Effect.ignore,
    Effect.andThen(recorded),
    Effect.map((rows) => rows.find(({ type }) => kinds.test(type))),
  )

const refusal = { fault: "errorCode", value: "COMMON_NOT_ENOUGH_CASH" } as const
const throttled = { fault: "http429" } as const
const unreadable = { fault: "unreadable" } as const
const lost = { fault: "replyLostBefore" } as const
const notFound = { fault: "errorCode", value: "TRANSACTION_NOT_FOUND" } as const
const code = "COMMON_NOT_ENOUGH_CASH"

describe("what TossPay answers goes on record", () => {
  it.effect.each<[string, object | null, string, object]>([
    ["make-payment", null, "TokenMinted", { payToken: expect.any(String) }],
    ["make-payment", refusal, "TokenRefused", { code }],
    ["make-payment", throttled, "TokenLost", { cause: "THROTTLED" }],
    ["make-payment", unreadable, "TokenLost", { cause: "UNREADABLE" }],
    ["get-payment-status", null, "StatusReported", { answer: { payStatus: "PAY_APPROVED" } }],
    ["get-payment-status", refusal, "StatusUnavailable", { cause: "NO_RESULT" }],
    ["get-payment-status", throttled, "StatusUnavailable", { cause: "THROTTLED" }],
    ["get-payment-status", lost, "StatusUnavailable", { cause: "CONNECTION_LOST" }],
    ["execute-payment", null, "PaymentExecuted", { attempt: 1, answer: { amount: 9_000 } }],
    ["execute-payment", refusal, "ExecutionRefused", { attempt: 1, code }],
    [
      "execute-payment",
      throttled,
      "ExecutionPostponed",
      { attempt: 1, code: "COMMON_THROTTLED", message: null },
    ],
    ["execute-payment", unreadable, "OutcomeUnknown", { attempt: 1, cause: "UNREADABLE" }],
    ["execute-payment", notFound, "ExecutionRefused", { attempt: 1, code: "TRANSACTION_NOT_FOUND" }],
    ["refund-payment", null, "RefundConfirmed", { attempt: 1, refundedAmount: 9_000 }],
    ["refund-payment", refusal, "RefundRefused", { attempt: 1, code }],
    ["refund-payment", throttled, "RefundPostponed", { attempt: 1, code: "COMMON_THROTTLED", message: null }],
    ["refund-payment", unreadable, "RefundOutcomeUnknown", { attempt: 1, cause: "UNREADABLE" }],
  ])("of %s with %j: as %s", ([call, fault, type, data]) =>
    Effect.gen(function* () {
      const kinds = {
        "make-payment": /^Token/,
        "get-payment-status": /^Status(Reported|Unavailable|NotFound)/,
        "execute-payment": /^(PaymentExecuted|Execution(Refused|Postponed)|OutcomeUnknown)/,
        "refund-payment": /^Refund(Confirmed|Refused|Postponed|OutcomeUnknown)/,
      }[call] as RegExp
      expect(yield* firstOf(kinds, call, fault)).toMatchObject({ type, data })
    }).pipe(Effect.provide(shared)),
  )
})

describe("a payment that could not be sent to TossPay", () => {
  it.effect("was refused by nobody, and the buyer may come again", () =>
    Effect.gen(function* () {
      const server = yield* makeProcess({ network: () => () => Effect.succeed({ _tag: "NotSent" }) })
      expect(yield* Effect.flip(server.create())).toMatchObject({ _tag: "Unavailable", what: "TOSSPAY" })
      expect((yield* recorded).at(-1)).toMatchObject({ type: "TokenLost", data: { cause: "NOT_SENT" } })
    }).pipe(Effect.provide(shared)),
  )
})

describe("a payer whose key cannot be read here", () => {
  it.effect("is not claimed for: nothing is sent, and another server may do it at once", () =>
    Effect.gen(function* () {
      const payers = yield* Payers
      const server = yield* makeProcess()
      const { payToken } = (yield* server.create()).checkout.context
      const noKey = new Unavailable({ what: "PAYER_KEY", retryable: true })
      const executed = Effect.flatMap(makeProcess(), (without) => without.execute(payToken ?? "")).pipe(
        Effect.provideService(Payers, { ...payers, userKeyOf: () => Effect.fail(noKey) }),
      )
      expect(yield* Effect.flip(executed)).toBe(noKey)
      expect((yield* recorded).map(({ type }) => type)).not.toContain("ExecutionStarted")
    }).pipe(Effect.provide(shared)),
  )
})

describe("a payer who was forgotten", () => {
  it.effect("cannot be asked about: nothing is sent, and no outcome is made up", () =>
    Effect.gen(function* () {
      const simulator = yield* TossPaySimulator
      const server = yield* makeProcess()
      const { payToken, order } = (yield* server.create()).checkout.context
      yield* simulator.sheet(payToken ?? "", { action: "approve" } as never)
      yield* (yield* Payers).forget(order.payer, { who: "kim", why: "asked for it" })
      expect((yield* server.execute(payToken ?? "")).outcome).toBe("pending")
      expect(yield* simulator.ledger).toEqual([])
      expect((yield* recorded).at(-1)).toMatchObject({
        type: "StatusUnavailable",
        data: { cause: "NOT_SENT" },
      })
    }).pipe(Effect.provide(shared)),
  )
})
