/**
 * What subscribers are told. A message is known by what it tells of, so its id is the same on every try, in every process and
 * after every restart; and what it says is read from the log, so every try says the same.
 */

import { Effect } from "effect"
import {
  type Milestone,
  milestonesOf,
  type OrderView,
  orderView,
  statesAround,
} from "../../machines/index.ts"
import { type Alert, Alerts } from "../alerts/alerts.ts"
import type { EventRow } from "../log/chain.ts"
import { EventLog, fold } from "../log/eventLog.ts"
import type { Place } from "./place.ts"

export const messageKinds = [
  "settled",
  "refunded",
  "refundFailed",
  "mismatched",
  "resolved",
  "alertRaised",
  "alertEnded",
] as const

export type MessageKind = (typeof messageKinds)[number]

/** What a message tells of. */
export interface Notice {
  readonly kind: MessageKind
  /** The checkout or the alert. */
  readonly topic: string
  /** Of the event; of an alert 1 when it is raised and 2 when it ends. */
  readonly version: number
  /** The order's orderId, or what the alert is about: what a person looks for. */
  readonly subject: string
  /** ISO 8601. */
  readonly happenedAt: string
}

export const messageIdOf = ({ topic, version, kind }: Pick<Notice, "topic" | "version" | "kind">): string =>
  `${topic}_${version}_${kind}`

/** Something that happened to an order. */
export interface OrderMessage {
  /** The same on every try: what a handler that must act only once remembers. */
  readonly messageId: string
  readonly kind: Milestone
  readonly happenedAt: string
  /** The order as the event left it. */
  readonly order: OrderView
  readonly event: EventRow
}

export interface AlertMessage {
  /** The same on every try. */
  readonly messageId: string
  readonly kind: "alertRaised" | "alertEnded"
  readonly happenedAt: string
  /** As it was when it was raised, or when it ended. */
  readonly alert: Alert
}

export type Message = OrderMessage | AlertMessage

/** A stream that subscriptions read. */
export type SourceName = "checkouts" | "alerts"

export const sourceOf = (kind: MessageKind): SourceName => (isMilestone(kind) ? "checkouts" : "alerts")

const isMilestone = (kind: MessageKind): kind is Milestone => kind !== "alertRaised" && kind !== "alertEnded"

/** What there is to tell between two places. */
export interface Reading {
  readonly notices: ReadonlyArray<Notice>
  /** Where to read on; `null` if there is nothing new. */
  readonly to: Place | null
  /** There may be more at once: as many were looked at as were asked for. */
  readonly hasMore: boolean
}

/** Reads a stream on from a place. */
export const readOn = (
  source: SourceName,
  kinds: ReadonlyArray<MessageKind>,
  from: Place | null,
  limit: number,
) => (source === "checkouts" ? readMoves(kinds.filter(isMilestone), from, limit) : readAlerts(from, limit))

const readMoves = Effect.fnUntraced(function* (
  kinds: ReadonlyArray<Milestone>,
  from: Place | null,
  limit: number,
) {
  const after = from === null ? null : { ...from, checkoutId: from.topic }
  const { moves, reach, isFull } = yield* (yield* EventLog).movesAbout(statesAround(kinds), after, limit)
  return {
    notices: moves.flatMap(
      ({ checkoutId: topic, version, orderId: subject, from, to, recordedAt: happenedAt }) =>
        milestonesOf(from, to).map((kind) => ({ kind, topic, version, subject, happenedAt })),
    ),
    to: reach === null ? null : { ...reach, topic: reach.checkoutId },
    hasMore: isFull,
  } satisfies Reading
})

const readAlerts = Effect.fnUntraced(function* (from: Place | null, limit: number) {
  const news = yield* (yield* Alerts).news(from, limit)
  return {
    notices: news.map(({ topic, version, subject, at: happenedAt }) => ({
      kind: version === 1 ? ("alertRaised" as const) : ("alertEnded" as const),
      topic,
      version,
      subject,
      happenedAt,
    })),
    to: news.at(-1) ?? null,
    hasMore: news.length === limit,
  } satisfies Reading
})

/** The end of a stream as it is now. */
export const endOf = Effect.fnUntraced(function* (source: SourceName) {
  if (source === "alerts") return yield* (yield* Alerts).now
  const end = yield* (yield* EventLog).feedEnd
  return end === null ? null : ({ ...end, topic: end.checkoutId } satisfies Place)
})

/** The message that tells of this. */
export const messageOf = Effect.fnUntraced(function* (notice: Notice) {
  const { kind, topic, version, happenedAt } = notice
  const messageId = messageIdOf(notice)
  if (!isMilestone(kind)) {
    const alert = yield* (yield* Alerts).find(topic)
    if (alert === null) return yield* Effect.die(new Error(`alert ${topic} is gone`))
    const then = kind === "alertRaised" ? { ...alert, endedAt: null } : alert
    return { messageId, kind, happenedAt, alert: then } satisfies AlertMessage
  }
  const rows = (yield* (yield* EventLog).history(topic)).slice(0, version)
  const [event, recorded] = [rows.at(-1), fold(topic, rows)]
  if (event?.version !== version || recorded === null) {
    return yield* Effect.die(new Error(`event ${version} of checkout ${topic} is gone`))
  }
  return { messageId, kind, happenedAt, order: orderView(recorded.checkout), event } satisfies OrderMessage
})
