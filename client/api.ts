/** The checkout server, as the webview calls it. Every request here may be sent again: the same request, the same answer. */

import type { StatePath } from "../machines/states.ts"
import type { OrderView } from "../machines/view.ts"

/** What is to be bought. The server prices it; `expectedAmount` is what the buyer saw, in won. */
export type Wish = (
  | {
      readonly items: ReadonlyArray<{
        readonly sku: string
        readonly quantity: number
        /** Won a piece, for products with an open price. */
        readonly amount?: number
      }>
    }
  | { readonly amount: number }
) & {
  readonly expectedAmount?: number
  /** The shop's own order number: the server lets it be paid once, from however many pages. */
  readonly reference?: string
}

export interface Created {
  readonly orderId: string
  readonly payToken: string
  /** Won. */
  readonly amount: number
}

/** How an order stands. */
export interface Standing {
  readonly at: StatePath
  /** Stable code of what went wrong last. */
  readonly reason?: string
  /** Won. */
  readonly amount?: number
  /** Why, for people, where there is something to say. */
  readonly detail?: string | null
}

/** A definite no: the same request will be refused again. */
export class Refused extends Error {
  override readonly name = "Refused"
  /** Stable code, such as `PRICE_CHANGED`. */
  readonly reason: string
  /** What it costs now, in won, for `PRICE_CHANGED`. */
  readonly amount: number | undefined
  /** The paid order that stands in the way, for `ALREADY_PAID`. */
  readonly order: OrderView | undefined

  constructor({ reason, message, amount, order }: Answer) {
    super(message)
    this.reason = reason ?? "REFUSED"
    this.amount = amount
    this.order = order
  }
}

/** The server has no such order, or it is another buyer's. */
export const isNobodys = (error: unknown): boolean =>
  error instanceof Refused && error.reason === "CHECKOUT_NOT_FOUND"

/** No definite answer: the server asks for patience or for a fresh sign-in, or could not be reached. */
export class Undecided extends Error {
  override readonly name = "Undecided"
  readonly reason: "UNREACHABLE" | "UNAUTHENTICATED" | "RATE_LIMITED"
  /** When to ask again, in milliseconds, if the server said so. */
  readonly retryAfterMs: number | null

  constructor(
    reason: Undecided["reason"],
    message = "",
    retryAfterMs: number | null = null,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Read with every request, so all of it may change. */
export interface ApiOptions {
  /** The server's origin, such as `https://pay.example.com`; mini-apps live on another one. */
  readonly baseUrl: string
  /** Of the server's messages. */
  readonly language: string
  /** Sent with every request, such as a bearer token that says who the buyer is. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  readonly fetch?: typeof globalThis.fetch
  /** Longer than the server waits for TossPay, in milliseconds: 40,000 unless said otherwise. */
  readonly timeoutMs?: number
}

export type Api = ReturnType<typeof makeApi>

export const makeApi = (options: ApiOptions) => {
  const call = async <A>(path: string, body?: unknown, more?: Readonly<Record<string, string>>) => {
    const { baseUrl, language, headers, fetch = globalThis.fetch, timeoutMs = 40_000 } = options
    // `AbortSignal.timeout` is younger than some phones.
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), timeoutMs)
    let reply: Response
    let answer: Answer
    try {
      reply = await fetch(`${baseUrl}/api/payment${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          "accept-language": language,
          "content-type": "application/json",
          ...(await headers?.()),
          ...more,
        },
        body: JSON.stringify(body) ?? null,
        signal: patience.signal,
      })
      answer = { ...(await reply.json()) }
    } catch (cause) {
      throw new Undecided("UNREACHABLE", "", null, cause)
    } finally {
      clearTimeout(timer)
    }
    const { status, headers: said } = reply
    const reason =
      undecided[status] ?? (status >= 500 || answer.reason === "IN_PROGRESS" ? "UNREACHABLE" : null)
    if (reason !== null) {
      throw new Undecided(reason, answer.message, Number(said.get("retry-after")) * 1_000 || null)
    }
    if (status >= 400 && answer.at === undefined) throw new Refused(answer)
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
    ) => call<OrderView>("/authentication", { payToken, outcome, reason }),
    execute: async (payToken: string): Promise<Standing> => {
      const news = await call<Standing>("/execute", { payToken })
      return { ...news, detail: news.message ?? null }
    },
    order: (orderId: string) => call<OrderView>(`/orders/${encodeURIComponent(orderId)}`),
    /** The buyer's own orders, newest first. */
    orders: (cursor?: string | null) =>
      call<{ readonly orders: ReadonlyArray<OrderView>; readonly cursor: string | null }>(
        `/orders${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`,
      ),
  }
}

/** Whoever is not signed in may be the next time: `headers` is asked anew. */
const undecided: Readonly<Record<number, Undecided["reason"]>> = {
  401: "UNAUTHENTICATED",
  429: "RATE_LIMITED",
}

interface Answer {
  readonly at?: string
  readonly reason?: string
  readonly message?: string
  readonly amount?: number
  readonly order?: OrderView
}
