/**
 * Everything that can go wrong, as tagged data of two kinds (the third, a defect, dies and is logged whole): what is refused is
 * final and the caller's to mend; what is unavailable may be there later. VersionConflict and ClaimTaken never leave the server,
 * CannotStart and AnswerIsNo are how commands end.
 * What each becomes in HTTP is in http/answers.ts, what a SQLSTATE becomes is in database/sqlstate.ts.
 */

import { Data } from "effect"
import type { OrderView } from "../machines/index.ts"

/** The final no's of the outside contract. */
export type RefusalReason =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "CHECKOUT_NOT_FOUND"
  | "DELIVERY_NOT_FOUND"
  | "SUBSCRIPTION_NOT_FOUND"
  | "IN_PROGRESS"
  | "PRICE_CHANGED"
  | "ALREADY_PAID"
  | "BODY_TOO_LARGE"
  | "INVALID_REQUEST"
  | "UNKNOWN_PRODUCT"
  | "AMOUNT_OUT_OF_RANGE"
  | "IDEMPOTENCY_KEY_REUSED"

/** A request that is refused however often it is sent; IN_PROGRESS alone ends with the other request that it stands behind. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly reason: RefusalReason
  /** For the developer of the caller: what exactly is wrong, without any value that may be personal. */
  readonly detail?: string
  /** More of the answer, such as the price that would be accepted. */
  readonly more?: { readonly amount: number } | { readonly order: OrderView } | undefined
}> {}

/** TossPay would not make the payment. `code` and `text` are TossPay's own; the text is shown as it came. */
export class PaymentRefused extends Data.TaggedError("PaymentRefused")<{
  readonly code: string
  readonly text: string | null
}> {}

/** Something the server needs does not answer. Nothing is known to have happened. */
export class Unavailable extends Data.TaggedError("Unavailable")<{
  readonly what:
    | "DATABASE"
    | "TOSSPAY"
    | "AUTHENTICATION"
    | "PAYER_KEY"
    | "FEED"
    | "SERVER_BUSY"
    | "SERVER_OUTDATED"
  /** The same request may work later. */
  readonly retryable: boolean
  readonly cause?: unknown
}> {}

/** More than one caller or one address may send. Nothing was done; the same request works later. */
export class TooManyRequests extends Data.TaggedError("TooManyRequests")<{
  readonly retryAfterMs: number
}> {}

/** Somebody else wrote this version first. Never leaves the server: the writer reads again and decides again. */
export class VersionConflict extends Data.TaggedError("VersionConflict")<{
  readonly checkoutId: string
  readonly expectedVersion: number
}> {}

/** Another checkout holds this idempotency key or reference. Never leaves the server. */
export class ClaimTaken extends Data.TaggedError("ClaimTaken")<{
  readonly checkoutId: string
}> {}

/** The process cannot start, for a reason an operator can mend. `exitCode` 2: wrong setting; 3: something is missing. */
export class CannotStart extends Data.TaggedError("CannotStart")<{
  readonly exitCode: 2 | 3
  readonly reason: string
}> {}

/** A command did its work, and the answer is no: exit code 1, after the answer was printed. */
export class AnswerIsNo extends Data.TaggedError("AnswerIsNo") {}
