/** The laws of the feed, as functions over its interface: they hold for every implementation of the log. */

import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Stream } from "effect"
import { expect } from "vitest"
import { open, plan, type StatePath } from "../../machines/index.ts"
import { type Append, appendOf, EventLog } from "../../server/log/eventLog.ts"
import { type FeedEvent, type FeedPlace, feedCursorOf, readFeedCursor } from "../../server/log/feed.ts"
import { followFeed } from "../../server/log/follow.ts"
import { LiveFeed } from "../../server/log/liveFeed.ts"
import { anOrder, startOfTime } from "../support/checkouts.ts"

let count = 0

/** The first append of a new checkout; ids do not come in the order in which they are made. */
export const opening = (): Append => {
  count += 1
  const id = `${((count * 7919) % 65_521).toString(16).padStart(8, "0")}-0000-7000-8000-${count.toString(16).padStart(12, "0")}`
  return appendOf(
    null,
    open(id, anOrder({ orderId: `test-${id}`, payer: `payer-${count}` }), startOfTime),
    null,
  )
}

/** The append after this one: it gets its payToken. */
export const minting = ({ recorded }: Append): Append => {
  count += 1
  const minted = plan(recorded.checkout, { type: "TokenMinted", at: startOfTime, payToken: `token-${count}` })
  if (minted._tag === "Refused") throw new Error("a new checkout takes its token")
  return appendOf(recorded, minted, null)
}

/** Everything that is given out after a place, in pages of this size. */
export const readOn = (pageSize: number, from: FeedPlace | null = null) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const all: Array<FeedEvent> = []
    while (true) {
      const { events, isHeldBack } = yield* log.feed(all.at(-1) ?? from, pageSize)
      all.push(...events)
      if (events.length < pageSize) return { all, isHeldBack }
    }
  })

/** Everything after a place. The tests share a cluster, so another one's transaction may have to be waited for. */
export const readAll = (pageSize: number, from: FeedPlace | null = null) =>
  Effect.map(
    Effect.repeat(readOn(pageSize, from), { while: ({ isHeldBack }) => isHeldBack }),
    ({ all }) => all,
  )

export const nameOf = ({ checkoutId, version }: { checkoutId: string; version: number }): string =>
  `${checkoutId} ${version}`

/** Versions of a checkout only ascend, without gaps. */
export const expectOrdered = (events: ReadonlyArray<FeedEvent>): void => {
  const versions = new Map<string, number>()
  for (const { checkoutId, version } of events) {
    expect(version, checkoutId).toBe((versions.get(checkoutId) ?? 0) + 1)
    versions.set(checkoutId, version)
  }
}

