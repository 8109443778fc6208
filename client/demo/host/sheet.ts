/**
 * The payment sheet that the Toss app would open. It talks to the simulated bank by a way of its own, as the real one
 * does; the webview only hears what came of it.
 */

import { askBuyer, type Payment } from "./dialog.ts"
import { nativeError } from "./nativeError.ts"

/** Opens the sheet and resolves or rejects with what the SDK would hear. */
export const openSheet = async (simulatorUrl: string, payToken: string): Promise<unknown> => {
  const address = `${simulatorUrl}/sheet/${encodeURIComponent(payToken)}`
  const payment: Payment & { readonly payStatus: string } = await ask(`${address}/payment`)
  if (payment.payStatus !== "PAY_STANDBY") {
    throw nativeError("PAYMENT_OVER", `There is nothing to authenticate: ${payment.payStatus}`)
  }
  const choice = await askBuyer(payment)
  if (choice.tellBank !== null) {
    await ask(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action: choice.tellBank }),
    })
  }
  return choice.answer()
}

const ask = async (address: string, request?: RequestInit) => {
  const reply = await fetch(address, request)
  const answer = await reply.json()
  if (!reply.ok) throw nativeError(String(answer.reason), `The bank said no: ${answer.reason}`)
  return answer
}
