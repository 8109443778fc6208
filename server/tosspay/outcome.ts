/**
 * Sorts what came back from TossPay into what it means: a definite answer, no answer, or 'come back later'.
 * Only FAIL with an error code, or a success that carries one inside, is a definite no; everything else leaves the outcome open
 * (TossPay reference: envelope, error codes, what each failure means).
 */

import { Option, Schema } from "effect"
import type { NoAnswer } from "../../machines/index.ts"
import type { Postponed, Refused, Unknown } from "./tosspay.ts"

/** What the transport brought: a reply, or nothing. */
export type Wire =
  | { readonly _tag: "Reply"; readonly status: number; readonly body: string }
  | { readonly _tag: "Lost"; readonly cause: Extract<NoAnswer, "TIMEOUT" | "CONNECTION_LOST"> }
  /** The call never left this machine, so nothing can have happened. */
  | { readonly _tag: "NotSent" }

export type Sorted =
  | { readonly _tag: "Success"; readonly success: unknown }
  /** Of a question for the status: there is no such payment. Of any other call: a no like every other. */
  | { readonly _tag: "NotFound"; readonly code: string; readonly message: string | null }
  | Refused
  | Postponed
  | Unknown

/** Codes after which nothing happened and the same call may work later. */
const laterCodes = new Set([
  "COMMON_BREAK_TIME_OF_BANK",
  "COMMON_THROTTLED",
  "CARD_SYSTEM_ERROR",
  "CARD_BANK_SYSTEM_ERROR",
  "PAY_FRAUD_DETECTED",
  "REFUND_EXCEED_DAILY",
  "COMMON_ASSET_GET_ACCOUNT_ERROR",
])

/** Codes that say that TossPay itself does not know, or that it was done already: only the status tells. */
const openCodes = new Set([
  "COMMON_TIMEOUT",
  "COMMON_SYSTEM_ERROR",
  "TRANSACTION_PENDING_ERROR",
  "COMMON_PAY_ERROR",
  "BNPL_IN_PROGRESS_REQUEST",
  "PAYMENT_EXISTING_PAYMENT",
  "PAYMENT_DUPLICATION_ORDER_NO",
  "COMMON_ITS_NOT_ABLE_TO_CHANGE_STATUS",
  "BNPL_ALREADY_COMPLETED_REQUEST",
])

/** Documented for the question for the status: nothing under that token or order number. */
const notFoundCodes = new Set(["TRANSACTION_NOT_FOUND", "PAYMENT_NOT_FOUND"])

const Code = Schema.Union([Schema.String, Schema.Number])

/** Lenient on purpose: fields may be added without notice, codes are a string or a number. */
const Envelope = Schema.Struct({
  resultType: Schema.String,
  success: Schema.optional(Schema.NullOr(Schema.Unknown)),
  error: Schema.optional(
    Schema.NullOr(
      Schema.Struct({
        errorCode: Schema.optional(Schema.NullOr(Code)),
        reason: Schema.optional(Schema.NullOr(Schema.String)),
      }),
    ),
  ),
})

/** The success of execute carries an outcome of its own, as its parent API does. */
const Inner = Schema.Struct({
  code: Schema.optional(Schema.NullOr(Schema.Number)),
  errorCode: Schema.optional(Schema.NullOr(Code)),
  msg: Schema.optional(Schema.NullOr(Schema.String)),
})

const decodeEnvelope = Schema.decodeUnknownOption(Schema.fromJsonString(Envelope))
const decodeInner = Schema.decodeUnknownOption(Inner)

export const sort = (wire: Wire): Sorted => {
  if (wire._tag === "NotSent") return postponed("NOT_SENT", null)
  if (wire._tag === "Lost") return unknown(wire.cause)
  if (wire.status === 429) return postponed("COMMON_THROTTLED", null)
  const envelope = Option.getOrNull(decodeEnvelope(wire.body))
  // A refusal may come with HTTP 200, so the envelope speaks before the status does.
  // A status alone is not TossPay's word, 404 neither: whatever lies between may say it, and pass the call on.
  if (envelope === null) return unknown(wire.status >= 500 ? "SERVER_ERROR" : "UNREADABLE")
  switch (envelope.resultType) {
    case "SUCCESS":
      return wire.status >= 300 ? unknown("SERVER_ERROR") : sortSuccess(envelope.success)
    case "FAIL":
      return wire.status >= 500
        ? unknown("SERVER_ERROR")
        : sortCode(envelope.error?.errorCode, envelope.error?.reason ?? null, wire.status)
    default:
      // HTTP_TIMEOUT, NETWORK_ERROR, EXECUTION_FAIL, INTERRUPTED, INTERNAL_ERROR, and whatever is added one day.
      return unknown("NO_RESULT", envelope.resultType)
  }
}

const sortSuccess = (success: unknown): Sorted => {
  const inner = Option.getOrNull(decodeInner(success))
  if (inner === null) return unknown("UNREADABLE")
  const failed = (inner.code ?? 0) !== 0 || (inner.errorCode ?? null) !== null
  return failed
    ? sortCode(inner.errorCode ?? inner.code, inner.msg ?? null, 200)
    : { _tag: "Success", success }
}

const sortCode = (
  found: string | number | null | undefined,
  reason: string | null,
  status: number,
): Sorted => {
  const code = found === null || found === undefined ? "" : codeOf(String(found))
  const message = reason === null ? null : clean(reason).slice(0, 500)
  if (code === "" || openCodes.has(code)) return unknown("NO_RESULT", code)
  if (laterCodes.has(code)) return postponed(code, message)
  // The status is TossPay's own where its envelope has a code (TossPay reference: 404 is a payment that is not found).
  if (notFoundCodes.has(code) || status === 404) return { _tag: "NotFound", code, message }
  return { _tag: "Refused", code, message }
}

const unknown = (cause: NoAnswer, said = ""): Unknown => ({
  _tag: "Unknown",
  cause,
  ...(said !== "" && { code: codeOf(said) }),
})

const postponed = (code: string, message: string | null): Postponed => ({ _tag: "Postponed", code, message })

const codeOf = (said: string): string => clean(said).slice(0, 100)

/** What the log cannot hold does not belong into a text either: NUL and broken surrogates. */
const clean = (text: string): string => text.replaceAll("\u0000", "").toWellFormed()
