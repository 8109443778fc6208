/**
 * Opening a checkout: the server prices the order, puts it on record, and has TossPay mint the payToken that locks
 * both. An idempotency key and the shop's reference are claims held in the database, so several servers agree.
 */

import { createHash } from "node:crypto"
import { Clock, Effect } from "effect"
import {
  holdsReference,
  isMinted,
  isPaidFor,
  type Mode,
  open,
  orderView,
  wasNeverMinted,
} from "../../machines/index.ts"
import { Catalog, type Priced, price, type Wish } from "../catalog.ts"
import { PaymentRefused, Refusal, Unavailable } from "../errors.ts"
import { canonical, type Json } from "../log/chain.ts"
import { type Claim, EventLog, type Recorded } from "../log/eventLog.ts"
import { Payers } from "../payer.ts"
import { Advance } from "./advance.ts"
import { newOrderIds } from "./ids.ts"
import type { Payer } from "./orders.ts"

export interface CreateRequest {
  readonly wish: Wish
  readonly expectedAmount: number | null
  readonly reference: string | null
  readonly idempotencyKey: string | null
}

/** What a checkout is opened with that does not come from the request. */
export interface Terms {
  readonly mode: Mode
  readonly leaseMs: number
  readonly ttlMs: number
}

export const createCheckout = (terms: Terms) => (payer: Payer, userKey: string, request: CreateRequest) =>
  Effect.gen(function* () {
    const held = yield* findHeld(payer, request)
    if (held !== null) return held
    const priced = price((yield* Catalog).products, request.wish)
    if (priced instanceof Refusal) return yield* priced
    if (request.expectedAmount !== null && request.expectedAmount !== priced.amount) {
      return yield* new Refusal({ reason: "PRICE_CHANGED", more: { amount: priced.amount } })
    }
    yield* (yield* Payers).remember(payer, userKey)
    return yield* openNew(terms, payer, request, priced)
  })

const openNew = (terms: Terms, payer: Payer, request: CreateRequest, priced: Priced) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const { checkoutId, orderId } = yield* newOrderIds(terms.mode)
    const plan = open(
      checkoutId,
      { ...priced, ...terms, orderId, payer, reference: request.reference },
      new Date(now).toISOString(),
    )
    const started = yield* (yield* Advance)
      .start(plan, claimsOf(request))
      .pipe(Effect.catchTag("ClaimTaken", () => Effect.succeed(null)))
    if (started !== null) return yield* minted(started)
    // Somebody was faster under the same key or reference: their checkout is the answer.
    const held = yield* findHeld(payer, request)
    return held ?? (yield* inProgress)
  })

/** The checkout that already answers this request, by its key or by its reference; `null` if it is new. */
const findHeld = (payer: Payer, request: CreateRequest) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    for (const claim of claimsOf(request)) {
      const holder = yield* log.claimHolder(payer, claim.kind, claim.value)
      if (holder === null) continue
      if (claim.kind === "key" && holder.fingerprint !== claim.fingerprint) {
        return yield* new Refusal({ reason: "IDEMPOTENCY_KEY_REUSED" })
      }
      const recorded = yield* log.find({ by: "checkoutId", value: holder.checkoutId })
      if (recorded === null) continue
      const answers =
        claim.kind === "key" ? !wasNeverMinted(recorded.checkout) : holdsReference(recorded.checkout)
      if (!answers) {
        yield* log.releaseClaim(payer, claim.kind, claim.value, holder.checkoutId)
        continue
      }
      if (claim.kind === "reference" && isPaidFor(recorded.checkout)) {
        return yield* new Refusal({ reason: "ALREADY_PAID", more: { order: orderView(recorded.checkout) } })
      }
      return isMinted(recorded.checkout) ? recorded : yield* inProgress
    }
    return null
  })

const inProgress = new Refusal({ reason: "IN_PROGRESS" })

/** A checkout with its token; otherwise why there is none. */
const minted = (recorded: Recorded) => {
  if (isMinted(recorded.checkout)) return Effect.succeed(recorded)
  const { reason } = recorded.checkout.context
  return Effect.fail(
    reason === null || reason.code === "TOSSPAY_UNAVAILABLE" || reason.code === "NOT_SENT"
      ? new Unavailable({ what: "TOSSPAY", retryable: true })
      : new PaymentRefused({ code: reason.code, text: reason.message }),
  )
}

const claimsOf = (request: CreateRequest): ReadonlyArray<Claim> => {
  const { wish, expectedAmount, reference, idempotencyKey } = request
  const fingerprint = createHash("sha256")
    .update(canonical({ wish: wish as unknown as Json, expectedAmount, reference }))
    .digest("hex")
  return [
    ...(idempotencyKey === null ? [] : [{ kind: "key" as const, value: idempotencyKey, fingerprint }]),
    ...(reference === null ? [] : [{ kind: "reference" as const, value: reference, fingerprint }]),
  ]
}
