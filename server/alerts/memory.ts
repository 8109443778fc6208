/** Alerts in memory, for tests of what is built on them. */

import { randomUUID } from "node:crypto"
import { Clock, Effect, Layer } from "effect"
import { comesAfter, startOf } from "../subscriptions/place.ts"
import { type Alert, type AlertNews, Alerts } from "./alerts.ts"

const make = Effect.sync(() => {
  const alerts: Array<Alert> = []
  const news: Array<AlertNews> = []

  const tell = (topic: string, version: number, subject: string, at: string) =>
    news.push({ position: news.length + 1, topic, version, subject, at })

  const now = Effect.map(Clock.currentTimeMillis, (ms) => new Date(ms).toISOString())
  const isOpen = (alert: Alert) => alert.endedAt === null

  return Alerts.of({
    raise: (noticed) =>
      Effect.map(now, (raisedAt) => {
        const isKnown = alerts.some(
          (alert) =>
            alert.kind === noticed.kind &&
            (alert.occurrence === noticed.occurrence || (isOpen(alert) && alert.subject === noticed.subject)),
        )
        if (isKnown) return false
        const alertId = randomUUID()
        alerts.push({ ...noticed, alertId, raisedAt, endedAt: null })
        tell(alertId, 1, noticed.subject, raisedAt)
        return true
      }),
    end: (kind, occurrence) =>
      Effect.map(now, (endedAt) => {
        const index = alerts.findIndex(
          (alert) => alert.kind === kind && alert.occurrence === occurrence && isOpen(alert),
        )
        const alert = alerts[index]
        if (alert === undefined) return false
        alerts[index] = { ...alert, endedAt }
        tell(alert.alertId, 2, alert.subject, endedAt)
        return true
      }),
    open: Effect.sync(() => alerts.filter(isOpen)),
    latest: (limit) => Effect.sync(() => [...alerts].reverse().slice(0, limit)),
    find: (alertId) => Effect.sync(() => alerts.find((alert) => alert.alertId === alertId) ?? null),
    news: (after, limit) =>
      Effect.sync(() => news.filter((item) => after === null || comesAfter(item, after)).slice(0, limit)),
    now: Effect.sync(() => startOf(news.length + 1)),
  })
})

export const memoryAlerts = Layer.effect(Alerts, make)
