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

  const endOne = (isIt: (alert: Alert) => boolean, over: Partial<Alert> = {}) =>
    Effect.map(now, (endedAt) => {
      const index = alerts.findIndex((alert) => isOpen(alert) && isIt(alert))
      const alert = alerts[index]
      if (alert === undefined) return false
      alerts[index] = { ...alert, ...over, endedAt }
      tell(alert.alertId, 2, alert.subject, endedAt)
      return true
    })

  return Alerts.of({
    raise: (noticed) =>
      Effect.map(now, (raisedAt) => {
        const isKnown = alerts.some(
          (alert) =>
            alert.kind === noticed.kind &&
            (alert.occurrence === noticed.occurrence ||
              (alert.subject === noticed.subject &&
                (isOpen(alert) || (alert.closedWhy !== null && alert.detail === noticed.detail)))),
        )
        if (isKnown) return false
        const alertId = randomUUID()
        alerts.push({ ...noticed, alertId, raisedAt, endedAt: null, closedBy: null, closedWhy: null })
        tell(alertId, 1, noticed.subject, raisedAt)
        return true
      }),
    end: (kind, occurrence) => endOne((alert) => alert.kind === kind && alert.occurrence === occurrence),
    close: (kind, subject, closedBy, closedWhy) =>
      endOne((alert) => alert.kind === kind && alert.subject === subject, { closedBy, closedWhy }),
    open: Effect.sync(() => alerts.filter(isOpen)),
    latest: (limit) => Effect.sync(() => [...alerts].reverse().slice(0, limit)),
    find: (alertId) => Effect.sync(() => alerts.find((alert) => alert.alertId === alertId) ?? null),
    news: (after, limit) =>
      Effect.sync(() => news.filter((item) => after === null || comesAfter(item, after)).slice(0, limit)),
    now: Effect.sync(() => startOf(news.length + 1)),
  })
})

export const memoryAlerts = Layer.effect(Alerts, make)
