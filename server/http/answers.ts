/** The one place where an outcome or an error becomes an HTTP answer. */

import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { ExecuteAnswer, RefundResult } from "../../machines/index.ts"
import type { Language } from "../catalog.ts"
import { PaymentRefused, Refusal, type RefusalReason, TooManyRequests, Unavailable } from "../errors.ts"
import { pauseMs } from "../identity/keySet.ts"
import { languageOf, messageOf } from "./messages.ts"

type Answerable = Refusal | PaymentRefused | Unavailable | TooManyRequests

/** Seconds after which the same request is worth sending again. */
const retryAfterSeconds = 1

export const language: Effect.Effect<Language, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  (request) => languageOf(request.headers["accept-language"]),
)

/** Answers the errors of an effect that people can do something about; a defect goes on to whoever logs it. */
export const answered = <A, E, R>(effect: Effect.Effect<A, E | Answerable, R>) =>
  Effect.catchIf(
    effect,
    (error): error is Extract<E | Answerable, Answerable> => isAnswerable(error),
    (error) => Effect.map(language, (spoken) => errorAnswer(error, spoken)),
  )

const isAnswerable = (error: unknown): error is Answerable =>
  error instanceof Refusal ||
  error instanceof PaymentRefused ||
  error instanceof Unavailable ||
  error instanceof TooManyRequests

export const errorAnswer = (error: Answerable, spoken: Language): HttpServerResponse.HttpServerResponse => {
  switch (error._tag) {
    case "Refusal":
      return no(refusalStatus[error.reason], error.reason, messageOf(error.reason, spoken), {
        ...(error.detail !== undefined && { detail: error.detail }),
        ...error.more,
      })
    case "PaymentRefused":
      return no(400, error.code, messageOf(error.code, spoken, error.text), {
        state: "failed",
        safeToRetry: true,
      })
    case "Unavailable": {
      const reason = unavailableReason(error)
      return after(error.what === "AUTHENTICATION" ? pauseMs : 0, no(503, reason, messageOf(reason, spoken)))
    }
    case "TooManyRequests":
      return after(error.retryAfterMs, no(429, "RATE_LIMITED", messageOf("RATE_LIMITED", spoken)))
  }
}

/** Says when to come again, in whole seconds. */
const after = (ms: number, answer: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeader(
    answer,
    "retry-after",
    String(Math.max(retryAfterSeconds, Math.ceil(ms / 1000))),
  )

/** The answer to execute: paid, not known yet, or not paid and why. */
export const executeResponse = (
  answer: ExecuteAnswer,
  spoken: Language,
): HttpServerResponse.HttpServerResponse => {
  const { outcome, state, at, orderId, amount, reason, detail, safeToRetry, retryAfterMs } = answer
  switch (outcome) {
    case "paid":
      return json(200, {
        ok: true,
        state,
        at,
        orderId,
        amount,
        ...(answer.approvedAt !== undefined && { approvedAt: answer.approvedAt }),
      })
    case "pending":
      return json(
        202,
        {
          ok: false,
          reason: "EXECUTING",
          message: messageOf("EXECUTING", spoken),
          state: "executing",
          at,
          orderId,
          retryAfterMs,
        },
        { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
      )
    case "mismatched":
    case "failed":
    case "unauthenticated":
      return no(400, reason, messageOf(reason, spoken, detail), {
        state,
        at,
        orderId,
        amount,
        safeToRetry,
      })
  }
}

/** The answer to a refund: given back, not yet or not known yet, or refused and why. */
export const refundResponse = (
  { outcome, detail, ...more }: RefundResult,
  spoken: Language,
): HttpServerResponse.HttpServerResponse =>
  json(outcome === "refunded" ? 200 : outcome === "refunding" ? 202 : 409, {
    ok: outcome === "refunded",
    message: messageOf(more.reason, spoken, detail, "REFUND_REFUSED"),
    ...more,
  })

/** A no in the shape of the contract. */
export const no = (
  status: number,
  reason: string,
  message: string,
  more: Record<string, unknown> = {},
): HttpServerResponse.HttpServerResponse =>
  json(
    status,
    { ok: false, reason, message, ...more },
    status === 503 || reason === "IN_PROGRESS" ? { "retry-after": String(retryAfterSeconds) } : {},
  )

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  HttpServerResponse.jsonUnsafe(body, { status, headers: { "cache-control": "no-store", ...headers } })

const unavailableReason = ({ what }: Unavailable): string =>
  what === "SERVER_BUSY" || what === "SERVER_OUTDATED" ? what : `${what}_UNAVAILABLE`

const refusalStatus: Readonly<Record<RefusalReason, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CHECKOUT_NOT_FOUND: 404,
  DELIVERY_NOT_FOUND: 404,
  SUBSCRIPTION_NOT_FOUND: 404,
  IN_PROGRESS: 409,
  PRICE_CHANGED: 409,
  ALREADY_PAID: 409,
  BODY_TOO_LARGE: 413,
  INVALID_REQUEST: 422,
  UNKNOWN_PRODUCT: 422,
  AMOUNT_OUT_OF_RANGE: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
}
