/** The checkout server, as the webview calls it. Every request here may be sent again: the same request, the same answer. */

import { nearest } from "../machines/screen.ts"
import type { StatePath } from "../machines/states.ts"
import type { OrderView } from "../machines/view.ts"
import { within } from "./within.ts"

/** What is to be bought. The server prices it; `expectedAmount` is what the buyer saw, in won. */
export type Wish = (
  | {
      readonly items: ReadonlyArray<{
        readonly sku: string
        readonly quantity: number
        /** Won a piece, for products with an open price. */
        readonly amount?: number | undefined
      }>
    }
  | { readonly amount: number }
) & {
  readonly expectedAmount?: number | undefined
  /** The shop's own order number: the server lets it be paid once, from however many pages. */
  readonly reference?: string | undefined
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
  /** Won. */
  readonly amount?: number
  /** Why, for people, where there is something to say. */
  readonly detail?: string | undefined
}

/** A definite no: the same request will be refused again. */
export interface Refused {
  readonly isFinal: true
  /** Stable code, such as `PRICE_CHANGED`. */
  readonly reason: string
  /** For people; empty where there is none. */
  readonly message: string
  /** What it costs now, in won, for `PRICE_CHANGED`. */
  readonly amount?: number
  /** The paid order that stands in the way, for `ALREADY_PAID`. */
  readonly order?: OrderView
}

/** No definite answer: the server asks for patience or for a fresh sign-in, or could not be reached. */
export interface Undecided {
  readonly isFinal: false
  readonly reason: "UNREACHABLE" | "UNAUTHENTICATED" | "RATE_LIMITED"
  readonly message: string
  /** When to ask again, in milliseconds, if the server said so. */
  readonly retryAfterMs: number | null
}

/** What a request ends with that was not granted. */
export class Unanswered extends Error {
  readonly why: Refused | Undecided

  constructor(why: Refused | Undecided) {
    super(why.reason)
    this.why = why
  }
}

/** The server has no such order, or it is another buyer's. */
export const isNobodys = (error: unknown): boolean =>
  error instanceof Unanswered && error.why.reason === notFound

const notFound = "CHECKOUT_NOT_FOUND"

/** Read with every request, so all of it may change. */
export interface ApiOptions {
  /** The server's origin, such as `https://pay.example.com`; mini-apps live on another one. */
  readonly baseUrl: string
  /** Of the server's messages. */
  readonly language: string
  /** Sent with every request, such as a bearer token that says who the buyer is. */
  readonly headers?:
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Longer than the server waits for TossPay, in milliseconds: 40,000 unless said otherwise. */
  readonly timeoutMs?: number | undefined
}

export type Api = ReturnType<typeof makeApi>

export const makeApi = (options: ApiOptions) => {
  const call = async <A>(path: string, body?: object, more?: Readonly<Record<string, string>>) => {
    const { baseUrl, language, headers, fetch = globalThis.fetch, timeoutMs = 40_000 } = options
    const patience = new AbortController()
    const hear = async () => {
      const reply = await fetch(`${baseUrl}/api/payment${path}`, {
        headers: {
          "accept-language": language,
          "content-type": "application/json",
          ...(await headers?.()),
          ...more,
        },
        ...(body && { method: "POST", body: JSON.stringify(body) }),
        signal: patience.signal,
      })
      return [reply, { ...(await reply.json().catch(() => null)) }] as const
    }
    const [reply, answer]: readonly [Response?, Answer?] = (await within(timeoutMs, hear())) ?? []
    patience.abort()
    const isCreating = path === "/create"
    // Whoever says neither a token nor where the order stands, in words, has not answered.
    const word = isCreating ? answer?.payToken : answer?.at
    if (word && typeof word === "string") return answer as A & Answer
    const status = reply?.status ?? 0
    const later = undecided[status]
    // What a proxy or a portal says is no answer, and of an order that there is everything but its absence can be asked again.
    const no = { reason: "", message: "", ...(answer?.ok === false && answer) }
    const isFinal = isCreating ? no.reason !== "IN_PROGRESS" : no.reason === notFound
    throw new Unanswered(
      no.reason && isFinal && status < 500 && !later
        ? { isFinal: true, ...no }
        : {
            isFinal: false,
            reason: later ?? "UNREACHABLE",
            message: no.message,
            // A minute at most, whatever a proxy says, and also where it says less than nothing.
            retryAfterMs: Math.min(Number(reply?.headers.get("retry-after")) >>> 0, 60) * 1_000 || null,
          },
    )
  }
  const standing = async (path: string, body?: object): Promise<Standing> => {
    const view = await call<OrderView>(path, body)
    return { ...view, at: nearest(view), detail: view.detail ?? view.message }
  }
  return {
    create: (wish: Wish, idempotencyKey: string) =>
      call<Created>("/create", wish, { "idempotency-key": idempotencyKey }),
    /** A hint: whether the server hears it or not, it finds out by itself. */
    report: (
      payToken: string,
      outcome: "started" | "succeeded" | "rejected" | "unknown",
      reason: string | null,
    ) => standing("/authentication", { payToken, outcome, reason }),
    execute: (payToken: string) => standing("/execute", { payToken }),
    order: (orderId: string) => standing(`/orders/${encodeURIComponent(orderId)}`),
  }
}

/** Whoever is not signed in may be the next time: `headers` is asked anew. */
const undecided: Readonly<Record<number, Undecided["reason"]>> = {
  401: "UNAUTHENTICATED",
  429: "RATE_LIMITED",
}

interface Answer {
  /** `false` with every no of this server's. */
  readonly ok?: boolean
  readonly at?: unknown
  readonly payToken?: unknown
  readonly reason?: string
  readonly message?: string
  readonly amount?: number
  readonly order?: OrderView
}
