/** The checkout server, as the page calls it. */

export interface Order {
  readonly orderId: string
  readonly state: string
  readonly amount: number
  readonly items: ReadonlyArray<{ readonly name: string; readonly quantity: number }>
  readonly createdAt: string
  readonly actions: ReadonlyArray<"authenticate" | "execute" | "wait" | "create">
  readonly refund: { readonly state: string } | null
}

export interface Created {
  readonly orderId: string
  readonly payToken: string
  readonly amount: number
}

/** A no of the server, with its own words for people. */
export interface Refused {
  readonly ok: false
  readonly reason: string
  readonly message: string
  readonly state?: string
  readonly amount?: number
  readonly safeToRetry?: boolean
  readonly retryAfterMs?: number
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

const call = async <A>(
  path: string,
  language: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<A> => {
  const reply = await fetch(`/api/payment${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      "accept-language": language,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return reply.json()
}

export const create = (wish: Wish, idempotencyKey: string, language: string) =>
  call<Created | Refused>("/create", language, wish, { "idempotency-key": idempotencyKey })

/** A hint: whether the server hears it or not, it finds out by itself. */
export const report = (payToken: string, outcome: SheetOutcome, reason: string | null, language: string) =>
  call<Order>("/authentication", language, { payToken, outcome, reason }).catch(() => null)

export const execute = (payToken: string, language: string) =>
  call<Paid | Refused>("/execute", language, { payToken })

export const recentOrders = async (language: string): Promise<ReadonlyArray<Order>> =>
  (await call<{ orders?: ReadonlyArray<Order> }>("/orders?limit=5", language)).orders ?? []
