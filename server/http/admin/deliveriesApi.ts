/** The part of the back office's contract that is about subscribers and alerts. */

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { type AlertKind, alertKinds, closableKinds } from "../../alerts/alerts.ts"
import { deliveryStates } from "../../subscriptions/deliveries.ts"
import { messageKinds } from "../../subscriptions/messages.ts"
import { everywhere, refused, Time, text, wholeFromText } from "../schemas.ts"
import { AdminOnly } from "./access.ts"
import { Cursor, who, window } from "./schemas.ts"

export const Delivery = Schema.Struct({
  id: Schema.String,
  messageId: Schema.String.annotate({ description: "The same for every subscriber and on every try." }),
  subscription: Schema.String,
  kind: Schema.Literals(messageKinds),
  subject: Schema.String.annotate({ description: "An order id, or what an alert is about." }),
  happenedAt: Time,
  state: Schema.Literals(deliveryStates),
  tries: Schema.Int,
  dueAt: Schema.NullOr(Time).annotate({ description: "When the next try is due." }),
  error: Schema.NullOr(Schema.String).annotate({ description: "What the last try failed with." }),
  changedAt: Time,
}).annotate({ identifier: "Delivery" })

const Subscription = Schema.Struct({
  subscription: Schema.String,
  waiting: Schema.Int,
  failing: Schema.Int.annotate({ description: "How many of the waiting ones have failed so far." }),
  dead: Schema.Int,
  waitingSince: Schema.NullOr(Time),
  deadSince: Schema.NullOr(Time),
  pausedAt: Schema.NullOr(Time),
  pausedWhy: Schema.NullOr(Schema.String),
}).annotate({ identifier: "Subscription" })

const Alert = Schema.Struct({
  alertId: Schema.String,
  kind: Schema.Literals(Object.keys(alertKinds) as ReadonlyArray<AlertKind>),
  subject: Schema.String,
  detail: Schema.String,
  occurrence: Schema.String,
  raisedAt: Time,
  endedAt: Schema.NullOr(Time).annotate({ description: "null: it is open." }),
  closedBy: Schema.NullOr(Schema.String).annotate({
    description: "Who closed it, if it did not end by itself.",
  }),
  closedWhy: Schema.NullOr(Schema.String),
}).annotate({ identifier: "Alert" })

const named = { subscription: text(64) }

export class DeliveriesApi extends HttpApiGroup.make("deliveries")
  .add(
    HttpApiEndpoint.get("deliveries", "/deliveries", {
      query: {
        subscription: Schema.optional(text(64)),
        state: Schema.optional(Schema.Literals(deliveryStates)),
        subject: Schema.optional(text(100)),
        failing: Schema.optional(Schema.Literal("true")).annotate({
          description: "Only those that wait for another try because one has failed.",
        }),
        ...window,
        limit: Schema.optional(wholeFromText(1, 200)),
        cursor: Schema.optional(Cursor),
      },
      success: Schema.Struct({
        deliveries: Schema.Array(Delivery),
        subscriptions: Schema.Array(Subscription),
        cursor: Schema.NullOr(Schema.String),
      }),
      error: [...everywhere],
    }).annotateMerge(OpenApi.annotations({ summary: "List what subscribers are told, the latest first" })),
  )
  .add(
    HttpApiEndpoint.post("retry", "/deliveries/:id/retry", {
      params: { id: text(200) },
      success: Delivery,
      error: [...everywhere, refused(404, "DELIVERY_NOT_FOUND")],
    }).annotateMerge(
      OpenApi.annotations({ summary: "Deliver once more, at once and with all tries before it again" }),
    ),
  )
  .add(
    HttpApiEndpoint.post("retryAll", "/subscriptions/:subscription/retry", {
      params: named,
      payload: Schema.Struct({ state: Schema.Literals(["waiting", "dead"]) }),
      success: Schema.Struct({ retried: Schema.Int }),
      error: [...everywhere, refused(404, "SUBSCRIPTION_NOT_FOUND")],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Deliver all dead letters of a subscription once more, or all that wait, at once",
      }),
    ),
  )
  .add(
    HttpApiEndpoint.post("resume", "/subscriptions/:subscription/resume", {
      params: named,
      success: Schema.Struct({
        resumed: Schema.Boolean.annotate({ description: "false: it was not paused." }),
      }),
      error: [...everywhere, refused(404, "SUBSCRIPTION_NOT_FOUND")],
    }).annotateMerge(OpenApi.annotations({ summary: "Let a paused subscription go on" })),
  )
  .add(
    HttpApiEndpoint.get("alerts", "/alerts", {
      query: {
        limit: Schema.optional(wholeFromText(1, 200)),
        open: Schema.optional(Schema.Literal("true")).annotate({
          description: "Only the open ones, all of them, the oldest first.",
        }),
      },
      success: Schema.Struct({ alerts: Schema.Array(Alert) }),
      error: [...everywhere],
    }).annotateMerge(OpenApi.annotations({ summary: "List alerts, the latest first: docs/runbook.md" })),
  )
  .add(
    HttpApiEndpoint.post("closeAlert", "/alerts/close", {
      payload: Schema.Struct({
        orderId: text(100),
        why: text(200).check(Schema.isPattern(/\S/)).annotate({
          description: "Why nothing more is to be done; goes on record.",
        }),
        who,
      }),
      success: Schema.Struct({
        closed: Schema.Boolean.annotate({ description: "false: there is no open one about this order." }),
      }),
      error: [...everywhere],
    }).annotateMerge(
      OpenApi.annotations({
        summary: `Close the alerts about an order that a person has dealt with: ${closableKinds.join(", ")}`,
      }),
    ),
  )
  .prefix("/admin/api")
  .middleware(AdminOnly)
  .annotateMerge(
    OpenApi.annotations({
      title: "Back office: subscribers and alerts",
      description: "For whoever bears a token of the back office.",
    }),
  ) {}
