/** The event log in memory: for tests and simulations, under the same laws as the one in PostgreSQL. */

import { Clock, Effect, Layer } from "effect"
import { ClaimTaken, VersionConflict } from "../errors.ts"
import type { EventRow } from "./chain.ts"
import {
  type Append,
  EventLog,
  foldUnlessNewer,
  type HeldClaim,
  type Lookup,
  type Recorded,
} from "./eventLog.ts"
import { comparePlaces, type FeedEvent, type FeedPlace, isAbout } from "./feed.ts"
import { paceOf, paceOfQuestions, roomFor } from "./pace.ts"

interface Stored {
  recorded: Recorded
  readonly rows: Array<EventRow>
  dueAtMs: number | null
}

const make = Effect.sync(() => {
  const checkouts = new Map<string, Stored>()
  /** Its checkout by any other name it is looked up by. */
  const names = new Map<string, string>()
  const claims = new Map<string, HeldClaim>()
  const feed: Array<FeedEvent> = []
  let freeAtMs = 0
  const claimKey = (payer: string, kind: string, value: string) => JSON.stringify([payer, kind, value])

  const append = Effect.fnUntraced(function* (append: Append) {
    const { checkout } = append.recorded
    const { checkoutId, context } = checkout
    const stored = checkouts.get(checkoutId)
    if ((stored?.recorded.checkout.version ?? 0) !== append.expectedVersion) {
      return yield* new VersionConflict({ checkoutId, expectedVersion: append.expectedVersion })
    }
    const keys = append.claims.map((claim) => claimKey(context.order.payer, claim.kind, claim.value))
    if (keys.some((key) => claims.has(key))) return yield* new ClaimTaken({ checkoutId })
    if (!context.order.orderId.endsWith(checkoutId)) {
      return yield* Effect.die("the order id names another checkout")
    }
    const newName = append.newPayToken === null ? null : nameOf("payToken", append.newPayToken)
    if ((names.get(newName ?? "") ?? checkoutId) !== checkoutId) {
      return yield* Effect.die("another checkout has this payToken")
    }
    append.claims.forEach((claim, index) => {
      claims.set(keys[index] ?? "", { checkoutId, fingerprint: claim.fingerprint })
    })
    const now = yield* Clock.currentTimeMillis
    names.set(nameOf("orderId", context.order.orderId), checkoutId)
    if (newName !== null) names.set(newName, checkoutId)
    checkouts.set(checkoutId, {
      recorded: append.recorded,
      rows: [...(stored?.rows ?? []), ...append.rows],
      dueAtMs: append.dueAfterMs === null ? null : now + append.dueAfterMs,
    })
    const position = feed.length + 1
    feed.push(...append.rows.map((row) => ({ ...row, orderId: context.order.orderId, position })))
  })

  const hold = (stored: Stored, nowMs: number, holdMs: number) => {
    stored.dueAtMs = nowMs + holdMs
    const { checkoutId, version } = stored.recorded.checkout
    return { checkoutId, version }
  }

  const unfinished = () => [...checkouts.values()].filter((stored) => stored.dueAtMs !== null)

  const due = (nowMs: number) => (stored: Stored) => stored.dueAtMs !== null && stored.dueAtMs <= nowMs

  const pageAfter = (after: FeedPlace | null, limit: number) =>
    feed.filter((event) => after === null || comparePlaces(event, after) > 0).slice(0, limit)

  return EventLog.of({
    append,
    find: (lookup) =>
      Effect.sync(() => {
        const { by, value } = lookup
        const checkoutId = by === "checkoutId" ? value : names.get(nameOf(by, value))
        // What was appended is the fold of the rows; a law holds every log to it.
        return checkouts.get(checkoutId ?? "")?.recorded ?? null
      }),
    history: (checkoutId) => Effect.sync(() => checkouts.get(checkoutId)?.rows ?? []),
    feed: (after, limit) => Effect.sync(() => ({ events: pageAfter(after, limit), isHeldBack: false })),
    movesAbout: (states, after, limit) =>
      Effect.suspend(() => {
        const page = pageAfter(after, limit)
        return foldUnlessNewer(page, () => ({
          moves: page.filter(isAbout(states)),
          reach: page.at(-1) ?? null,
          isFull: page.length === limit,
        }))
      }),
    feedEnd: Effect.sync(() => feed.at(-1) ?? null),
    ofPayer: (payer, limit, after) =>
      Effect.sync(() =>
        [...checkouts.values()]
          .map((stored) => stored.recorded)
          .filter(({ checkout }) => checkout.context.order.payer === payer)
          .sort(newestFirst)
          .filter(({ checkout }) => after === null || isAfter(checkout, after))
          .slice(0, limit),
      ),
    claimHolder: (payer, kind, value) => Effect.sync(() => claims.get(claimKey(payer, kind, value)) ?? null),
    addClaim: (payer, { kind, value, fingerprint }, checkoutId) =>
      Effect.sync(() => {
        const key = claimKey(payer, kind, value)
        if (!claims.has(key)) claims.set(key, { checkoutId, fingerprint })
      }),
    releaseClaim: (payer, kind, value, checkoutId) =>
      Effect.sync(() => {
        const key = claimKey(payer, kind, value)
        if (claims.get(key)?.checkoutId === checkoutId) claims.delete(key)
      }),
    takeDue: ({ limit, holdMs, perMinute }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const taken = [...checkouts.values()]
          .filter(due(now))
          .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))
          .slice(0, Math.min(limit, roomFor(paceOf(perMinute), freeAtMs, now)))
          .map((stored) => hold(stored, now, holdMs))
        freeAtMs = Math.max(freeAtMs, now) + taken.length * paceOf(perMinute).spacingMs
        return taken
      }),
    takeIfDue: (checkoutId, { holdMs, perMinute }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const stored = checkouts.get(checkoutId)
        if (stored === undefined || !due(now)(stored) || roomFor(paceOf(perMinute), freeAtMs, now) === 0)
          return null
        freeAtMs = Math.max(freeAtMs, now) + paceOf(perMinute).spacingMs
        return hold(stored, now, holdMs)
      }),
    takeTurns: (most, perMinute) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const pace = paceOfQuestions(perMinute)
        const taken = Math.min(most, roomFor(pace, freeAtMs, now))
        freeAtMs = Math.max(freeAtMs, now) + taken * pace.spacingMs
        return taken
      }),
    now: Clock.currentTimeMillis,
    unfinishedIn: (paths, limit) =>
      Effect.sync(() =>
        unfinished()
          .map((stored) => stored.recorded)
          .filter(({ checkout }) => paths.includes(checkout.state))
          .sort(longestThereFirst)
          .slice(0, limit),
      ),
    heldUp: (paths, forMs) =>
      Effect.map(Clock.currentTimeMillis, (now) =>
        unfinished()
          .flatMap(({ recorded: { checkout }, rows }) => {
            const row = rows.findLast(({ from, to }) => paths.includes(to) && !(from && paths.includes(from)))
            const isLate = row !== undefined && Date.parse(row.recordedAt) <= now - forMs
            const { checkoutId, state, context } = checkout
            const { orderId, amount } = context.order
            return isLate && paths.includes(state)
              ? [{ checkoutId, orderId, amount, state, version: row.version, since: row.recordedAt }]
              : []
          })
          .sort((a, b) => Date.parse(a.since) - Date.parse(b.since)),
      ),
    backlog: Effect.map(Clock.currentTimeMillis, (now) => ({
      unfinished: unfinished().length,
      due: unfinished().filter(due(now)).length,
      oldestSince: unfinished().map(openedAt).sort()[0] ?? null,
    })),
    heldBackSince: Effect.succeed(null),
  })
})

export const memoryEventLog = Layer.effect(EventLog, make)

const nameOf = (by: Lookup["by"], value: string) => `${by} ${value}`

const openedAt = ({ recorded }: { readonly recorded: Recorded }) => recorded.checkout.context.openedAt

const orderKey = ({ checkoutId, context }: Recorded["checkout"]) => `${context.openedAt} ${checkoutId}`

const newestFirst = (a: Recorded, b: Recorded) => (orderKey(a.checkout) < orderKey(b.checkout) ? 1 : -1)

const longestThereFirst = (a: Recorded, b: Recorded) =>
  a.checkout.context.updatedAt < b.checkout.context.updatedAt ? -1 : 1

const isAfter = (checkout: Recorded["checkout"], cursor: { createdAt: string; checkoutId: string }) =>
  orderKey(checkout) < `${cursor.createdAt} ${cursor.checkoutId}`
