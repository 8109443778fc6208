/**
 * Sealing: what is new in the log since the last checkpoint becomes the next one. It reads what appends have left
 * behind and nothing of it is on their way. Of several servers that do it at once, one has its checkpoint stored.
 */

import { Data, Effect, Layer } from "effect"
import type postgres from "postgres"
import { noticeBroken } from "../alerts/chain.ts"
import { CurrentSettings } from "../config.ts"
import { Database, query } from "../database/postgres.ts"
import type { FeedPlace } from "../log/feed.ts"
import { pause } from "../pause.ts"
import {
  type Checkpoint,
  type Entry,
  entrySql,
  follows,
  forgeryOf,
  isTreeGenuine,
  type Kept,
  rowOfEntry,
  sign,
  treeOf,
} from "./checkpoint.ts"
import { checkpointAt, lastCheckpoint, storeCheckpoint } from "./checkpointStore.ts"
import { CheckpointKeys, type Signer } from "./keys.ts"
import { emptyTree, grow, leafHash, rootOf } from "./merkle.ts"
import { highestVerified } from "./verifiedUpTo.ts"

/** A checkpoint seals at most this many events, so that whoever looks into one holds no more than 3.4 MB of it. */
const mostEvents = 65_536

/** How many events are hashed at a time before requests get their turn, and two milliseconds of it. */
const sliceSize = 500

/** The last checkpoint is not one that a server wrote: nothing is sealed on top of it. */
export class CheckpointsTampered extends Data.TaggedError("CheckpointsTampered")<{ readonly why: string }> {}

/**
 * Seals everything that is new and returns the new checkpoints, none if nothing is new, another server was faster, or
 * the last checkpoint is younger than `intervalMs`.
 */
export const makeSealer = Effect.gen(function* () {
  const sql = yield* Database
  const keys = yield* CheckpointKeys
  // Remembered outside the database: checkpoints that were cut off, or replaced, are missed here.
  let seen: Checkpoint | null = null

  const sealNext = async (signer: Signer, intervalMs: number) => {
    // The database's, as a server's own clock may be wrong.
    const [{ at }] = await sql<[{ at: string }]>`SELECT clock_timestamp() AS at`
    // In this order, because other servers seal and verify meanwhile.
    const verified = await highestVerified(sql)
    const last = await lastCheckpoint(sql)
    if (seen !== null) expectHash(await checkpointAt(sql, seen.number), seen)
    if (verified > (last?.number ?? 0)) {
      throw new CheckpointsTampered({ why: `checkpoint ${verified}, which was verified once, is gone` })
    }
    await expectGenuine(sql, last, keys)
    seen = last
    const agoMs = last === null ? Number.POSITIVE_INFINITY : Date.parse(at) - Date.parse(last.sealedAt)
    // One that lies ahead is of a clock that was wrong, and says nothing of when it was.
    if (agoMs >= 0 && agoMs < intervalMs) return null
    const next = await nextOf(sql, last, signer, at)
    if (next === null || !(await storeCheckpoint(sql, next.checkpoint, next.tree, next.entries))) return null
    seen = next.checkpoint
    return next
  }

  return Effect.fn("seal")(function* (intervalMs: number) {
    const { signer } = keys
    const made: Array<Checkpoint> = []
    if (signer === null) return made
    while (true) {
      const next = yield* query(() => sealNext(signer, made.length === 0 ? intervalMs : 0)).pipe(
        Effect.catchDefect((defect) =>
          defect instanceof CheckpointsTampered ? Effect.fail(defect) : Effect.die(defect),
        ),
      )
      if (next === null) return made
      made.push(next.checkpoint)
      if (next.entries.length < mostEvents) return made
    }
  })
})

