/**
 * The guide's own handlers, done properly: the server prices, execute compares, an order is only ever its owner's, and
 * asking twice is harmless by an upsert. One statement per commit, as durable as ours. No log, and nothing recovers.
 */

import { randomUUID } from "node:crypto"
import express from "express"
import pg from "pg"
import { Pool } from "undici"

const database = new pg.Pool({ connectionString: process.env["BENCH_URL"], max: 16 })
const bank = new Pool(process.env["TOSSPAY_BASE_URL"] ?? "", { connections: 64 })

const call = async (name: string, userKey: string, body: unknown) => {
  const { body: reply } = await bank.request({
    method: "POST",
    path: `/api-partner/v1/apps-in-toss/pay/${name}`,
    headers: { "content-type": "application/json", "x-toss-user-key": userKey },
    body: JSON.stringify(body),
  })
  const { resultType, success } = (await reply.json()) as {
    readonly resultType: string
    readonly success: { readonly payToken: string; readonly orderNo: string; readonly amount: number }
  }
  if (resultType !== "SUCCESS") throw new Error(resultType)
  return success
}

const app = express()
app.disable("x-powered-by")
app.use(express.json())

app.post("/api/payment/create", async (request, response) => {
  const userKey = String(request.headers["x-toss-user-key"])
  const orderId = randomUUID()
  const amount = request.body.items.reduce(
    (sum: number, item: { quantity: number }) => sum + 4_500 * item.quantity,
    0,
  )
  const { payToken } = await call("make-payment", userKey, {
    orderNo: orderId,
    productDesc: "Coffee",
    amount,
    amountTaxFree: 0,
    isTestPayment: true,
  })
  await database.query({
    name: "create",
    text: "INSERT INTO orders (order_id, pay_token, user_key, amount, status, items) VALUES ($1, $2, $3, $4, 'MINTED', $5)",
    values: [orderId, payToken, userKey, amount, JSON.stringify(request.body.items)],
  })
  response.status(201).json({ orderId, payToken, amount, currency: "KRW", state: "minted" })
})

app.post("/api/payment/execute", async (request, response) => {
  const userKey = String(request.headers["x-toss-user-key"])
  const { payToken } = request.body
  const found = await database.query({
    name: "find",
    text: "SELECT order_id, amount, status FROM orders WHERE pay_token = $1 AND user_key = $2",
    values: [payToken, userKey],
  })
  const order = found.rows[0]
  if (order === undefined) return response.status(404).json({ ok: false, reason: "CHECKOUT_NOT_FOUND" })
  if (order.status !== "PAID") {
    const payment = await call("execute-payment", userKey, {
      payToken,
      orderNo: order.order_id,
      isTestPayment: true,
    })
    if (
      payment.amount !== order.amount ||
      payment.orderNo !== order.order_id ||
      payment.payToken !== payToken
    ) {
      return response.status(400).json({ ok: false, reason: "AMOUNT_MISMATCH" })
    }
    await database.query({
      name: "paid",
      text: `INSERT INTO orders (order_id, pay_token, user_key, amount, status, items)
             VALUES ($1, $2, $3, $4, 'PAID', '[]')
             ON CONFLICT (order_id) DO UPDATE SET status = 'PAID', paid_at = now() WHERE orders.status <> 'PAID'`,
      values: [order.order_id, payToken, userKey, order.amount],
    })
  }
  return response.json({ ok: true, state: "settled", orderId: order.order_id, amount: order.amount })
})

await database.query(`CREATE TABLE IF NOT EXISTS orders (
  order_id uuid PRIMARY KEY, pay_token text NOT NULL UNIQUE, user_key text NOT NULL, amount integer NOT NULL,
  status text NOT NULL, items jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), paid_at timestamptz
)`)
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`ready on http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`)
})
process.on("SIGTERM", () => process.exit(0))
