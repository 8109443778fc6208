/**
 * Opening a checkout: the server prices the order, puts it on record, and has TossPay mint the payToken that locks
 * both. An idempotency key and the shop's reference are claims held in the database, so several servers agree.
 */

import { createHash } from "node:crypto"
import { Effect } from "effect"
import {
  holdsReference,
  isMinted,
  isPaidFor,
  type MismatchPolicy,
  type Mode,
  open,
  orderView,
  wasNeverMinted,
} from "../../machines/index.ts"
import { Catalog, type Language, type Priced, price, type Wish } from "../catalog.ts"
import { PaymentRefused, Refusal, Unavailable } from "../errors.ts"
import { canonical, type Json } from "../log/chain.ts"
import { type Claim, EventLog, type Recorded } from "../log/eventLog.ts"
import { Payers } from "../payers/payers.ts"
import { Advance } from "./advance.ts"
import { newOrderIds } from "./ids.ts"
import type { Payer } from "./orders.ts"

export interface CreateRequest {
  readonly wish: Wish
  readonly expectedAmount: number | null
  readonly reference: string | null
  readonly idempotencyKey: string | null
  /** The buyer's, for the names of the goods, on the sheet as well. Absent: Korean. */
  readonly language?: Language
}

/** What a checkout is opened with that does not come from the request. */
export interface Terms {
  readonly mode: Mode
  /** How long whoever claims a call has it to itself. */
  readonly leaseMs: number
  /** How long a payToken may be paid, from when it was minted. */
  readonly ttlMs: number
  readonly onMismatch: MismatchPolicy
}

/**
 * Refused as UNKNOWN_PRODUCT, AMOUNT_OUT_OF_RANGE, PRICE_CHANGED (with the `amount` that it costs now), ALREADY_PAID (with the `order`),
 * IN_PROGRESS or IDEMPOTENCY_KEY_REUSED. PaymentRefused is TossPay's own no; unavailable where TossPay gave no token, or the database is
 * away.
 */
export const createCheckout = (terms: Terms) =>
  Effect.fnUntraced(function* (payer: Payer, userKey: string, request: CreateRequest) {
    const claims = claimsOf(request)
    const answered = yield* holderOf(payer, claims.key)
    if (answered !== null) return yield* live(answered)
    const priced = price((yield* Catalog).products, request.wish, request.language ?? "ko")
    if (priced instanceof Refusal) return yield* priced
    if (request.expectedAmount !== null && request.expectedAmount !== priced.amount) {
      return yield* new Refusal({ reason: "PRICE_CHANGED", more: { amount: priced.amount } })
    }
    const referred = yield* underReference(payer, claims)
    if (referred !== null) return referred
    yield* (yield* Payers).remember(payer, userKey)
    return yield* openNew(terms, payer, claims, priced)
  })

const openNew = Effect.fnUntraced(function* (terms: Terms, payer: Payer, claims: Claims, priced: Priced) {
  const now = yield* (yield* EventLog).now
  const { checkoutId, orderId } = yield* newOrderIds(terms.mode, now)
  const plan = open(
    checkoutId,
    { ...priced, ...terms, orderId, payer, reference: claims.reference?.value ?? null },
    new Date(now).toISOString(),
  )
  const started = yield* (yield* Advance)
    .start(
      plan,
      [claims.key, claims.reference].filter((claim) => claim !== null),
    )
    .pipe(Effect.catchTag("ClaimTaken", () => Effect.succeed(null)))
  if (started !== null) return yield* minted(started)
  // Somebody was faster under the same key or reference: their checkout is the answer.
  const answered = yield* holderOf(payer, claims.key)
  if (answered !== null) return yield* live(answered)
  return (yield* underReference(payer, claims)) ?? (yield* inProgress)
})

/** The live checkout under the request's reference; from now on also the answer to the request's key. */
const underReference = Effect.fnUntraced(function* (payer: Payer, { key, reference }: Claims) {
  if (reference === null) return null
  const held = yield* holderOf(payer, reference)
  if (held === null) return null
  if (isPaidFor(held.checkout)) {
    return yield* new Refusal({ reason: "ALREADY_PAID", more: { order: orderView(held.checkout) } })
  }
  const answer = yield* live(held)
  if (key !== null) yield* (yield* EventLog).addClaim(payer, key, held.checkout.checkoutId)
  return answer
})

/** The checkout that holds this claim; `null` if none does, or if it failed to become one and lets the claim go. */
const holderOf = Effect.fnUntraced(function* (payer: Payer, claim: Claim | null) {
  if (claim === null) return null
  const log = yield* EventLog
  const holder = yield* log.claimHolder(payer, claim.kind, claim.value)
  if (holder === null) return null
  if (claim.kind === "key" && holder.fingerprint !== claim.fingerprint) {
    return yield* new Refusal({ reason: "IDEMPOTENCY_KEY_REUSED" })
  }
  const recorded = yield* log.find({ by: "checkoutId", value: holder.checkoutId })
  if (recorded === null) return null
  const holds = claim.kind === "key" ? !wasNeverMinted(recorded.checkout) : holdsReference(recorded.checkout)
  if (holds) return recorded
  yield* log.releaseClaim(payer, claim.kind, claim.value, holder.checkoutId)
  return null
})

/** A checkout whose token is still being minted cannot be answered with yet. */
const live = (recorded: Recorded) => (isMinted(recorded.checkout) ? Effect.succeed(recorded) : inProgress)

const inProgress = new Refusal({ reason: "IN_PROGRESS" })

/** A checkout with its token; otherwise why there is none. */
const minted = (recorded: Recorded) => {
  if (isMinted(recorded.checkout)) return Effect.succeed(recorded)
  const { reason } = recorded.checkout.context
  return Effect.fail(
    reason === null || reason.code === "TOSSPAY_UNAVAILABLE"
      ? new Unavailable({ what: "TOSSPAY", retryable: true })
      : new PaymentRefused({ code: reason.code, text: reason.message }),
  )
}

interface Claims {
  readonly key: Claim | null
  readonly reference: Claim | null
}

const claimsOf = ({ wish, expectedAmount, reference, idempotencyKey }: CreateRequest): Claims => {
  if (idempotencyKey === null && reference === null) return { key: null, reference: null }
  const fingerprint = createHash("sha256")
    .update(canonical({ wish: wish as unknown as Json, expectedAmount, reference }))
    .digest("hex")
  return {
    key: idempotencyKey === null ? null : { kind: "key", value: idempotencyKey, fingerprint },
    reference: reference === null ? null : { kind: "reference", value: reference, fingerprint },
  }
}
