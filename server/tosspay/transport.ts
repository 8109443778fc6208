/**
 * The way to TossPay: POST with JSON over mutual TLS. The client certificate is presented by undici's own dispatcher,
 * because the global fetch silently ignores an agent (TossPay reference: mTLS traps).
 */

import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { Effect, type Scope } from "effect"
import { errors, Pool } from "undici"
import type { TossPaySettings } from "../config.ts"
import { CannotStart } from "../errors.ts"
import type { Wire } from "./outcome.ts"

export type CallName = "make-payment" | "execute-payment" | "get-payment-status" | "refund-payment"

export type Send = (call: CallName, userKey: string, body: Record<string, unknown>) => Effect.Effect<Wire>

const pathPrefix = "/api-partner/v1/apps-in-toss/pay/"

/** A reply larger than this is not one of TossPay's: the connection is cut, and the outcome is unknown. */
const largestReplyBytes = 1_000_000

/** One pool of connections for the process, closed with its scope. Fails where the certificate cannot be read. */
export const makeTransport = (settings: TossPaySettings): Effect.Effect<Send, CannotStart, Scope.Scope> =>
  Effect.gen(function* () {
    const tls = {
      ...(yield* pem("cert", "TOSSPAY_CERT_FILE", settings.certFile)),
      ...(yield* pem("key", "TOSSPAY_KEY_FILE", settings.keyFile)),
      ...(yield* pem("ca", "TOSSPAY_CA_FILE", settings.caFile)),
    }
    // Looked at now, so that a wrong file stops the start and not the first payment.
    yield* Effect.try({
      try: () => createSecureContext(tls),
      catch: () =>
        new CannotStart({
          exitCode: 2,
          reason:
            "TOSSPAY_CERT_FILE, TOSSPAY_KEY_FILE and TOSSPAY_CA_FILE must be PEM, and the key the certificate's own",
        }),
    })
    const { origin, pathname } = new URL(settings.baseUrl)
    const folder = `${pathname.replace(/\/+$/, "")}${pathPrefix}`
    const pool = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Pool(origin, {
            connect: { ...tls, timeout: settings.timeoutMs },
            connections: 64,
            pipelining: 1,
            maxResponseSize: largestReplyBytes,
          }),
      ),
      (pool) => Effect.ignore(Effect.tryPromise(() => pool.destroy())),
    )
    return (call, userKey, body) =>
      Effect.callback<Wire>((resume) => {
        const giveUp = new AbortController()
        let isLate = false
        const timer = setTimeout(() => {
          isLate = true
          giveUp.abort()
        }, settings.timeoutMs)
        pool
          .request({
            method: "POST",
            path: `${folder}${call}`,
            headers: { "content-type": "application/json", "x-toss-user-key": userKey },
            body: JSON.stringify(body),
            signal: giveUp.signal,
          })
          .then(
            async (reply): Promise<Wire> => ({
              _tag: "Reply",
              status: reply.statusCode,
              body: await reply.body.text(),
            }),
          )
          .catch((cause: unknown): Wire => lost(cause, isLate))
          .finally(() => clearTimeout(timer))
          .then((wire) => resume(Effect.succeed(wire)))
        return Effect.sync(() => giveUp.abort())
      })
  })

const lost = (cause: unknown, timedOut: boolean): Wire =>
  timedOut
    ? { _tag: "Lost", cause: "TIMEOUT" }
    : neverConnected(cause)
      ? { _tag: "NotSent" }
      : { _tag: "Lost", cause: "CONNECTION_LOST" }

/** Without a connection nothing was sent, so nothing can have happened. */
const neverConnected = (cause: unknown): boolean =>
  cause instanceof errors.ConnectTimeoutError ||
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(
    String((cause as { code?: unknown } | null)?.code),
  )

/** Certificates that came through an environment variable often carry a literal backslash-n for each line break. */
const pem = <Name extends string>(name: Name, variable: string, path: string | null) =>
  path === null
    ? Effect.succeed({})
    : Effect.try({
        try: () => ({ [name]: readFileSync(path, "utf8").replaceAll("\\n", "\n") }) as Record<Name, string>,
        catch: () => new CannotStart({ exitCode: 3, reason: `${variable} cannot be read: ${path}` }),
      })