/** What is new after the last checkpoint, sealed; `null` if nothing is. */
const nextOf = async (sql: postgres.Sql, last: Kept | null, signer: Signer, at: string) => {
  let tree = last === null ? emptyTree : treeOf(last)
  let place = last?.place ?? null
  const entries: Array<Entry> = []
  while (entries.length < mostEvents) {
    const slice = await freshAfter(sql, place, Math.min(sliceSize, mostEvents - entries.length))
    const newest = slice.at(-1)
    if (newest === undefined) break
    entries.push(...slice.map(({ entry }) => entry))
    tree = grow(tree, entries.slice(-slice.length).map(leafHash))
    place = { position: Number(newest.feed_position), ...rowOfEntry(newest.entry) }
  }
  if (entries.length === 0 || place === null) return null
  const checkpoint = sign(
    {
      number: (last?.number ?? 0) + 1,
      count: tree.size,
      place,
      root: rootOf(tree),
      sealedAt: last !== null && at < last.sealedAt ? last.sealedAt : at,
      prevHash: last?.hash ?? null,
      keyId: signer.keyId,
    },
    signer,
  )
  return { checkpoint, tree, entries }
}

/**
 * The next of what nothing comes in before any more: every transaction below the xmin of the snapshot that a statement
 * reads by has ended.
 */
const freshAfter = (sql: postgres.Sql, after: FeedPlace | null, limit: number) => sql<
  Array<{ entry: Entry; feed_position: string }>
>`
  SELECT ${sql.unsafe(entrySql)} AS entry, feed_position
    FROM checkout_event
   WHERE feed_position < feed_position(pg_snapshot_xmin(pg_current_snapshot()))
     ${
       after === null
         ? sql``
         : sql`AND feed_position >= ${after.position}
               AND (feed_position, checkout_id, version) > (${after.position}, ${after.checkoutId}, ${after.version})`
     }
   ORDER BY feed_position, checkout_id, version
   LIMIT ${limit}`

const expectHash = (found: Checkpoint | null, seen: Checkpoint) => {
  if (found?.hash === seen.hash) return
  throw new CheckpointsTampered({
    why: `checkpoint ${seen.number}, which this server knows, is gone or is another`,
  })
}

/** Nothing is built on a checkpoint that is not ours, or whose peaks are not what was signed. */
const expectGenuine = async (sql: postgres.Sql, last: Kept | null, keys: CheckpointKeys["Service"]) => {
  if (last === null) return
  const forgery = forgeryOf(last, keys)
  if (forgery !== null) throw new CheckpointsTampered({ why: `checkpoint ${last.number} is ${forgery}` })
  if (!follows(last, last.number === 1 ? null : await checkpointAt(sql, last.number - 1))) {
    throw new CheckpointsTampered({ why: `checkpoint ${last.number} does not follow the one before it` })
  }
  if (!isTreeGenuine(last)) {
    throw new CheckpointsTampered({ why: `checkpoint ${last.number}: its peaks are not those of its root` })
  }
}

/** The worker: seals every `checkpointIntervalMs`, and once more when the server stops. */
export const sealingWorker = Layer.effectDiscard(
  Effect.gen(function* () {
    const { checkpointIntervalMs } = yield* CurrentSettings
    const seal = yield* makeSealer
    const sealAll = (intervalMs: number) =>
      seal(intervalMs).pipe(
        Effect.flatMap(Effect.forEach(logSealed, { discard: true })),
        Effect.catchTag("CheckpointsTampered", ({ why }) =>
          Effect.andThen(
            Effect.logError(`the log is not sealed any more: ${why}; run \`audit verify\``),
            noticeBroken(why),
          ),
        ),
        Effect.catchCause((cause) => Effect.logWarning("the log could not be sealed", cause)),
      )
    yield* Effect.addFinalizer(() => sealAll(0))
    // A little early, so that what another server sealed just before does not make it wait for two intervals.
    yield* sealAll(checkpointIntervalMs * 0.9).pipe(
      Effect.andThen(pause(checkpointIntervalMs, 0.05)),
      Effect.forever,
      Effect.forkScoped,
    )
  }),
)

/** The log of the server is outside the database: what it names cannot be cut off unseen. */
const logSealed = ({ number, count, hash }: Checkpoint) =>
  Effect.logInfo(`sealed checkpoint ${number}: ${count} events, hash ${hash}`)
