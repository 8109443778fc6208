/** The checkout server, as the webview calls it. Every request here may be sent again: the same request, the same answer. */

import type { StatePath } from "../machines/states.ts"
import type { OrderView } from "../machines/view.ts"

/** What is to be bought. The server prices it; `expectedAmount` is what the buyer saw. */
export type Wish =
  | {
      readonly items: ReadonlyArray<{
        readonly sku: string
        readonly quantity: number
        readonly amount?: number
      }>
      readonly expectedAmount?: number
      readonly reference?: string
    }
  | { readonly amount: number; readonly reference?: string }

export interface Created {
  readonly orderId: string
  readonly payToken: string
  readonly amount: number
}

/** What became of a request to execute, in the buyer's language where there is something to say. */
export interface Executed {
  readonly ok: boolean
  readonly at: StatePath
  readonly message?: string
}

/** A definite no: the same request will be refused again. */
export class Refused extends Error {
  override readonly name = "Refused"
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** No definite answer: the server asks for patience, or could not be reached. */
export class Undecided extends Error {
  override readonly name = "Undecided"
  /** When to ask again, if the server said so. */
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null, options?: ErrorOptions) {
    super(message, options)
    this.retryAfterMs = retryAfterMs
  }
}

export interface ApiOptions {
  /** The server's origin, such as `https://pay.example.com`; mini-apps live on another one. */
  readonly baseUrl: string
  /** Read with every request, so it may change. */
  readonly language: string
  /** Sent with every request, such as a bearer token that says who the buyer is. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  readonly fetch?: typeof globalThis.fetch
  /** Longer than the server waits for TossPay, in milliseconds. */
  readonly timeoutMs?: number
}

export type Api = ReturnType<typeof makeApi>

export const makeApi = (options: ApiOptions) => {
  const {
    baseUrl,
    headers,
    fetch = (...request) => globalThis.fetch(...request),
    timeoutMs = 40_000,
  } = options
  const call = async <A>(path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) => {
    const isQuestion = body === undefined
    const reply = await fetch(`${baseUrl}/api/payment${path}`, {
      method: isQuestion ? "GET" : "POST",
      headers: {
        "accept-language": options.language,
        ...(!isQuestion && { "content-type": "application/json" }),
        ...(await headers?.()),
        ...more,
      },
      ...(!isQuestion && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(notReached)
    const answer: Answer = await reply.json().catch(notReached)
    const isOpen = reply.status >= 500 || reply.status === 429 || answer.reason === "IN_PROGRESS"
    if (isOpen) throw new Undecided(String(answer.message ?? ""), secondsOf(reply.headers.get("retry-after")))
    if (!reply.ok && answer.at === undefined)
      throw new Refused(String(answer.reason), String(answer.message ?? ""))
    return answer as A & Answer
  }
  return {
    create: (wish: Wish, idempotencyKey: string) =>
      call<Created>("/create", wish, { "idempotency-key": idempotencyKey }),
    /** A hint: whether the server hears it or not, it finds out by itself. */
    report: (
      payToken: string,
      outcome: "started" | "succeeded" | "rejected" | "unknown",
      reason: string | null,
    ) => call<OrderView>("/authentication", { payToken, outcome, ...(reason !== null && { reason }) }),
    execute: (payToken: string) => call<Executed>("/execute", { payToken }),
    order: (orderId: string) => call<OrderView>(`/orders/${encodeURIComponent(orderId)}`),
    orders: (cursor: string | null = null) =>
      call<{ readonly orders: ReadonlyArray<OrderView>; readonly cursor: string | null }>(
        `/orders${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`,
      ),
  }
}

interface Answer {
  readonly at?: string
  readonly reason?: string
  readonly message?: string
}

const notReached = (cause: unknown): never => {
  throw new Undecided("", null, { cause })
}

const secondsOf = (retryAfter: string | null): number | null => Number(retryAfter) * 1_000 || null
