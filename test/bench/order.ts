/** What every contestant buys: one order of two coffees, and what the bank says of it. */

import type { PaymentAnswer } from "../../machines/index.ts"

export const amount = 9_000

export const answer = (orderNo: string, payToken: string): PaymentAnswer => ({
  source: "execute-payment",
  payStatus: null,
  mode: "TEST",
  orderNo,
  payToken,
  amount,
  paidAmount: amount,
  discountedAmount: 0,
  transactionId: "3f2b9a52-6f0e-4c0e-9d53-0a4f2f6f3c11",
  method: "CARD",
  instrument: "Shinhan 123456******7890",
  paidAt: "2026-01-01T00:00:00.000Z",
})
