/**
 * The event log as the server sees it. Two implementations obey the same laws: postgres.ts and memory.ts.
 * The version is the lock: of two writers at one version one wins, the other reads again and decides again.
 */

import { Context, Data, Effect } from "effect"
import type { Plan } from "../../machines/index.ts"
import { type Checkout, isIllegal, machineVersion, replay, type StatePath } from "../../machines/index.ts"
import { type ClaimTaken, Unavailable, type VersionConflict } from "../errors.ts"
import { type EventRow, factOf, rowsOf } from "./chain.ts"
import type { FeedPage, FeedPlace, MovesPage } from "./feed.ts"

/** A checkout as it stands in the log. */
export interface Recorded {
  readonly checkout: Checkout
  /** The hash of its last row; `null` before its first. */
  readonly hash: string | null
}

/** What at most one checkout of a payer may hold at a time. */
export interface Claim {
  readonly kind: "key" | "reference"
  readonly value: string
  /** What the holder was created from, to tell the same request from another one under the same key. */
  readonly fingerprint: string
}

export interface HeldClaim {
  readonly checkoutId: string
  readonly fingerprint: string
}

/** The facts of one plan, to be recorded together or not at all. */
export interface Append {
  readonly recorded: Recorded
  readonly rows: ReadonlyArray<EventRow>
  /** Only with the first rows of a checkout. */
  readonly claims: ReadonlyArray<Claim>
  /** The payToken that these rows give the checkout; `null` if they give it none. No other checkout may ever have it. */
  readonly newPayToken: string | null
  readonly expectedVersion: number
  /** When the next thing is due, from now, by the log's own clock; `null` for never. */
  readonly dueAfterMs: number | null
}

export type Lookup =
  | { readonly by: "checkoutId"; readonly value: string }
  /** An order id ends with the id of its checkout; what does not is nobody's. */
  | { readonly by: "orderId"; readonly value: string }
  | { readonly by: "payToken"; readonly value: string }

/** A place in the list of a payer's orders. */
export interface Cursor {
  readonly createdAt: string
  readonly checkoutId: string
}

/** A checkout whose timer has run out. Taken: nobody else is handed it before `holdMs` are over. */
export interface Due {
  readonly checkoutId: string
  readonly version: number
}

export interface Taking {
  readonly limit: number
  /** How long what is taken stays taken. */
  readonly holdMs: number
  /** How many checkouts may be taken in any minute, by all servers together. */
  readonly perMinute: number
}

/** A checkout that does not get on. */
export interface HeldUp {
  readonly checkoutId: string
  readonly orderId: string
  /** Won. */
  readonly amount: number
  readonly state: StatePath
  /** The move since which it has not; its version, and when it was recorded. */
  readonly version: number
  readonly since: string
}

/** What recovery has before it. */
export interface Backlog {
  readonly unfinished: number
  /** Those whose timer has run out and that nobody has taken. */
  readonly due: number
  /** When the oldest of the unfinished was opened. */
  readonly oldestSince: string | null
}

export class EventLog extends Context.Service<
  EventLog,
  {
    /** On disk when it returns. */
    append(append: Append): Effect.Effect<void, VersionConflict | ClaimTaken | Unavailable>
    find(lookup: Lookup): Effect.Effect<Recorded | null, Unavailable>
    /** The rows of a checkout, oldest first; empty if there is none. */
    history(checkoutId: string): Effect.Effect<ReadonlyArray<EventRow>, Unavailable>
    /** The events after this place (`null`: from the first one on), at most `limit`; in the order of the feed. */
    feed(after: FeedPlace | null, limit: number): Effect.Effect<FeedPage, Unavailable>
    /**
     * Of the same page of the feed, the moves that lead to or from one of these states. `SERVER_OUTDATED` if a newer machine wrote
     * to the page: it may know of states that belong to them.
     */
    movesAbout(
      states: ReadonlyArray<StatePath>,
      after: FeedPlace | null,
      limit: number,
    ): Effect.Effect<MovesPage, Unavailable>
    /** The place after every event that the feed gives out now; `null` while there is none. */
    readonly feedEnd: Effect.Effect<FeedPlace | null, Unavailable>
    /** Newest first. */
    ofPayer(
      payer: string,
      limit: number,
      after: Cursor | null,
    ): Effect.Effect<ReadonlyArray<Recorded>, Unavailable>
    claimHolder(
      payer: string,
      kind: Claim["kind"],
      value: string,
    ): Effect.Effect<HeldClaim | null, Unavailable>
    /** Lets a checkout that exists hold one more claim, unless somebody holds it already. */
    addClaim(payer: string, claim: Claim, checkoutId: string): Effect.Effect<void, Unavailable>
    /** Lets go of a claim, if that checkout still holds it. */
    releaseClaim(
      payer: string,
      kind: Claim["kind"],
      value: string,
      checkoutId: string,
    ): Effect.Effect<void, Unavailable>
    /** Takes what is due, soonest first, for this caller alone, no faster than the pace of all callers together. */
    takeDue(taking: Taking): Effect.Effect<ReadonlyArray<Due>, Unavailable>
    /** Takes this one, if it is due, nobody else has taken it, and the pace has room. */
    takeIfDue(checkoutId: string, taking: Omit<Taking, "limit">): Effect.Effect<Due | null, Unavailable>
    /**
     * Takes turns, at most so many, for questions to TossPay that nobody waits for: how many may be asked now. They go by the
     * pace of recovery, which is `perMinute` checkouts, and stand back behind it.
     */
    takeTurns(most: number, perMinute: number): Effect.Effect<number, Unavailable>
    /** Unfinished checkouts in one of these states, those first that have been there longest. */
    unfinishedIn(
      paths: ReadonlyArray<StatePath>,
      limit: number,
    ): Effect.Effect<ReadonlyArray<Recorded>, Unavailable>
    /** Unfinished checkouts that have been in these states, one or the other, for as long as this, the longest there first. */
    heldUp(paths: ReadonlyArray<StatePath>, forMs: number): Effect.Effect<ReadonlyArray<HeldUp>, Unavailable>
    readonly backlog: Effect.Effect<Backlog, Unavailable>
    /** When the oldest event was recorded that the feed does not give out yet, ISO 8601; `null` if it gives out all. */
    readonly heldBackSince: Effect.Effect<string | null, Unavailable>
    /**
     * The time by the log's own clock, as well as this process knows it, in milliseconds since 1970. Facts are stamped with
     * it, so that what several servers write together does not depend on the clock of any of them.
     */
    readonly now: Effect.Effect<number>
  }
