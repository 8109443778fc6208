/**
 * One cell of the crash matrix: a process died right after this went on record; meanwhile the payment moved on at the
 * bank, and the next calls are answered like that. Another process recovers; then the judges read both books.
 */

import { Effect, Exit, type Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  type CheckoutContext,
  type PayStatus,
  payStatuses,
  stateInfo,
  timerOf,
} from "../../machines/index.ts"
import { appendOf, EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payers/payers.ts"
import { type CallName, type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import type { Send } from "../../server/tosspay/transport.ts"
import { judge } from "../simulation/judges.ts"
import { checkoutId, payToken } from "../support/checkouts.ts"
import { type Bug, buyer, makeProcess } from "../support/world.ts"
import { type Death, isCharged, isRefundSilent, order, wayTo } from "./deaths.ts"

/** How the bank answers the first call of each kind after the death; `null`: as it should. */
export const replies: Readonly<Record<string, object | "twice" | null>> = {
  honest: null,
  "lost before it happens": { fault: "replyLostBefore" },
  "lost after it happened": { fault: "replyLostAfter" },
  "slower than our patience": { fault: "slow", delayMs: 40_000 },
  "happening after we gave up": { fault: "late", delayMs: 30_000 },
  unreadable: { fault: "unreadable" },
  "503, not done": { fault: "http503", charged: false },
  "503, done": { fault: "http503", charged: true },
  "a gateway's 404, not done": { fault: "http404", charged: false },
  "a gateway's 404, done": { fault: "http404", charged: true },
  "429": { fault: "http429" },
  "delivered twice": "twice",
  "FAIL: no": { fault: "errorCode", value: "COMMON_NOT_ENOUGH_CASH" },
  "FAIL: later": { fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" },
  "FAIL: who knows": { fault: "errorCode", value: "COMMON_TIMEOUT" },
  "FAIL: another amount": { fault: "wrongAmount" },
  ...Object.fromEntries(
    ["HTTP_TIMEOUT", "NETWORK_ERROR", "EXECUTION_FAIL", "INTERRUPTED", "INTERNAL_ERROR"].flatMap((value) =>
      [false, true].map((charged) => [
        `${value}, ${charged ? "done" : "not done"}`,
        { fault: "resultType", value, charged },
      ]),
    ),
  ),
}

export interface Cell {
  readonly death: Death
  /** How the payment stands at the bank when recovery comes; `null`: it was never made. */
  readonly status: PayStatus | null
  readonly reply: string
  /** The last call of the dead process that moves money is still on its way, and arrives. */
  readonly arrives: boolean
}

/** All statuses that the bank may have reached by then. What is over for us is not charged any more: nobody executes. */
export const statusesAfter = ({ bank, checkout }: Death): ReadonlyArray<PayStatus | null> => {
  const last = bank.at(-1)
  if (last === undefined) return [null]
  const mayCharge = timerOf(checkout) !== null
  return payStatuses
    .filter((status) => wayTo(last, status) !== null)
    .filter((status) => mayCharge || isCharged(last) || !isCharged(status))
}

/** A call of the dead process may still be on its way, if it is not the one that charged or gave back. */
export const mayArrive = ({ checkout: { context } }: Death, status: PayStatus | null): boolean =>
  (context.unanswered.length > 0 && !isCharged(status)) ||
  (mayRefundArrive(context) && status === "PAY_COMPLETE")

const mayRefundArrive = ({ refund, waitedMs }: CheckoutContext): boolean =>
  refund !== null && isRefundSilent(refund, waitedMs)

export const nameOf = ({ death, status, reply, arrives }: Cell): string =>
  `dies after ${death.name}; bank: ${status}; answer: ${reply}${arrives ? "; the call arrives" : ""}`

/** What is wrong with how it ended; empty when all is well. `bug` is a mistake built into the process that recovers. */
export const run = (cell: Cell, bug: Bug = {}): Effect.Effect<ReadonlyArray<string>> => {
  const ids = { payToken: () => payToken, transactionId: () => "transaction", refundNo: () => "refund" }
  const world = Layer.mergeAll(
    memoryEventLog,
    Payers.layerMemory,
    Layer.orDie(TossPaySimulator.layer({ ids, repeatedExecute: "charge", lapseAfterMs: aWeekMs })),
    TestClock.layer(),
  )
  return story(cell, bug).pipe(
    Effect.provide(world),
    Effect.withTracerEnabled(false),
    Effect.scoped,
    Effect.orDie,
  )
}

const story = Effect.fnUntraced(function* ({ death, status, reply, arrives }: Cell, bug: Bug) {
  const log = yield* EventLog
  const simulator = yield* TossPaySimulator
  const scope = yield* Scope.make()
  const { checkout, moves } = death
  yield* TestClock.setTime(Date.parse(checkout.context.updatedAt))
  yield* (yield* Payers).remember(order.payer, buyer)

  const send = (call: CallName, body: object) =>
    simulator.call(
      call,
      { "x-toss-user-key": buyer, "content-type": "application/json" },
      JSON.stringify(body),
    )
  for (const [index, step] of [
    ...death.bank,
    ...(wayTo(death.bank.at(-1) ?? null, status) ?? []),
  ].entries()) {
    if (index === 0) yield* send("make-payment", payment)
    else yield* simulator.moveStatus(payToken, step)
  }
  const plan = { _tag: "Plan" as const, checkout, moves, instructions: [] }
  yield* log.append(appendOf(null, plan, timerOf(checkout)?.afterMs ?? null))
  if (arrives) {
    const call = mayRefundArrive(checkout.context)
      ? send("refund-payment", { payToken, reason: "late", isTestPayment: true })
      : send("execute-payment", { payToken, orderNo: order.orderId, isTestPayment: true })
    yield* Effect.forkIn(Effect.delay(call, 30_000), scope)
  }

  const bent = replies[reply] ?? null
  if (typeof bent === "object" && bent !== null) {
    for (const call of calls.filter((name) => isBent(name, bent))) {
      yield* simulator.setFault({ call, times: 1, ...bent } as Fault)
    }
  }
  const process = yield* makeProcess({ bug, network: bent === "twice" ? twice : (straight) => straight })
  const go = <A, E, R>(
    effect: Effect.Effect<A, E, R>,
  ): Effect.Effect<Fiber.Fiber<Exit.Exit<A, E>>, never, R> => Effect.forkIn(Effect.exit(effect), scope)
  for (let stepMs = 10_000, looks = 0; looks < mostLooks && !(yield* isOver(looks)); looks += 1) {
    yield* TestClock.adjust(stepMs)
    const look = yield* go(process.recover)
    for (let waits = 0; waits < 8 && look.pollUnsafe() === undefined; waits += 1)
      yield* TestClock.adjust(waits * 1_500)
    stepMs = Math.min(stepMs * 2, longestStepMs)
    // In the end the bank finishes what it has begun.
    if (looks === aDayOfLooks) yield* Effect.ignore(simulator.moveStatus(payToken, "REFUND_SUCCESS"))
    if (looks === aDayAndAHalfOfLooks) yield* chargeFinished
  }
  // What has ended for us since then has to have ended there: nobody would see it charge.
  if (timerOf(checkout) !== null && (yield* isNobodys)) yield* chargeFinished
  const wrong = yield* judge([order.orderId], [])
  yield* Scope.close(scope, Exit.void)
  return wrong
})

const chargeFinished = Effect.gen(function* () {
  const simulator = yield* TossPaySimulator
  const payment = yield* simulator.payment(payToken)
  if (payment?.payStatus === "PAY_PROGRESS") yield* simulator.moveStatus(payToken, "PAY_COMPLETE")
})

const owner = Effect.map(
  Effect.flatMap(EventLog, ({ find }) => find({ by: "checkoutId", value: checkoutId })),
  (recorded) => (recorded === null ? "nobody" : stateInfo(recorded.checkout.state).owner),
)

const isNobodys = Effect.map(owner, (owner) => owner === "nobody")

/** What waits for a person is still asked about, every few hours. */
const isOver = (looks: number) =>
  Effect.map(owner, (owner) => owner === "nobody" || (owner === "person" && looks > halfADayOfLooks))

const payment = {
  orderNo: order.orderId,
  productDesc: "Coffee",
  amount: order.amount,
  amountTaxFree: 0,
  isTestPayment: true,
}

const calls = ["make-payment", "execute-payment", "get-payment-status", "refund-payment"] as const

/** A fault that lies about an amount needs a reply that has one. */
const isBent = (call: CallName, bent: object): boolean =>
  !(call === "make-payment" && "fault" in bent && bent.fault === "wrongAmount")

/** A proxy that sends everything twice, except what the bank would do twice. */
const twice =
  (send: Send): Send =>
  (...args) =>
    args[0] === "execute-payment" ? send(...args) : Effect.andThen(send(...args), send(...args))

const aWeekMs = 7 * 86_400_000
const longestStepMs = 3_600_000
const halfADayOfLooks = 20
const aDayOfLooks = 32
const aDayAndAHalfOfLooks = 44
/** More than two days. */
const mostLooks = 64
