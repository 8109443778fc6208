import { expect, it } from "vitest"
import { createActor } from "xstate"
import { makeInspection } from "../../client/demo/stage/inspection.ts"
import { checkoutMachine, type News, type Order, removed, won } from "../../machines/index.ts"

const order: Order = {
  orderId: "order-1",
  payer: "fingerprint-secret",
  reference: null,
  items: [{ sku: "coffee", name: "Coffee", price: won(4500), quantity: 1 }],
  amount: won(4500),
  amountTaxFree: won(0),
  mode: "TEST",
  ttlMs: 900_000,
  leaseMs: 45_000,
}

const answer = {
  source: "execute-payment",
  payStatus: null,
  mode: "TEST",
  orderNo: "order-1",
  payToken: "token-secret",
  amount: 4500,
  paidAmount: 4500,
  discountedAmount: 0,
  transactionId: "transaction-secret",
  method: "CARD",
  instrument: "card-secret",
  paidAt: null,
} as const

it("even the server's machine, which knows every secret, shows an inspector none of them", async () => {
  const inspection = makeInspection()
  const at = "2026-11-25T09:00:00.000Z"
  const actor = createActor(checkoutMachine, { input: { order, at }, inspect: inspection.inspect }).start()
  const news: ReadonlyArray<News> = [
    { type: "TokenMinted", payToken: "token-secret" },
    { type: "AuthenticationStarted" },
    { type: "AuthenticationSucceeded" },
    { type: "ExecutionStarted", attempt: 1 },
    { type: "PaymentExecuted", attempt: 1, answer },
  ]
  for (const fact of news) actor.send({ ...fact, at } as Parameters<typeof actor.send>[0])
  const late: Array<unknown> = []
  await expect
    .poll(() => inspection.events().at(-1))
    .toMatchObject({ snapshot: { value: { settled: "paid" } } })
  inspection.connect({ send: (event) => late.push(event) })()
  expect(late).toEqual(inspection.events())
  const seen = JSON.stringify(late)
  expect(seen).not.toContain("secret")
  for (const field of ["payer", "payToken", "instrument", "transactionId"])
    expect(seen).toContain(`"${field}":"${removed}"`)
})