>()("tosspay-checkout/server/EventLog") {}

/** The append that records a plan after what is recorded so far (`null`: nothing yet). */
export const appendOf = (
  before: Recorded | null,
  plan: Plan,
  dueAfterMs: number | null,
  claims: ReadonlyArray<Claim> = [],
): Append => {
  const expectedVersion = before?.checkout.version ?? 0
  const rows = rowsOf(plan.checkout.checkoutId, expectedVersion, before?.hash ?? null, plan.moves)
  const { payToken } = plan.checkout.context
  return {
    recorded: { checkout: plan.checkout, hash: rows.at(-1)?.hash ?? null },
    rows,
    claims,
    newPayToken: payToken === before?.checkout.context.payToken ? null : payToken,
    expectedVersion,
    dueAfterMs,
  }
}

/** The log holds a history that the machine cannot have written: a defect, or somebody touched the database. */
export class BrokenHistory extends Data.TaggedError("BrokenHistory")<{
  readonly checkoutId: string
  readonly version: number
  readonly why: string
}> {}

/**
 * What `read` folds, or `SERVER_OUTDATED`: while servers of two versions run side by side, the older leaves alone what the
 * newer has written to, because it cannot know what that means.
 */
export const foldUnlessNewer = <A>(
  rows: ReadonlyArray<Pick<EventRow, "machineVersion">>,
  read: () => A,
): Effect.Effect<A, Unavailable> =>
  rows.some((row) => row.machineVersion > machineVersion)
    ? Effect.fail(new Unavailable({ what: "SERVER_OUTDATED", retryable: true }))
    : Effect.sync(read)

/** The state of a checkout is the fold of its rows. Throws BrokenHistory, a defect. */
export const fold = (checkoutId: string, rows: ReadonlyArray<EventRow>): Recorded | null => {
  const last = rows.at(-1)
  if (last === undefined) return null
  const broken = (version: number, why: string) => new BrokenHistory({ checkoutId, version, why })
  const newer = rows.find((row) => row.machineVersion > machineVersion)
  if (newer !== undefined) throw broken(newer.version, notKnownHere(newer.machineVersion))
  const checkout =
    replayed(checkoutId, rows) ?? broken(last.version, "a row does not hold what its fact needs")
  if (checkout instanceof BrokenHistory) throw checkout
  if (isIllegal(checkout)) throw broken(checkout.version, checkout.why)
  // No decision: the row has to say what the machine says.
  const { state } = checkout
  if (state !== last.to) throw broken(last.version, `the machine ends in ${state}, the row says ${last.to}`)
  return { checkout, hash: last.hash }
}

/** To whoever reads with an older release what a newer one wrote, or what somebody made up. */
export const notKnownHere = (writer: number): string =>
  `machine version ${writer} is not known here: ask the release that wrote it`

/** `null` if a row is so malformed that the machine cannot even look at it. */
const replayed = (checkoutId: string, rows: ReadonlyArray<EventRow>) => {
  try {
    return replay(checkoutId, rows.map(factOf))
  } catch {
    return null
  }
}
