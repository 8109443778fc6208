/** The append alone: real decisions, real rows and hashes, three durable commits, no HTTP and no TossPay. */

import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { type Fact, open, type Plan, plan, planExecution, won } from "../../machines/index.ts"
import { newOrderIds } from "../../server/checkout/ids.ts"
import { Database } from "../../server/database/postgres.ts"
import { appendOf, EventLog, type Recorded } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { contend } from "./contestant.ts"
import { answer } from "./order.ts"

const runtime = ManagedRuntime.make(
  Layer.provideMerge(postgresEventLog, Database.layer(Redacted.make(process.env["BENCH_URL"] ?? ""))),
)

const dueMs = 45_000
const accepted = (decided: Plan | { readonly _tag: "Refused" }): Plan => {
  if (decided._tag === "Refused") throw new Error("the machine refused an honest step")
  return decided
}

const lifecycle = Effect.gen(function* () {
  const log = yield* EventLog
  const now = () => new Date().toISOString()
  const append = (before: Recorded | null, next: Plan, dueAfterMs: number | null) => {
    const entry = appendOf(before, next, dueAfterMs)
    return Effect.as(log.append(entry), entry.recorded)
  }
  const { checkoutId, orderId } = yield* newOrderIds("TEST", Date.now())
  const opened = open(
    checkoutId,
    {
      orderId,
      amount: won(9_000),
      amountTaxFree: won(0),
      mode: "TEST",
      items: [{ sku: "coffee", name: "Coffee", price: won(4_500), quantity: 2 }],
      payer: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      reference: null,
      ttlMs: 900_000,
      leaseMs: 45_000,
      onMismatch: "refund",
    },
    now(),
  )
  const payToken = orderId.slice(-30)
  const minted = accepted(plan(opened.checkout, { type: "TokenMinted", at: now(), payToken }))
  const first = yield* append(null, { ...minted, moves: [...opened.moves, ...minted.moves] }, dueMs)
  const second = yield* append(first, accepted(planExecution(first.checkout, now())), dueMs)
  const paid: Fact = { type: "PaymentExecuted", at: now(), attempt: 1, answer: answer(orderId, payToken) }
  yield* append(second, accepted(plan(second.checkout, paid)), null)
})

contend(
  () => runtime.runPromise(lifecycle as Effect.Effect<void, unknown, EventLog>),
  () => runtime.dispose(),
)
