/**
 * Recorded checkouts in the Stately inspector: each is an actor of the checkout machine, and each of its rows an event and the
 * snapshot after it. What leaves holds no user key, no payToken and no instrument (machines/secrets.ts).
 */

import { createHash } from "node:crypto"
import { createServer } from "node:net"
import { createWebSocketInspector } from "@statelyai/inspect"
import { createInspectorServer } from "@statelyai/inspect/server"
import { Effect, Latch, Stream } from "effect"
import { checkoutMachine, type StatePath, withoutSecrets } from "../../machines/index.ts"
import { CannotStart } from "../errors.ts"
import { type EventRow, factOf } from "../log/chain.ts"
import { EventLog, fold } from "../log/eventLog.ts"
import type { FeedEvent } from "../log/feed.ts"
import { followFeed } from "../log/follow.ts"

interface Inspecting {
  /** Where a browser finds the inspector. */
  readonly url: string
  /** A checkout that has not been shown yet, as it stands after these rows. */
  readonly begin: (orderId: string, rows: ReadonlyArray<EventRow>) => void
  /** What the last of these rows did. */
  readonly step: (rows: ReadonlyArray<EventRow>) => void
  /** Waits until everything has come to those who look. */
  readonly arrived: Effect.Effect<void>
}

/**
 * Listens until the scope closes: the inspector package's own server, and this process connected to it. Fails if something
 * else listens on the port.
 */
export const openInspector = Effect.fn("openInspector")(function* (port: number) {
  yield* expectFree(port)
  yield* Effect.acquireRelease(
    Effect.sync(() => createInspectorServer({ port, autoOpen: false })),
    (server) => Effect.sync(() => server.stop()),
  )
  const url = `ws://127.0.0.1:${port}`
  const received = yield* countMessages(url)
  const inspector = yield* Effect.acquireRelease(
    Effect.sync(() =>
      createWebSocketInspector({
        url,
        maxDeferredEvents: 10_000,
        sanitizeEvent: withoutSecrets,
        sanitizeContext: withoutSecrets,
      }),
    ),
    (inspector) => Effect.sync(() => inspector.stop()),
  )
  let sent = 0
  return {
    url: `http://localhost:${port}`,
    begin: (orderId, rows) => {
      sent += 1
      inspector.actor(actorOf(rows, orderId), snapshotOf(rows))
    },
    step: (rows) => {
      const last = rows.at(-1)
      if (last === undefined) return
      sent += 2
      const event = factOf(last)
      inspector.event(last.checkoutId, event)
      inspector.snapshot(last.checkoutId, snapshotOf(rows), { event })
    },
    arrived: Effect.suspend(() => received(sent)),
  } satisfies Inspecting
})

/** The package's server would end the process over a port that is taken. */
const expectFree = (port: number) =>
  Effect.callback<void, CannotStart>((resume) => {
    const probe = createServer()
    probe.once("error", () =>
      resume(
        Effect.fail(
          new CannotStart({
            exitCode: 3,
            reason: `--port ${port} cannot be listened on; is something else running there?`,
          }),
        ),
      ),
    )
    probe.listen(port, () => probe.close(() => resume(Effect.void)))
  })

/** Looks on as a browser would. The package does not say when a message has gone out; this does. */
const countMessages = Effect.fnUntraced(function* (url: string) {
  const viewer = yield* Effect.acquireRelease(
    Effect.sync(() => new WebSocket(url)),
    (viewer) => Effect.sync(() => viewer.close()),
  )
  yield* Effect.callback<void>((resume) => {
    viewer.addEventListener("open", () => resume(Effect.void), { once: true })
  })
  let count = 0
  const changed = yield* Latch.make()
  viewer.addEventListener("message", () => {
    count += 1
    changed.openUnsafe()
  })
  return (howMany: number) =>
    Effect.gen(function* () {
      while (count < howMany) {
        yield* changed.close
        if (count < howMany) yield* changed.await
      }
    })
})

/** As much of an actor as the inspector looks at: who it is, and its machine. */
const actorOf = (rows: ReadonlyArray<EventRow>, id: string) =>
  ({
    sessionId: rows[0]?.checkoutId ?? "",
    id,
    logic: { config: { ...checkoutMachine.config, id } },
  }) as never

/** Throws BrokenHistory, a defect, for rows that the machine cannot have written. */
const snapshotOf = (rows: ReadonlyArray<EventRow>) => {
  const { checkout } = fold(rows[0]?.checkoutId ?? "", rows) ?? { checkout: null }
  return checkout === null ? {} : { value: valueAt(checkout.state), context: checkout.context }
}

const valueAt = (path: StatePath) => {
  const [state = "", substate] = path.split(".")
  return { [state]: substate }
}

/** Shows a whole history. `before` is waited for before each row, with the time that went by between the two. */
export const replayHistory = Effect.fn("replayHistory")(function* <E, R>(
  inspecting: Inspecting,
  orderId: string,
  rows: ReadonlyArray<EventRow>,
  before: (row: EventRow, gapMs: number) => Effect.Effect<void, E, R>,
) {
  for (const [index, row] of rows.entries()) {
    const known = rows.slice(0, index + 1)
    const previous = rows[index - 1]
    yield* before(
      row,
      previous === undefined ? 0 : Date.parse(row.recordedAt) - Date.parse(previous.recordedAt),
    )
    if (index === 0) inspecting.begin(orderId, known)
    inspecting.step(known)
  }
})

/** How many checkouts are remembered as shown; the oldest is announced again when it moves. */
const mostKnown = 10_000

const lookEveryMs = 300

/** Shows what happens from now on, of this part of all checkouts: each is followed from its next event on, or not at all. */
export const watchLive = (
  inspecting: Inspecting,
  sample: number,
  heard: (event: FeedEvent) => Effect.Effect<void>,
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const known = new Set<string>()
    const show = Effect.fnUntraced(function* (event: FeedEvent) {
      const history = yield* log.history(event.checkoutId)
      const rows = history.slice(0, event.version)
      if (!known.has(event.checkoutId)) {
        if (known.size >= mostKnown) known.delete(known.values().next().value ?? "")
        known.add(event.checkoutId)
        inspecting.begin(event.orderId, event.version === 1 ? rows : rows.slice(0, -1))
      }
      inspecting.step(rows)
      yield* heard(event)
    })
    yield* followFeed(yield* log.feedEnd, lookEveryMs).pipe(
      Stream.filter(({ checkoutId }) => isSampled(checkoutId, sample)),
      Stream.runForEach(show),
    )
  })

/** By the checkout, so that a history is never shown in pieces. */
export const isSampled = (checkoutId: string, sample: number): boolean =>
  createHash("sha256").update(checkoutId).digest().readUInt32BE() < sample * 2 ** 32
