/**
 * What is counted, for Prometheus. Counters are of this process; gauges are read from the database when they are asked for, so
 * every server says the same. No order and no person is in a label, so `/metrics` needs no token; it is still nobody's
 * business outside, and a proxy has no reason to let it through.
 */

import { Clock, Effect, Metric } from "effect"
import type { Move } from "../machines/index.ts"
import { Alerts, alertKinds } from "./alerts/alerts.ts"
import { EventLog } from "./log/eventLog.ts"
import { Deliveries } from "./subscriptions/deliveries.ts"

const moves = Metric.counter("checkout_moves_total", {
  description: "Events recorded by this process",
  incremental: true,
})

export const countMove = ({ fact, from, to }: Move): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(moves, { type: fact.type, from: from ?? "", to }), 1)

const tries = Metric.counter("checkout_delivery_tries_total", {
  description: "Tries of this process to deliver a message",
  incremental: true,
})

export const countTry = (
  subscription: string,
  outcome: "delivered" | "failed" | "dead",
): Effect.Effect<void> => Metric.update(Metric.withAttributes(tries, { subscription, outcome }), 1)

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const databaseUp = gauge("checkout_database_up", "1 if the database answers")
const unfinished = gauge("checkout_unfinished", "Checkouts that have not come to an end")
const due = gauge("checkout_due", "Unfinished checkouts whose timer has run out and that nobody has taken")
const alertsOpen = gauge("checkout_alerts_open", "Open alerts: docs/runbook.md")
const waiting = gauge("checkout_deliveries_waiting", "Messages that wait for a try")
const dead = gauge("checkout_deliveries_dead", "Messages that will not be tried again by themselves")
const oldest = gauge("checkout_deliveries_oldest_seconds", "The age of the oldest message that waits")
const paused = gauge("checkout_subscription_paused", "1 if the subscription waits for a person")

/** Brings the gauges up to date. While the database is away they keep what they said last, and one of them says so. */
export const lookAtGauges = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const backlog = yield* (yield* EventLog).backlog
  yield* Metric.update(unfinished, backlog.unfinished)
  yield* Metric.update(due, backlog.due)
  const open = yield* (yield* Alerts).open
  for (const kind of Object.keys(alertKinds)) {
    const count = open.filter((alert) => alert.kind === kind).length
    yield* Metric.update(Metric.withAttributes(alertsOpen, { kind }), count)
  }
  for (const status of yield* (yield* Deliveries).status) {
    const of = (metric: typeof waiting) =>
      Metric.withAttributes(metric, { subscription: status.subscription })
    const ageMs = status.waitingSince === null ? 0 : now - Date.parse(status.waitingSince)
    yield* Metric.update(of(waiting), status.waiting)
    yield* Metric.update(of(dead), status.dead)
    yield* Metric.update(of(oldest), Math.max(0, ageMs / 1000))
    yield* Metric.update(of(paused), status.pausedAt === null ? 0 : 1)
  }
  yield* Metric.update(databaseUp, 1)
}).pipe(Effect.catchTag("Unavailable", () => Metric.update(databaseUp, 0)))
