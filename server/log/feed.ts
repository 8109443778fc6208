/**
 * The feed: every event of the log once, in an order that all readers share. Nothing is ever put in before something
 * that was already given out, so whoever keeps the place of the last event it has seen never misses one. The events of a
 * checkout come in the order of their versions.
 */

import type { StatePath } from "../../machines/index.ts"
import { Unavailable } from "../errors.ts"
import type { EventRow } from "./chain.ts"

/** A place in the feed: right after the event that has it. Ordered by its three parts, in this order. */
export interface FeedPlace {
  /** The transaction that wrote the event, as a number that only grows. */
  readonly position: number
  readonly checkoutId: string
  readonly version: number
}

/** Where a place stands to another: before it (below 0), after it (above 0), or it is the same. */
export const comparePlaces = (a: FeedPlace, b: FeedPlace): number =>
  a.position - b.position || compareText(a.checkoutId, b.checkoutId) || a.version - b.version

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** An event, with its place. */
export interface FeedEvent extends EventRow, FeedPlace {
  readonly orderId: string
}

export interface FeedPage {
  /** At most as many as were asked for; fewer mean that there are no more for now. */
  readonly events: ReadonlyArray<FeedEvent>
  /**
   * There are events that cannot be given out yet: a transaction that began before them is still open, and what it
   * writes comes first. Any transaction of the database cluster that has written something can be the one.
   */
  readonly isHeldBack: boolean
}

/** A move of a checkout, without what its fact says. */
export interface RecordedMove extends FeedPlace, Pick<FeedEvent, "orderId" | "from" | "to" | "recordedAt"> {}

/** Picks the moves that lead to or from one of these states. */
export const isAbout =
  (states: ReadonlyArray<StatePath>) =>
  ({ from, to }: Pick<RecordedMove, "from" | "to">): boolean =>
    states.includes(to) || (from !== null && states.includes(from))

/** A page of the feed, of which only some moves are given out. */
export interface MovesPage {
  readonly moves: ReadonlyArray<RecordedMove>
  /** Where the page ends; `null` if it is empty. */
  readonly reach: FeedPlace | null
  /** It holds as many events as were asked for: there may be more. */
  readonly isFull: boolean
}

/**
 * Events stand where no transaction of the database cluster has been yet, so what comes next would come before them. Either
 * the log was moved to a cluster that counts its transactions from the beginning, or somebody put a row there.
 */
export const feedIsAhead = (): Unavailable =>
  new Unavailable({ what: "FEED", retryable: true, cause: aheadWords })

export const aheadWords =
  "the feed gives out nothing, as events lie ahead of every transaction of this database cluster: if the log was moved here, run `migrate` before anything is appended; if it was not, somebody put them there, and `audit verify` names them"

/** A place as one word, to be given out and taken back; what it is made of is nobody's business. */
export const feedCursorOf = ({ position, checkoutId, version }: FeedPlace): string =>
  Buffer.from(`${position} ${checkoutId} ${version}`).toString("base64url")

/** An event as the outside sees it: docs/events.md. */
export interface EventJson extends Omit<FeedEvent, "position"> {
  readonly cursor: string
}

export const eventJson = ({ position, orderId, ...row }: FeedEvent): EventJson => ({
  cursor: feedCursorOf({ ...row, position }),
  orderId,
  ...row,
})

/** `null` for a word that was never given out. */
export const readFeedCursor = (cursor: string): FeedPlace | null => {
  const [, position, checkoutId, version] =
    /^(0|[1-9]\d{0,15}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ([1-9]\d{0,9})$/.exec(
      Buffer.from(cursor, "base64url").toString("latin1"),
    ) ?? []
  if (checkoutId === undefined) return null
  const place = { position: Number(position), checkoutId, version: Number(version) }
  const isInRange = Number.isSafeInteger(place.position) && place.version <= largestVersion
  return isInRange && feedCursorOf(place) === cursor ? place : null
}

/** What PostgreSQL's integer holds. */
const largestVersion = 2_147_483_647
