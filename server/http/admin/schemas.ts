/** What the HTTP contract with the back office speaks of. */

import { Schema } from "effect"
import { factMeanings, payStatuses } from "../../../machines/index.ts"
import { decisionMeanings } from "../../checkout/decideOutcome.ts"
import { momentOf } from "../../moment.ts"
import { At, Order, State, Time, text } from "../schemas.ts"

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
  newer: Schema.NullOr(Schema.Struct({ version: Schema.Int, machineVersion: Schema.Int })).annotate({
    description:
      "The first event that a newer release wrote, while servers of two releases run: what its events come to is missing here, and only that release can say it.",
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
      "REFUNDED, REFUNDING, REFUND_WAITS, REFUND_REVIEW, REFUND_FAILED, NOT_CHARGED, NOT_KNOWN_YET, PAYER_FORGOTTEN, SETTLEMENT_COMPLETE, or TossPay's own code.",
  }),
  message: Schema.optionalKey(Schema.String),
  orderId: Schema.String,
  at: At,
  who: Schema.optionalKey(Schema.String).annotate({ description: "Who asked for it first." }),
  refund: Order.fields.refund,
}).annotate({ identifier: "Refund" })

export const Decided = Schema.Struct({
  decided: Schema.Boolean,
  reason: Schema.Literals(Object.keys(decisionMeanings)),
  message: Schema.String,
  orderId: Schema.String,
  state: At,
  payStatus: Schema.NullOr(Schema.Literals(payStatuses)).annotate({
    description: "What TossPay said; null where it was not asked, or knows no such payment.",
  }),
}).annotate({ identifier: "Decided" })

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
