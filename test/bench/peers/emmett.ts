/** The same lifecycle on emmett's event store: three appends with their expected version. */

import { randomUUID } from "node:crypto"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"
import { contend } from "../contestant.ts"
import { answer } from "../order.ts"

const store = getPostgreSQLEventStore(process.env["BENCH_URL"] ?? "")
await store.schema.migrate()

contend(
  async () => {
    const orderId = randomUUID()
    const stream = `checkout-${orderId}`
    const event = (type: string, data: Record<string, unknown>) => ({ type, data }) as never
    await store.appendToStream(
      stream,
      [
        event("CheckoutOpened", {
          order: { orderId, amount: 9_000, items: [{ sku: "coffee", quantity: 2 }] },
        }),
        event("TokenMinted", { payToken: orderId }),
      ],
      { expectedStreamVersion: "STREAM_DOES_NOT_EXIST" },
    )
    await store.appendToStream(
      stream,
      [event("AuthenticationSucceeded", {}), event("ExecutionStarted", { attempt: 1 })],
      { expectedStreamVersion: 2n },
    )
    await store.appendToStream(
      stream,
      [event("PaymentExecuted", { attempt: 1, answer: answer(orderId, orderId) })],
      { expectedStreamVersion: 4n },
    )
  },
  () => store.close(),
)
