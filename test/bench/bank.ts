/**
 * The other side of the wire, as cheap as it can be: every payment is authenticated at once and every call answered at
 * once, so that what is measured is the server in front of it. For what a bank can do wrong there is the real simulator.
 */

import { createServer } from "node:http"
import { amount } from "./order.ts"

let minted = 0

const success = (call: string, body: Record<string, unknown>) => {
  if (call === "make-payment") minted += 1
  const payToken = call === "make-payment" ? `pt${process.pid}x${minted}` : body["payToken"]
  const paid = { code: 0, mode: "TEST", orderNo: body["orderNo"], payToken, amount, paidAmount: amount }
  switch (call) {
    case "make-payment":
      return { payToken }
    case "execute-payment":
      return {
        ...paid,
        discountedAmount: 0,
        approvalTime: "2026-01-01 09:00:00",
        transactionId: "3f2b9a52-6f0e-4c0e-9d53-0a4f2f6f3c11",
        payMethod: "CARD",
        cardCompanyName: "Shinhan",
        cardNumber: "123456******7890",
      }
    default:
      return { ...paid, payStatus: "PAY_COMPLETE", discountedAmount: 0 }
  }
}

const server = createServer((request, reply) => {
  let text = ""
  request.on("data", (chunk) => {
    text += chunk
  })
  request.on("end", () => {
    const call = request.url?.split("/").at(-1) ?? ""
    reply.setHeader("content-type", "application/json")
    reply.end(JSON.stringify({ resultType: "SUCCESS", success: success(call, JSON.parse(text)) }))
  })
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`ready on http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`)
})
process.on("SIGTERM", () => process.exit(0))
