/**
 * The way to TossPay: POST with JSON over mutual TLS. The client certificate is presented by undici's own dispatcher,
 * because the global fetch silently ignores an agent (TossPay reference: mTLS traps).
 */

import { Clock, Effect, type Scope } from "effect"
import { ClientCertificate } from "./certificate.ts"
import { makeConnections, neverConnected } from "./connections.ts"
import { whyItFailed } from "./failure.ts"
import type { Wire } from "./outcome.ts"
import type { TossPaySettings } from "./settings.ts"
import type { CallName } from "./tosspay.ts"

export type Send = (call: CallName, userKey: string, body: Record<string, unknown>) => Effect.Effect<Wire>

const pathPrefix = "/api-partner/v1/apps-in-toss/pay/"

/** One way for the process, closed with its scope. What brings no answer is in the log, with the reason. */
export const makeTransport = (
  settings: TossPaySettings,
): Effect.Effect<Send, never, ClientCertificate | Scope.Scope> =>
  Effect.gen(function* () {
    const certificate = yield* ClientCertificate
    const connections = yield* makeConnections(settings)
    const folder = `${new URL(settings.baseUrl).pathname.replace(/\/+$/, "")}${pathPrefix}`

    const unanswered = (call: CallName, wire: Wire, cause: unknown) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
        const what = wire._tag === "NotSent" ? "was not sent" : "has no answer"
        const why = wire._tag === "Lost" && wire.cause === "TIMEOUT" ? "TIMEOUT" : null
        return Effect.as(
          Effect.logWarning(
            `TossPay ${call} ${what}: ${why ?? whyItFailed(cause, certificate.inUse(), nowMs)}`,
          ),
          wire,
        )
      })

    return (call, userKey, body) =>
      Effect.callback<Wire>((resume) => {
        const giveUp = new AbortController()
        let isLate = false
        const timer = setTimeout(() => {
          isLate = true
          giveUp.abort()
        }, settings.timeoutMs)
        connections()
          .request({
            method: "POST",
            path: `${folder}${call}`,
            headers: { "content-type": "application/json", "x-toss-user-key": userKey },
            body: JSON.stringify(body),
            signal: giveUp.signal,
          })
          .then(async (reply) =>
            Effect.succeed<Wire>({ _tag: "Reply", status: reply.statusCode, body: await reply.body.text() }),
          )
          .catch((cause: unknown) => unanswered(call, lost(cause, isLate), cause))
          .finally(() => clearTimeout(timer))
          .then(resume)
        return Effect.sync(() => giveUp.abort())
      })
  })

const lost = (cause: unknown, timedOut: boolean): Wire =>
  timedOut
    ? { _tag: "Lost", cause: "TIMEOUT" }
    : neverConnected(cause)
      ? { _tag: "NotSent" }
      : { _tag: "Lost", cause: "CONNECTION_LOST" }
