/** The simulator's control API: sheets for the buyers, switches for the troublemaker, the books for the judge. */

import type { Fault } from "../../server/simulator/index.ts"

export interface LedgerLine {
  readonly kind: "charge" | "refund"
  readonly payToken: string
  readonly orderNo: string
  readonly mode: "LIVE" | "TEST"
  readonly amount: number
  readonly transactionId: string
  readonly at: string
}

export interface PaymentLine {
  readonly payToken: string
  readonly orderNo: string
  readonly payStatus: string
  readonly amount: number
  readonly mode: "LIVE" | "TEST"
}

export interface Bank {
  readonly sheet: (payToken: string, action: "approve" | "close" | "decline") => Promise<unknown>
  readonly setFault: (fault: Fault) => Promise<unknown>
  readonly clearFaults: () => Promise<unknown>
  readonly changeSettings: (changes: {
    readonly repeatedExecute: "reject" | "charge"
    readonly lapseAfterMs: number
  }) => Promise<unknown>
  readonly ledger: () => Promise<ReadonlyArray<LedgerLine>>
  readonly payments: () => Promise<ReadonlyArray<PaymentLine>>
}

export const bankAt = (url: string): Bank => {
  const ask = async (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown) => {
    const reply = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    })
    const answer = (await reply.json()) as Record<string, unknown>
    // A sheet that is over says 409, which is an answer; a switch that was not understood is our mistake.
    if (reply.status === 400) throw new Error(`the simulator refuses ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    sheet: (payToken, action) => ask("POST", `/sheet/${payToken}`, { action }),
    setFault: (fault) => ask("POST", "/simulator/faults", fault),
    clearFaults: () => ask("DELETE", "/simulator/faults"),
    changeSettings: (changes) => ask("PUT", "/simulator/settings", changes),
    ledger: async () => (await ask("GET", "/simulator/ledger"))["ledger"] as ReadonlyArray<LedgerLine>,
    payments: async () => (await ask("GET", "/simulator/payments"))["payments"] as ReadonlyArray<PaymentLine>,
  }
}