export const feedLaws = (name: string, log: Layer.Layer<EventLog>) =>
  describe(`the feed of the log in ${name}`, () => {
    it.layer(log, { excludeTestServices: true })((it) => {
      it.effect("gives every event once, those of a checkout in order, whatever the size of a page", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const before = (yield* readAll(1_000)).length
          const first = Array.from({ length: 20 }, opening)
          yield* Effect.all(first.map(log.append), { concurrency: "unbounded" })
          const second = first.map(minting)
          yield* Effect.all(second.map(log.append), { concurrency: "unbounded" })
          const all = yield* readAll(1_000)
          expectOrdered(all)
          expect(all.slice(before).map(nameOf).sort()).toEqual(
            [...first, ...second].flatMap(({ rows }) => rows.map(nameOf)).sort(),
          )
          for (const size of [1, 3, 7]) expect(yield* readAll(size)).toEqual(all)
        }),
      )

      it.effect("an event of it is the row that was appended, with its place and its order", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const entry = opening()
          yield* log.append(entry)
          const event = (yield* readAll(1_000)).at(-1)
          const { position, orderId, ...row } = event ?? expect.fail("nothing came")
          expect(row).toEqual(entry.rows[0])
          expect(orderId).toBe(entry.recorded.checkout.context.order.orderId)
          expect(position).toBeGreaterThan(0)
        }),
      )

      it.effect("goes on after every place that it gave out", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          yield* log.append(opening())
          const all = yield* readAll(1_000)
          for (const [index, event] of all.entries()) {
            const place = readFeedCursor(feedCursorOf(event))
            expect(yield* readAll(1_000, place)).toEqual(all.slice(index + 1))
          }
        }),
      )

      it.effect("the moves about some states are those of its events, page by page", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const opened = Array.from({ length: 6 }, opening)
          yield* Effect.forEach([...opened, ...opened.slice(2).map(minting)], log.append)
          const all = yield* readAll(1_000)
          const about: ReadonlyArray<ReadonlyArray<StatePath>> = [
            ["minted.requesting"],
            ["minted.ready", "failed.closed"],
            ["settled.paid"],
          ]
          for (const states of about) {
            for (const size of [1, 4, all.length, 1_000]) {
              for (let start = 0; start <= all.length; start += size) {
                const page = all.slice(start, start + size)
                const isAbout = (state: StatePath | null) => state !== null && states.includes(state)
                const { moves, reach, isFull } = yield* log.movesAbout(states, all[start - 1] ?? null, size)
                expect(moves.map(nameOf)).toEqual(
                  page.filter(({ from, to }) => isAbout(from) || isAbout(to)).map(nameOf),
                )
                for (const move of moves)
                  expect(page.find((event) => nameOf(event) === nameOf(move))).toMatchObject(move)
                expect(reach === null ? null : feedCursorOf(reach)).toBe(
                  page.length === 0 ? null : feedCursorOf(page.at(-1) ?? expect.fail("nothing came")),
                )
                expect(isFull).toBe(page.length === size)
              }
            }
          }
        }),
      )

      it.effect("who follows it hears what is appended meanwhile, and nothing twice", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const start = (yield* readAll(1_000)).at(-1) ?? null
          const first = Array.from({ length: 5 }, opening)
          const second = first.map(minting)
          const [heard] = yield* Effect.all(
            [
              followFeed(start, 5, 3).pipe(Stream.take(10), Stream.runCollect),
              Effect.andThen(Effect.forEach(first, log.append), Effect.forEach(second, log.append)),
            ],
            { concurrency: "unbounded" },
          )
          expectOrdered(heard)
          expect(heard.map(nameOf).sort()).toEqual(
            [...first, ...second].flatMap(({ rows }) => rows.map(nameOf)).sort(),
          )
        }),
      )

      it.effect(
        "many who follow it are each told all that they lack, and what comes is read once for all",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            yield* Effect.forEach(Array.from({ length: 20 }, opening), log.append)
            const before = yield* readAll(1_000)
            const read: Array<string> = []
            const watched = EventLog.of({
              ...log,
              feed: (...page) =>
                Effect.tap(log.feed(...page), ({ events }) =>
                  Effect.sync(() => read.push(...events.map(nameOf))),
                ),
            })
            yield* Effect.gen(function* () {
              const { follow } = yield* LiveFeed
              const followers = yield* Effect.forEach(before, (_, index) =>
                Effect.gen(function* () {
                  const heard: Array<FeedEvent> = []
                  const isUpToDate = yield* Latch.make()
                  const hear = (event: FeedEvent) =>
                    heard.push(event) === before.length - index ? isUpToDate.open : Effect.void
                  const all = follow(before[index - 1] ?? null).pipe(
                    Stream.flatMap(Stream.fromIterable),
                    Stream.take(before.length - index + 20),
                    Stream.runForEach(hear),
                  )
                  const fiber = yield* Effect.forkChild(all)
                  yield* isUpToDate.await
                  return { heard, ended: Fiber.join(fiber) }
                }),
              )
              read.length = 0
              yield* Effect.forEach(Array.from({ length: 20 }, opening), log.append)
              yield* Effect.forEach(followers, ({ ended }) => ended)
              const all = yield* readAll(1_000)
              for (const [index, { heard }] of followers.entries())
                expect(heard.map(nameOf)).toEqual(all.slice(index).map(nameOf))
              expect(read).toEqual(all.slice(before.length).map(nameOf))
            }).pipe(Effect.provide(Layer.provide(LiveFeed.layer, Layer.succeed(EventLog, watched))))
          }),
      )
    })
  })
