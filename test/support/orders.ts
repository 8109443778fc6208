/** Orders straight into the log, without a server: for tests of what reads it. */

import { Effect } from "effect"
import { type Checkout, type Fact, open, plan, timerOf } from "../../machines/index.ts"
import { appendOf, EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { anAnswer, anOrder, refundUnderWay, startOfTime } from "./checkouts.ts"

type Loose<F> = F extends Fact ? Omit<F, "at"> : never

let count = 0

/** An id that tells nothing of the order in which ids were made. */
const nextId = (): string => {
  count += 1
  const scattered = ((count * 7919) % 65_521).toString(16).padStart(8, "0")
  return `${scattered}-${(process.pid % 65_536).toString(16).padStart(4, "0")}-7000-8000-${count.toString(16).padStart(12, "0")}`
}

const dueAfterMs = (checkout: Checkout) => timerOf(checkout)?.afterMs ?? null

/** A new order in the log. */
export const openOrder = Effect.gen(function* () {
  const log = yield* EventLog
  const id = nextId()
  const opened = open(id, anOrder({ orderId: `test-${id}`, payer: `payer-${id}` }), startOfTime)
  const append = appendOf(null, opened, dueAfterMs(opened.checkout))
  yield* log.append(append)
  return append.recorded
})

/** The order after these facts, each an append of its own. Throws if the machine refuses one. */
export const happen = Effect.fnUntraced(function* (
  recorded: Recorded,
  ...facts: ReadonlyArray<Loose<Fact> | ((checkout: Checkout) => Loose<Fact>)>
) {
  const log = yield* EventLog
  let current = recorded
  for (const each of facts) {
    const fact = typeof each === "function" ? each(current.checkout) : each
    const planned = plan(current.checkout, { ...fact, at: startOfTime } as Fact)
    if (planned._tag === "Refused") throw new Error(`${fact.type} is refused in ${current.checkout.state}`)
    const append = appendOf(current, planned, dueAfterMs(planned.checkout))
    yield* log.append(append)
    current = append.recorded
  }
  return current
})

const answerFor = ({ checkoutId, context }: Checkout, over: object) =>
  anAnswer({ orderNo: context.order.orderId, payToken: `token-${checkoutId}`, ...over })

/** TossPay's answer to execute. */
export const executed =
  (over: object = {}) =>
  (checkout: Checkout) =>
    ({ type: "PaymentExecuted", attempt: 1, answer: answerFor(checkout, over) }) as const

/** TossPay's answer to a question for the status. */
export const reported =
  (payStatus: string, over: object = {}) =>
  (checkout: Checkout) =>
    ({ type: "StatusReported", answer: answerFor(checkout, { payStatus, ...over }) }) as Loose<Fact>

export const tokenMinted = ({ checkoutId }: Checkout) =>
  ({ type: "TokenMinted", payToken: `token-${checkoutId}` }) as const

/** An order that is being executed. */
export const executingOrder = Effect.flatMap(openOrder, (recorded) =>
  happen(
    recorded,
    tokenMinted,
    { type: "AuthenticationSucceeded" },
    { type: "ExecutionStarted", attempt: 1 },
  ),
)

/** An order that is settled. */
export const settledOrder = Effect.flatMap(executingOrder, (recorded) => happen(recorded, executed()))

const [requested, , started] = refundUnderWay

/** A person's refund of a settled order until the call is under way. */
export const refundBegun = [requested, reported("PAY_COMPLETE"), started] as const
