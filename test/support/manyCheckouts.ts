/** Many checkouts with the lives that checkouts have, written as the server writes them: by the machine and its append. */

import type postgres from "postgres"
import { type Checkout, type Fact, open, plan } from "../../machines/index.ts"
import { sendAppends } from "../../server/log/appendStatement.ts"
import { type Append, appendOf, type Recorded } from "../../server/log/eventLog.ts"
import { anAnswer, anOrder, startOfTime } from "./checkouts.ts"

/** Facts as they come one append after the other; `at` and what names the order are filled in. */
type Life = ReadonlyArray<ReadonlyArray<(checkout: Checkout) => Omit<Fact, "at">>>

const news = (fact: Omit<Fact, "at"> & object) => () => fact

const answer = (checkout: Checkout, over: Parameters<typeof anAnswer>[0] = {}) =>
  anAnswer({
    orderNo: checkout.context.order.orderId,
    payToken: checkout.context.payToken ?? "",
    ...over,
  })

const minted = (checkout: Checkout) => ({
  type: "TokenMinted",
  payToken: `token-${checkout.checkoutId}`,
})
const claimed = [
  news({ type: "AuthenticationSucceeded" }),
  news({ type: "ExecutionStarted", attempt: 1 } as never),
]
const executed = (checkout: Checkout) => ({ type: "PaymentExecuted", attempt: 1, answer: answer(checkout) })
const reported = (over: Parameters<typeof anAnswer>[0]) => (checkout: Checkout) => ({
  type: "StatusReported",
  answer: answer(checkout, over),
})

const lives: ReadonlyArray<readonly [weight: number, Life]> = [
  [7, [[minted], claimed, [executed]]],
  [1, [[minted], [news({ type: "TokenExpired" })], [news({ type: "StatusNotFound" })]]],
  [
    1,
    [
      [minted],
      [news({ type: "AuthenticationStarted" })],
      claimed,
      [news({ type: "OutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as never)],
      [news({ type: "StatusAsked" })],
      [reported({ payStatus: "PAY_COMPLETE" })],
    ],
  ],
  [1, [[minted], claimed, [reported({ payStatus: "PAY_COMPLETE", amount: 1 })]]],
] as never

const wheel = lives.flatMap(([weight, life]) => Array.from({ length: weight }, () => life))

/** The appends of the `index`-th checkout, in the order in which they are made. */
export const lifeOf = (index: number): ReadonlyArray<Append> => {
  const at = (step: number) => new Date(Date.parse(startOfTime) + index * 10 + step * 1_000).toISOString()
  const checkoutId = `019b0000-${hex(index >>> 16, 4)}-7${hex(index & 0xfff, 3)}-8000-${hex(index, 12)}`
  const opening = appendOf(null, open(checkoutId, anOrder({ orderId: `test-${checkoutId}` }), at(0)), null)
  const appends = [opening]
  let recorded: Recorded = opening.recorded
  for (const [step, facts] of (wheel[index % wheel.length] as Life).entries()) {
    const moves = []
    let { checkout } = recorded
    for (const fact of facts) {
      const next = plan(checkout, { ...fact(checkout), at: at(step + 1) } as Fact)
      if (next._tag === "Refused") throw new Error(`${next.fact} is refused in ${checkout.state}`)
      checkout = next.checkout
      moves.push(...next.moves)
    }
    const append = appendOf(recorded, { _tag: "Plan", checkout, moves, instructions: [] }, null)
    appends.push(append)
    recorded = append.recorded
  }
  return appends
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0").slice(-digits)

/** Writes the checkouts `from` to `to`, `inFlight` of them at a time, so that their rows interleave. Returns the number of events. */
export const writeCheckouts = async (
  sql: postgres.Sql,
  { from = 0, to, inFlight = 200 }: { from?: number; to: number; inFlight?: number },
): Promise<number> => {
  let events = 0
  for (let first = from; first < to; first += inFlight) {
    const group = Array.from({ length: Math.min(inFlight, to - first) }, (_, index) => lifeOf(first + index))
    for (let step = 0; step < Math.max(...group.map((life) => life.length)); step += 1) {
      const batch = group.flatMap((life) => life[step] ?? [])
      const failures = (await sendAppends(sql, batch)).filter((failure) => failure !== null)
      if (failures.length > 0) throw new Error(`an append failed: ${JSON.stringify(failures[0])}`)
      events += batch.reduce((sum, { rows }) => sum + rows.length, 0)
    }
  }
  return events
}
