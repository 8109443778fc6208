/** The HTTP contract with the back office, as schemas. */

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { factMeanings } from "../../../machines/index.ts"
import { checkoutFormats } from "../../audit/exportCheckouts.ts"
import { momentOf } from "../../moment.ts"
import { At, everywhere, notFound, Order, State, Time, text, wholeFromText } from "../schemas.ts"
import { AdminOnly, Needs } from "./access.ts"
import { Verification } from "./verification.ts"

const Moment = Schema.String.check(
  Schema.makeFilter((value: string) => momentOf(value) !== null, {
    expected: "a day that there is, or a time with zone, in ISO 8601",
  }),
).annotate({ description: "ISO 8601, with zone; a date alone is midnight UTC." })

export const Cursor = text(200).annotate({ description: "From an earlier answer: go on after it." })

export const Event = Schema.Struct({
  cursor: Schema.String.annotate({ description: "The place right after this event in the feed." }),
  orderId: Schema.String,
  checkoutId: Schema.String,
  version: Schema.Int.annotate({ description: "The how many-th event of its checkout: 1, 2, 3 …" }),
  type: Schema.Literals(Object.keys(factMeanings)),
  from: Schema.NullOr(At),
  to: At,
  data: Schema.Json,
  machineVersion: Schema.Int,
  recordedAt: Time,
  prevHash: Schema.NullOr(Schema.String),
  hash: Schema.String,
}).annotate({ identifier: "Event" })

export const Events = Schema.Struct({
  events: Schema.Array(Event),
  cursor: Schema.NullOr(Schema.String).annotate({
    description: "After the last event; where the next page starts.",
  }),
  hasMore: Schema.Boolean,
  isHeldBack: Schema.Boolean.annotate({
    description:
      "There are events that come later, because a transaction that began before them is still open.",
  }),
})

export const Checkout = Schema.Struct({
  ...Order.fields,
  checkoutId: Schema.String,
  version: Schema.Int,
  mode: Schema.NullOr(Schema.Literals(["LIVE", "TEST"])),
  payer: Schema.String.annotate({ description: "A fingerprint; the key itself is nowhere to be read." }),
  payToken: Schema.NullOr(Schema.String),
  owner: Schema.Literals(["buyer", "server", "person", "nobody"]).annotate({
    description: "Who moves it on.",
  }),
  dueAt: Schema.NullOr(Time).annotate({ description: "When its timer runs out." }),
  hash: Schema.String.annotate({ description: "Of its last event." }),
  broken: Schema.NullOr(Schema.Struct({ version: Schema.Int, why: Schema.String })).annotate({
    description: "Its events do not fold to its state: somebody touched the database.",
  }),
}).annotate({ identifier: "Checkout" })

export const Checkouts = Schema.Struct({
  checkouts: Schema.Array(Checkout),
  cursor: Schema.NullOr(Schema.String),
})

export const CheckoutWithEvents = Schema.Struct({
  checkout: Checkout,
  timer: Schema.NullOr(Schema.Struct({ fact: Schema.String, dueAt: Schema.NullOr(Time) })),
  events: Schema.Array(Event.mapFields(({ cursor: _, orderId: __, ...fields }) => fields)),
})

export const Refund = Schema.Struct({
  ok: Schema.Boolean.annotate({ description: "true: the money went back, now or before." }),
  reason: Schema.String.annotate({
    description:
      "REFUNDED, REFUNDING, REFUND_WAITS, REFUND_REVIEW, NOT_CHARGED, NOT_KNOWN_YET, PAYER_FORGOTTEN, SETTLEMENT_COMPLETE, or TossPay's own code.",
  }),
  message: Schema.optionalKey(Schema.String),
  orderId: Schema.String,
  at: At,
  who: Schema.optionalKey(Schema.String).annotate({ description: "Who asked for it first." }),
  refund: Order.fields.refund,
}).annotate({ identifier: "Refund" })

const Count = Schema.Int

export const Summary = Schema.Struct({
  from: Time,
  to: Time,
  considered: Count,
  isWhole: Schema.Boolean.annotate({ description: "false: the newest `considered` of that time." }),
  states: Schema.Array(Schema.Struct({ at: At, count: Count, amount: Schema.Int })),
  funnel: Schema.Array(Schema.Struct({ state: State, count: Count })),
  timeToSettleMs: Schema.NullOr(
    Schema.Struct({ median: Schema.Int, p90: Schema.Int, p99: Schema.Int, most: Schema.Int }),
  ),
  reasons: Schema.Array(
    Schema.Struct({ state: Schema.Literals(["failed", "mismatched"]), reason: Schema.String, count: Count }),
  ),
  buckets: Schema.Array(
    Schema.Struct({ from: Time, counts: Schema.Record(Schema.String, Count), settledAmount: Schema.Int }),
  ),
  bucketMs: Schema.Int,
  unfinished: Schema.Array(Schema.Struct({ at: At, count: Count, since: Time })),
  mismatches: Schema.Array(Checkout),
})

/** On whose word something is done. */
export const who = Schema.optional(text(100).check(Schema.isPattern(/\S/))).annotate({
  description: "Who asks for it, where ADMIN_TOKEN was shown; a token of somebody's own says so itself.",
})

export const window = { from: Schema.optional(Moment), to: Schema.optional(Moment) }

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

export class AdminApi extends HttpApiGroup.make("admin")
  .add(
    HttpApiEndpoint.get("checkouts", "/checkouts", {
      query: {
        ...criteria,
        limit: Schema.optional(wholeFromText(1, 200)),
        cursor: Schema.optional(Cursor),
      },
      success: Checkouts,
      error: [...everywhere],
    }).annotateMerge(OpenApi.annotations({ summary: "Find checkouts, newest first" })),
  )
  .add(
    HttpApiEndpoint.get("export", "/export", {
      query: { ...criteria, format: Schema.Literals(checkoutFormats) },
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
    HttpApiEndpoint.get("events", "/events", {
      query: { after, limit: Schema.optional(wholeFromText(1, 1_000)) },
      success: Events,
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Read the feed: every event, in commit order, no gaps",
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
      query: { fromStart: Schema.optional(Schema.Literals(["true", "false"])) },
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
