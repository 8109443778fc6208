/** The back office's side of the use cases: the caller is proven, the answer is made elsewhere. */

import { DateTime, Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { noticeVerified } from "../../alerts/chain.ts"
import { exportCheckouts } from "../../audit/exportCheckouts.ts"
import { readCheckout } from "../../audit/read.ts"
import { type Criteria, search } from "../../audit/search.ts"
import { summary } from "../../audit/summary.ts"
import { decideOutcome, decisionMeanings } from "../../checkout/decideOutcome.ts"
import { paceBy } from "../../checkout/recover.ts"
import { refundCheckout } from "../../checkout/refund.ts"
import { CurrentSettings } from "../../config.ts"
import { cursorOf, isUuid, placeAt } from "../../cursor.ts"
import type { Database } from "../../database/postgres.ts"
import { Refusal } from "../../errors.ts"
import { Verifier } from "../../integrity/verifier.ts"
import type { Payers } from "../../payers/payers.ts"
import { answered, language, refundResponse } from "../answers.ts"
import { CheckoutApi } from "../api.ts"
import { whoAsks } from "./access.ts"
import { feedPage, feedStream } from "./events.ts"

const defaultPageSize = 50
const defaultFeedPage = 100
const contentTypes = { csv: "text/csv; charset=utf-8", jsonl: "application/jsonl" } as const
const dayMs = 24 * 60 * 60 * 1000

export const adminHandlers = HttpApiBuilder.group(CheckoutApi, "admin", (handlers) =>
  Effect.succeed(
    handlers.handleAll({
      checkouts: ({ query: { limit = defaultPageSize, cursor, ...query }, headers }) =>
        answered(
          Effect.gen(function* () {
            const after = yield* placeAt(cursor, readId)
            const found = yield* search(criteriaOf(query, headers), limit + 1, after)
            const checkouts = found.slice(0, limit)
            const last = found.length > limit ? checkouts.at(-1) : undefined
            return json({ checkouts, cursor: last === undefined ? null : cursorOf(last.checkoutId) })
          }),
        ),
      export: ({ query: { format, ...query }, headers }) =>
        answered(
          Effect.map(Effect.context<Database | Payers>(), (context) =>
            HttpServerResponse.stream(
              exportCheckouts(criteriaOf(query, headers), format).pipe(
                Stream.encodeText,
                Stream.provideContext(context),
              ),
              { contentType: contentTypes[format], headers: { "cache-control": "no-store" } },
            ),
          ),
        ),
      checkout: ({ params }) => answered(Effect.map(readCheckout(params.orderId), json)),
      refund: ({ params, payload }) =>
        answered(
          Effect.gen(function* () {
            const settings = yield* CurrentSettings
            const refund = refundCheckout(settings.tossPay.timeoutMs, paceBy(settings))
            const wish = { who: yield* whoAsks(payload), why: payload.reason.trim() }
            return refundResponse(yield* refund(params.orderId, wish), yield* language)
          }),
        ),
      decide: ({ params, payload }) =>
        answered(
          Effect.gen(function* () {
            const word = { who: yield* whoAsks(payload), why: payload.why.trim() }
            const result = yield* decideOutcome(params.orderId, word)
            return json({ ...result, message: decisionMeanings[result.reason] })
          }),
        ),
      events: ({ query: { after, limit = defaultFeedPage } }) =>
        answered(Effect.map(feedPage(after, limit), json)),
      stream: ({ query: { after }, headers }) => answered(feedStream(headers["last-event-id"] ?? after)),
      verify: ({ query: { fromStart, withinSeconds = 0 } }) =>
        answered(
          Effect.flatMap(Verifier, ({ verify }) => verify(fromStart === "true", withinSeconds * 1_000)).pipe(
            Effect.tap(noticeVerified),
            Effect.map(json),
          ),
        ),
      summary: ({ query }) =>
        answered(
          Effect.gen(function* () {
            const now = yield* DateTime.now
            const to = iso(query.to) ?? DateTime.formatIso(now)
            const from = iso(query.from) ?? new Date(Date.parse(to) - dayMs).toISOString()
            if (from >= to) {
              return yield* new Refusal({ reason: "INVALID_REQUEST", detail: "from has to be before to" })
            }
            return json(yield* summary(from, to))
          }),
        ),
    }),
  ),
)

const criteriaOf = (
  query: Criteria,
  { "x-checkout-find": find }: { "x-checkout-find"?: string | undefined },
): Criteria => ({
  ...query,
  q: find ?? query.q,
  from: iso(query.from),
  to: iso(query.to),
})

/** Not through the schemas of the contract: what somebody did to the database must not keep it from being shown. */
export const json = (body: unknown) =>
  HttpServerResponse.jsonUnsafe(body, { headers: { "cache-control": "no-store" } })

export const iso = (moment: string | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment).toISOString()

const readId = (id?: string, ...more: ReadonlyArray<string>): string | null =>
  isUuid(id) && more.length === 0 ? id : null
