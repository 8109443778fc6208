/** Asking the back office. The browser sends the session along; an answer that says no comes back as a Failure. */

import { sessionIsOver } from "../session/session.ts"

/** `refused` is final, `unavailable` is worth another try. */
export interface Failure {
  readonly _tag: "Failure"
  readonly kind: "refused" | "unavailable"
  /** Stable, upper case. */
  readonly reason: string
  /** For people. */
  readonly message: string
}

export const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Failure"

export interface Asking {
  readonly signal?: AbortSignal
  readonly method?: "GET" | "POST" | "DELETE"
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What a search is for, where no address keeps it. */
  readonly find?: string
}

/** The raw answer of a path below `/admin/api`, or why there is none. A session that no longer holds is over. */
export const ask = async (path: string, asking: Asking = {}): Promise<Response | Failure> => {
  const answer = await send(path, asking)
  if (isFailure(answer) && answer.reason === "UNAUTHENTICATED") {
    sessionIsOver("The session is over. Please sign in again.")
  }
  return answer
}

/** The same as JSON. */
export const read = async <A>(path: string, asking: Asking = {}): Promise<A | Failure> => {
  const answer = await ask(path, asking)
  return isFailure(answer) ? answer : ((await answer.json()) as A)
}

const send = async (path: string, asking: Asking): Promise<Response | Failure> => {
  const { signal, method = "GET", body, headers = {}, find = "" } = asking
  try {
    const answer = await fetch(`/admin/api${path}`, {
      method,
      headers: {
        // No other origin may send this, so the session's cookie counts only beside it.
        "x-checkout-console": "1",
        "accept-language": "en",
        ...(find !== "" && { "x-checkout-find": encodeURIComponent(find) }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
      credentials: "same-origin",
      cache: "no-store",
    })
    return answer.ok ? answer : await failureOf(answer)
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    return unavailable("The server cannot be reached.")
  }
}

const failureOf = async (answer: Response): Promise<Failure> => {
  const body: { reason?: string; message?: string; detail?: string } = await answer.json().catch(() => ({}))
  const isLate = answer.status === 503 || answer.status === 429
  return {
    _tag: "Failure",
    kind: isLate ? "unavailable" : "refused",
    reason: body.reason ?? `HTTP_${answer.status}`,
    message: body.detail ?? body.message ?? `The server answered with status ${answer.status}.`,
  }
}

export const unavailable = (message: string): Failure => ({
  _tag: "Failure",
  kind: "unavailable",
  reason: "UNREACHABLE",
  message,
})
