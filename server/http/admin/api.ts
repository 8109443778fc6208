/** The HTTP contract with the back office, as schemas. */

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { checkoutFormats } from "../../audit/exportCheckouts.ts"
import { everywhere, notFound, State, text, wholeFromText } from "../schemas.ts"
import { AdminOnly, Needs } from "./access.ts"
import {
  Checkouts,
  CheckoutWithEvents,
  Cursor,
  Decided,
  Event,
  Events,
  Refund,
  Summary,
  who,
  window,
} from "./schemas.ts"
import { Verification } from "./verification.ts"

const after = Schema.optional(Cursor)

const criteria = {
  state: Schema.optional(State),
  q: Schema.optional(text(200)).annotate({
    description:
      "Exactly an order id, payToken, checkout id, the shop's reference, a payer's fingerprint or toss user key.",
  }),
  ...window,
  min: Schema.optional(wholeFromText(0, 9_999_999)),
  max: Schema.optional(wholeFromText(0, 9_999_999)),
}

/** Proxies and browsers keep addresses, and a token or a person's key has no business there. */
const find = {
  "x-checkout-find": Schema.optional(Schema.StringFromUriComponent.pipe(Schema.decodeTo(text(200)))).annotate(
    {
      description: "The same as `q`, percent-encoded; it counts before that, and no address keeps it.",
    },
  ),
}

export class AdminApi extends HttpApiGroup.make("admin")
  .add(
    HttpApiEndpoint.get("checkouts", "/checkouts", {
      query: {
        ...criteria,
        limit: Schema.optional(wholeFromText(1, 200)),
        cursor: Schema.optional(Cursor),
      },
      headers: find,
      success: Checkouts,
      error: [...everywhere],
    }).annotateMerge(OpenApi.annotations({ summary: "Find checkouts, newest first" })),
  )
  .add(
    HttpApiEndpoint.get("export", "/export", {
      query: { ...criteria, format: Schema.Literals(checkoutFormats) },
      headers: find,
      success: HttpApiSchema.StreamUint8Array({ contentType: ["text/csv", "application/jsonl"] }),
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Every checkout that fits, as a file",
        description: "CSV or JSON Lines, newest first, sent as it is read.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("checkout", "/checkouts/:orderId", {
      params: { orderId: text(100) },
      success: CheckoutWithEvents,
      error: [...everywhere, notFound],
    }).annotateMerge(OpenApi.annotations({ summary: "Read one checkout with its events" })),
  )
  .add(
    HttpApiEndpoint.post("refund", "/checkouts/:orderId/refund", {
      params: { orderId: text(100) },
      payload: Schema.Struct({
        reason: text(200).check(Schema.isPattern(/\S/)).annotate({
          description: "Goes on record as it is; TossPay gets of it what it allows.",
        }),
        who,
      }),
      success: [
        Refund,
        Refund.pipe(HttpApiSchema.status(202)).annotate({
          description:
            "Not given back yet, or not known: the reason says which. It goes on by itself, and never gives back twice.",
        }),
      ],
      error: [...everywhere, notFound, Refund.pipe(HttpApiSchema.status(409))],
    })
      .annotate(Needs, "refund")
      .annotateMerge(OpenApi.annotations({ summary: "Give the whole payment back" })),
  )
  .add(
    HttpApiEndpoint.post("decide", "/checkouts/:orderId/decide", {
      params: { orderId: text(100) },
      payload: Schema.Struct({
        why: text(200).check(Schema.isPattern(/\S/)).annotate({ description: "Goes on record." }),
        who,
      }),
      success: Decided,
      error: [...everywhere, notFound],
    })
      .annotate(Needs, "refund")
      .annotateMerge(
        OpenApi.annotations({
          summary:
            "Decide a payment that a day of questions left open, or that failed and may be charged, by what TossPay says of it now",
        }),
      ),
  )
  .add(
    HttpApiEndpoint.get("events", "/events", {
      query: { after, limit: Schema.optional(wholeFromText(1, 1_000)) },
      success: Events,
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Read the feed: every event once, in one order that all readers share",
        description: "`after=latest` gives no events, and the cursor of the end. See docs/events.md.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("stream", "/events/stream", {
      query: { after },
      headers: { "last-event-id": after },
      success: HttpApiSchema.StreamSse({ data: Event }),
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Follow the feed as server-sent events",
        description:
          "Each event's id is its cursor; `Last-Event-ID` goes on after it, `after=latest` begins with what happens next.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("summary", "/summary", {
      query: window,
      success: Summary,
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Figures for a dashboard",
        description: "Of the last 24 hours, if not said otherwise.",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("verify", "/verify", {
      query: {
        fromStart: Schema.optional(Schema.Literals(["true", "false"])),
        withinSeconds: Schema.optional(wholeFromText(0, 86_400)).annotate({
          description: "What this server found so long ago at most is good enough, unless `fromStart=true`.",
        }),
      },
      success: Verification,
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Check that nobody touched the log",
        description:
          "Takes about a second for every 50,000 events. A long log is read from where it was last found in order, unless `fromStart=true`.",
      }),
    ),
  )
  .prefix("/admin/api")
  .middleware(AdminOnly)
  .annotateMerge(
    OpenApi.annotations({
      title: "Back office",
      description: "For whoever bears a token of the back office. Every use is on record.",
    }),
  ) {}
