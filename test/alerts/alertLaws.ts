/** The laws of alerts, as functions over their interface: they hold in memory and in PostgreSQL. */

import { describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { expect } from "vitest"
import { type AlertNews, Alerts, type Occurrence } from "../../server/alerts/alerts.ts"
import type { Place } from "../../server/subscriptions/place.ts"

let count = 0

const anOccurrence = (over: Partial<Occurrence> = {}): Occurrence => {
  count += 1
  return {
    kind: "mismatch",
    occurrence: `occurrence ${count}`,
    subject: `order ${count}`,
    detail: "",
    ...over,
  }
}

/** What is given out after a place. The tests share a cluster, so another one's transaction may have to be waited for. */
const newsAfter = (place: Place, atLeast: number, pageSize = 100) =>
  Effect.gen(function* () {
    const alerts = yield* Alerts
    const all: Array<AlertNews> = []
    while (true) {
      const page = yield* alerts.news(all.at(-1) ?? place, pageSize)
      all.push(...page)
      if (page.length < pageSize && all.length >= atLeast) return all
    }
  })

export const alertLaws = (where: string, layer: Layer.Layer<Alerts>) =>
  describe(`alerts in ${where}`, () => {
    it.layer(layer, { excludeTestServices: true })((it) => {
      it.effect("one is raised once, however many notice it at the same moment", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const noticed = anOccurrence()
          const raised = yield* Effect.all(
            Array.from({ length: 8 }, () => alerts.raise(noticed)),
            {
              concurrency: "unbounded",
            },
          )
          expect(raised.filter((isNews) => isNews)).toHaveLength(1)
          expect(
            (yield* alerts.open).filter(({ occurrence }) => occurrence === noticed.occurrence),
          ).toMatchObject([{ ...noticed, endedAt: null }])
        }),
      )

      it.effect("one that has ended is not raised again, and ends once", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const noticed = anOccurrence()
          yield* alerts.raise(noticed)
          expect(yield* alerts.end(noticed.kind, noticed.occurrence)).toBe(true)
          expect(yield* alerts.end(noticed.kind, noticed.occurrence)).toBe(false)
          expect(yield* alerts.raise(noticed)).toBe(false)
          expect((yield* alerts.open).map(({ occurrence }) => occurrence)).not.toContain(noticed.occurrence)
        }),
      )

      it.effect("one of a kind is open about a subject; the next occurrence comes after its end", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const first = anOccurrence()
          const second = anOccurrence({ subject: first.subject })
          yield* alerts.raise(first)
          expect(yield* alerts.raise(second)).toBe(false)
          expect(yield* alerts.raise(anOccurrence({ subject: first.subject, kind: "outcome-unknown" }))).toBe(
            true,
          )
          yield* alerts.end(first.kind, first.occurrence)
          expect(yield* alerts.raise(second)).toBe(true)
        }),
      )

      it.effect("what a person has closed is not raised again in the same words, and is in others", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const words = { subject: "order closed", kind: "books-differ", detail: "a part" } as const
          const first = anOccurrence(words)
          expect(yield* alerts.close(first.kind, first.subject, "Kim", "meant so")).toBe(false)
          yield* alerts.raise(first)
          const place = yield* alerts.now
          expect(yield* alerts.close(first.kind, first.subject, "Kim", "meant so")).toBe(true)
          expect(yield* alerts.close(first.kind, first.subject, "Kim", "meant so")).toBe(false)
          const [closed] = (yield* alerts.latest(100)).filter(({ subject }) => subject === first.subject)
          expect(closed).toMatchObject({ closedBy: "Kim", closedWhy: "meant so" })
          expect((yield* newsAfter(place, 1)).at(-1)).toMatchObject({ topic: closed?.alertId, version: 2 })
          expect(yield* alerts.raise(anOccurrence(words))).toBe(false)
          expect(yield* alerts.raise(anOccurrence({ ...words, detail: "all of it" }))).toBe(true)
          expect(yield* alerts.raise(anOccurrence({ ...words, subject: "another order" }))).toBe(true)
        }),
      )

      it.effect("one that ended by itself is raised again in the same words by its next occurrence", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const first = anOccurrence({ detail: "the same" })
          yield* alerts.raise(first)
          yield* alerts.end(first.kind, first.occurrence)
          expect(yield* alerts.raise(anOccurrence({ subject: first.subject, detail: "the same" }))).toBe(true)
        }),
      )

      it.effect("the news are told once and in order, whatever the size of a page", () =>
        Effect.gen(function* () {
          const alerts = yield* Alerts
          const start = yield* alerts.now
          const noticed = [1, 2, 3].map(() => anOccurrence())
          yield* Effect.forEach(noticed, alerts.raise)
          yield* Effect.forEach(noticed, ({ kind, occurrence }) => alerts.end(kind, occurrence))
          const news = yield* newsAfter(start, 6)
          expect(news.map(({ version }) => version)).toEqual([1, 1, 1, 2, 2, 2])
          for (const pageSize of [1, 2, 4]) expect(yield* newsAfter(start, 6, pageSize)).toEqual(news)
          for (const { topic, version, at } of news) {
            const alert = yield* alerts.find(topic)
            expect(version === 1 ? alert?.raisedAt : alert?.endedAt).toBe(at)
          }
          expect(yield* alerts.find("00000000-0000-4000-8000-000000000000")).toBeNull()
          expect((yield* alerts.latest(3)).map(({ subject }) => subject)).toEqual(
            noticed.map(({ subject }) => subject).reverse(),
          )
        }),
      )
    })
  })
