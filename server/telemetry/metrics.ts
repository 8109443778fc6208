/**
 * What is counted, for Prometheus. Counters and histograms are of this process; gauges of the database are read from it when they
 * are asked for, so every server says the same. No order and no person is in a label, so `/metrics` needs no token; it is still
 * nobody's business outside, and a proxy has no reason to let it through.
 */

import { Clock, Effect, Metric } from "effect"
import type { Move } from "../../machines/index.ts"
import { Alerts, alertKinds } from "../alerts/alerts.ts"
import { unsealedSince } from "../integrity/unsealed.ts"
import { EventLog } from "../log/eventLog.ts"
import { Deliveries } from "../subscriptions/deliveries.ts"
import { ClientCertificate } from "../tosspay/certificate.ts"
import { callNames, type Health, TossPay } from "../tosspay/tosspay.ts"

const counter = (name: string, description: string) =>
  Metric.counter(name, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })
const histogram = (name: string, description: string, boundaries: ReadonlyArray<number>) =>
  Metric.histogram(name, { description, boundaries })

/** Up to what a call to TossPay may take and a little more. */
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]

const moves = counter("checkout_moves_total", "Events recorded by this process")

export const countMove = ({ fact, from, to }: Move): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(moves, { type: fact.type, from: from ?? "", to }), 1)

const tries = counter("checkout_delivery_tries_total", "Tries of this process to deliver a message")

export const countTry = (
  subscription: string,
  outcome: "delivered" | "failed" | "dead",
): Effect.Effect<void> => Metric.update(Metric.withAttributes(tries, { subscription, outcome }), 1)

const requests = histogram("checkout_http_request_seconds", "Requests, by route and class of status", seconds)

/** `route` is the pattern, never the path: a path has orders in it. */
export const countRequest = (
  method: string,
  route: string,
  status: number,
  durationMs: number,
): Effect.Effect<void> =>
  Metric.update(
    Metric.withAttributes(requests, { method, route, status: `${Math.floor(status / 100)}xx` }),
    durationMs / 1_000,
  )

const calls = histogram("checkout_tosspay_call_seconds", "Calls to TossPay, by call and outcome", seconds)

export const countCall = (call: string, outcome: string, durationMs: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(calls, { call, outcome }), durationMs / 1_000)

/** What a rule watches is there before the first: what appears with its first value has not risen. */
const expectUnknown = Effect.forEach(
  callNames,
  (call) => Metric.value(Metric.withAttributes(calls, { call, outcome: "Unknown" })),
  { discard: true },
)

const appendSeconds = histogram("checkout_append_seconds", "Statements that write the log", seconds)
const batchSize = histogram(
  "checkout_append_batch_size",
  "Appends that share a statement",
  [1, 2, 4, 8, 16, 32, 64, 128, 256],
)
const appendsWaiting = gauge(
  "checkout_appends_waiting",
  "Appends that waited when the last statement was sent",
)

/** Around what sends a batch of appends: once per statement, not per append. */
export const measuredSend = Effect.map(
  Effect.context<never>(),
  (context) =>
    <A, B>(send: (batch: ReadonlyArray<A>) => Promise<B>) =>
    async (batch: ReadonlyArray<A>, waiting: number): Promise<B> => {
      batchSize.updateUnsafe(batch.length, context)
      appendsWaiting.updateUnsafe(waiting, context)
      const sentAt = performance.now()
      try {
        return await send(batch)
      } finally {
        appendSeconds.updateUnsafe((performance.now() - sentAt) / 1_000, context)
      }
    },
)

const tossPayHealth = gauge(
  "checkout_tosspay_health",
  "1 for how the circuit to TossPay stands, 0 for the rest",
)
const healths: ReadonlyArray<Health> = ["well", "untested", "away"]
const certificateDays = gauge(
  "checkout_tosspay_certificate_days",
  "Days until the client certificate in use expires; absent without one",
)

const databaseUp = gauge("checkout_database_up", "1 if the database answers")
const unfinished = gauge("checkout_unfinished", "Checkouts that have not come to an end")
const oldestUnfinished = gauge("checkout_unfinished_oldest_seconds", "The age of the oldest of them")
const due = gauge("checkout_due", "Unfinished checkouts whose timer has run out and that nobody has taken")
const heldBack = gauge(
  "checkout_feed_held_back_seconds",
  "The age of the oldest event that the feed does not give out yet, because a transaction is open",
)
const unsealed = gauge(
  "checkout_log_unsealed_seconds",
  "The age of the oldest event that no checkpoint seals yet",
)
const alertsOpen = gauge("checkout_alerts_open", "Open alerts: docs/runbook.md")
const waiting = gauge("checkout_deliveries_waiting", "Messages that wait for a try")
const dead = gauge("checkout_deliveries_dead", "Messages that will not be tried again by themselves")
const oldest = gauge("checkout_deliveries_oldest_seconds", "The age of the oldest message that waits")
const paused = gauge("checkout_subscription_paused", "1 if the subscription waits for a person")

const dayMs = 86_400_000

/** Who asks does not wait for long either, and would take a server that is silent for one that is gone. */
const patienceMs = 3_000

/** What this process knows by itself. */
const lookAtTossPay = Effect.gen(function* () {
  yield* expectUnknown
  const health = yield* (yield* TossPay).health
  for (const each of healths) {
    yield* Metric.update(Metric.withAttributes(tossPayHealth, { health: each }), each === health ? 1 : 0)
  }
  const { own } = (yield* ClientCertificate).inUse()
  const now = yield* Clock.currentTimeMillis
  if (own !== null) yield* Metric.update(certificateDays, (own.expiresAtMs - now) / dayMs)
})

const lookAtDatabase = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const ageOf = (since: string | null) =>
    since === null ? 0 : Math.max(0, (now - Date.parse(since)) / 1_000)
  const backlog = yield* (yield* EventLog).backlog
  yield* Metric.update(unfinished, backlog.unfinished)
  yield* Metric.update(oldestUnfinished, ageOf(backlog.oldestSince))
  yield* Metric.update(due, backlog.due)
  yield* Metric.update(heldBack, ageOf(yield* (yield* EventLog).heldBackSince))
  yield* Metric.update(unsealed, ageOf(yield* unsealedSince))
  const open = yield* (yield* Alerts).open
  for (const kind of Object.keys(alertKinds)) {
    const count = open.filter((alert) => alert.kind === kind).length
    yield* Metric.update(Metric.withAttributes(alertsOpen, { kind }), count)
  }
  for (const status of yield* (yield* Deliveries).status) {
    const of = (metric: typeof waiting) =>
      Metric.withAttributes(metric, { subscription: status.subscription })
    yield* Metric.update(of(waiting), status.waiting)
    yield* Metric.update(of(dead), status.dead)
    yield* Metric.update(of(oldest), ageOf(status.waitingSince))
    yield* Metric.update(of(paused), status.pausedAt === null ? 0 : 1)
  }
  yield* Metric.update(databaseUp, 1)
}).pipe(
  Effect.timeout(patienceMs),
  Effect.catchTags({ Unavailable: () => databaseAway, TimeoutError: () => databaseAway }),
)

const databaseAway = Metric.update(databaseUp, 0)

/** Brings the gauges up to date. While the database is away its own keep what they said last, and one of them says so. */
export const lookAtGauges = Effect.andThen(lookAtTossPay, lookAtDatabase)
