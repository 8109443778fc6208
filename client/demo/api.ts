/** The checkout server, as the page calls it. */

import { Undecided } from "./patience.ts"

export interface Order {
  readonly orderId: string
  readonly state: string
  readonly amount: number
  readonly items: ReadonlyArray<{ readonly name: string; readonly quantity: number }>
  readonly createdAt: string
  readonly actions: ReadonlyArray<"authenticate" | "execute" | "wait" | "create">
  readonly safeToRetry: boolean
  readonly refund: { readonly state: "refunding" | "refunded" } | null
}

export interface Created {
  readonly orderId: string
  readonly payToken: string
}

/** A definite no of the server, with its own words for people. */
export interface Refused {
  readonly ok: false
  readonly reason: string
  readonly message: string
  readonly safeToRetry?: boolean
}

export interface Paid {
  readonly ok: true
  readonly orderId: string
  readonly amount: number
  readonly approvedAt?: string
}

export interface Wish {
  readonly items: ReadonlyArray<{ readonly sku: string; readonly quantity: number; readonly amount?: number }>
  readonly expectedAmount: number
}

export type SheetOutcome = "started" | "succeeded" | "rejected" | "unknown"

export const create = (wish: Wish, idempotencyKey: string, language: string) =>
  call<Created | Refused>("/create", { language, body: wish, headers: { "idempotency-key": idempotencyKey } })

export const execute = (payToken: string, language: string) =>
  call<Paid | Refused>("/execute", { language, body: { payToken } })

export const readOrder = (orderId: string, language: string) =>
  call<Order | Refused>(`/orders/${encodeURIComponent(orderId)}`, { language })

export const recentOrders = async (language: string): Promise<ReadonlyArray<Order>> =>
  (await call<{ orders?: ReadonlyArray<Order> }>("/orders?limit=5", { language })).orders ?? []

/** A hint, so it is not worth a long wait: whether the server hears it or not, it finds out by itself. */
export const report = (payToken: string, outcome: SheetOutcome, reason: string | null, language: string) =>
  call<Order | Refused>("/authentication", {
    language,
    body: { payToken, outcome, reason },
    timeoutMs: 5_000,
  }).catch(() => null)

interface Request {
  readonly language: string
  /** Sent as JSON; a request without one is a question. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Longer than the server waits for TossPay. */
  readonly timeoutMs?: number
}

const call = async <A>(path: string, { language, body, headers = {}, timeoutMs = 40_000 }: Request) => {
  const isQuestion = body === undefined
  const reply = await fetch(`/api/payment${path}`, {
    method: isQuestion ? "GET" : "POST",
    headers: {
      "accept-language": language,
      ...(!isQuestion && { "content-type": "application/json" }),
      ...headers,
    },
    ...(!isQuestion && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => notReached(error))
  const answer = await reply.json().catch((error) => notReached(error))
  if (isOpen(reply)) throw new Undecided(String(answer.message ?? ""), waitOf(reply, answer))
  return answer as A
}

const notReached = (error: unknown): never => {
  throw new Undecided("", null, { cause: error })
}

/** An answer that says nothing about what happened, or asks to come back. */
const isOpen = ({ status, headers }: Response): boolean =>
  status === 202 || status === 429 || status >= 500 || headers.has("retry-after")

const waitOf = ({ headers }: Response, answer: { readonly retryAfterMs?: unknown }): number | null =>
  Number(answer.retryAfterMs) || Number(headers.get("retry-after")) * 1000 || null
