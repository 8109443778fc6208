/**
 * The webhook: one subscription whose handler is a signed POST, as in the Standard Webhooks specification
 * (https://www.standardwebhooks.com). A 2xx is a delivery and anything else is not, a redirect included.
 */

import { Clock, Effect, Layer, Redacted } from "effect"
import { Webhook } from "standardwebhooks"
import { Agent, request } from "undici"
import { Postpone, Unsubscribe } from "../subscriptions/handler.ts"
import type { Message } from "../subscriptions/messages.ts"
import { subscribe } from "../subscriptions/subscription.ts"
import { payloadOf, webhookKinds, webhookName } from "./payload.ts"

export interface WebhookSettings {
  /** May hold a secret of the receiver's, so it is never logged. */
  readonly url: Redacted.Redacted<string>
  /** `whsec_` and a key of 24 to 64 bytes in base64. */
  readonly secret: Redacted.Redacted<string>
}

/** How long a receiver may take to answer. */
const timeoutMs = 15_000

/** As much of an answer is read, and for so long, to use the connection again; what it says is of no interest. */
const largestAnswerBytes = 16_384
const longestAnswerMs = 1_000

/** Starts with what happens from now on, when it is set for the first time. */
export const webhook = (settings: WebhookSettings) =>
  Layer.unwrap(
    Effect.map(makeSend(settings), (send) =>
      subscribe(webhookKinds, { name: webhookName, from: "now", timeoutMs }, send),
    ),
  )

/** The handler, with a pool of connections that is closed with the scope. */
export const makeSend = (settings: WebhookSettings) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Agent({ connect: { timeout: timeoutMs } })),
      (agent) => Effect.ignore(Effect.tryPromise(() => agent.destroy())),
    ),
    (agent) => (message: Message) => post(settings, agent, message),
  )

const post = Effect.fnUntraced(function* ({ url, secret }: WebhookSettings, agent: Agent, message: Message) {
  const at = new Date(yield* Clock.currentTimeMillis)
  const body = JSON.stringify(payloadOf(message))
  const headers = {
    "content-type": "application/json",
    "user-agent": "tosspay-checkout",
    "webhook-id": message.messageId,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(Redacted.value(secret)).sign(message.messageId, at, body),
  }
  const answer = yield* Effect.tryPromise({
    try: async (signal) => {
      const {
        statusCode,
        headers: answered,
        body: rest,
      } = await request(Redacted.value(url), {
        method: "POST",
        dispatcher: agent,
        headers,
        body,
        signal,
      })
      // The status is all that counts, however the rest of the answer ends.
      const enough = AbortSignal.any([signal, AbortSignal.timeout(longestAnswerMs)])
      await rest.dump({ limit: largestAnswerBytes, signal: enough }).catch(() => {})
      return { status: statusCode, retryAfter: answered["retry-after"] }
    },
    catch: (cause) => new Error(`no answer: ${codeOf(cause)}`),
  })
  if (answer.status >= 200 && answer.status < 300) return
  const said = `the receiver answered ${answer.status}`
  if (answer.status === 410) return yield* new Unsubscribe({ message: said })
  const afterMs = retryAfterMs(answer.retryAfter, at.getTime())
  return yield* afterMs === null ? Effect.fail(new Error(said)) : new Postpone({ afterMs, message: said })
})

/** `Retry-After` in seconds or as a date; `null` if there is none that can be read. */
export const retryAfterMs = (
  header: string | ReadonlyArray<string> | undefined,
  nowMs: number,
): number | null => {
  const value = typeof header === "string" ? header.trim() : ""
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = value.endsWith("GMT") ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}

/** The network's own word for what went wrong. Its message may hold the URL. */
const codeOf = (cause: unknown): string => {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  return String(code ?? name ?? "unknown")
}
