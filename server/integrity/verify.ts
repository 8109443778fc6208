/** Verification: the whole log, or what is new since it was last found in order, held against everything that it must be. */

import { Clock, DateTime, Effect } from "effect"
import type postgres from "postgres"
import { readLegalMoves } from "../database/legalMoves.ts"
import { Database, longQuery, query } from "../database/postgres.ts"
import { CannotStart } from "../errors.ts"
import type { Kept } from "./checkpoint.ts"
import { lastCheckpoint } from "./checkpointStore.ts"
import { compareWithCheckpoints } from "./compareSeals.ts"
import type { ExportedCheckpoint } from "./exported.ts"
import { type Finding, makeFindings } from "./finding.ts"
import { visitHistories } from "./histories.ts"
import { judgeHistory } from "./history.ts"
import { CheckpointKeys } from "./keys.ts"
import { lookForMisplaced } from "./misplaced.ts"
import { lookForStrayNames } from "./names.ts"
import { lastVerified, recordVerified, type Verified } from "./verifiedUpTo.ts"

export interface VerifyOptions {
  /** Reads everything, whatever was verified before. */
  readonly fromStart: boolean
  /** Checkpoints that were kept outside the database; with any, everything sealed is read. */
  readonly exported: ReadonlyMap<number, ExportedCheckpoint>
  /** Up to this many events, everything is read whatever was verified before: it takes seconds. */
  readonly rereadUpTo: number
}

export const ordinarily: VerifyOptions = { fromStart: false, exported: new Map(), rereadUpTo: 500_000 }

export interface VerifyReport {
  /** Nothing was found. */
  readonly ok: boolean
  /** Since when; `null`: everything was read. What lies before was in order then, and was not read again. */
  readonly since: Verified | null
  /** When the whole log was last read and found in order, which may be now; `null`: that is not on record. ISO 8601. */
  readonly wholeAt: string | null
  /** How many events were read with their histories. */
  readonly events: number
  /** The last genuine checkpoint; `null` if the log is not sealed yet. */
  readonly checkpoint: {
    readonly number: number
    readonly count: number
    readonly root: string
    readonly hash: string
    readonly sealedAt: string
  } | null
  /** How many events are newer than that. Only their own chains vouch for them yet. */
  readonly unsealed: number
  /** How many of the events read a newer release wrote: they are whole, and what they say only that release can judge. */
  readonly unjudged: number
  /** ISO 8601, when it began. */
  readonly verifiedAt: string
  readonly durationMs: number
  /** All of them, or the first thousand. */
  readonly findings: ReadonlyArray<Finding>
  readonly findingCount: number
}

/** `progress` hears how much of the work is done, in events. */
export const verify = Effect.fn("verify")(function* (
  options: VerifyOptions,
  progress: (done: number, total: number) => void,
) {
  const sql = yield* Database
  const keys = yield* CheckpointKeys
  if (keys.isEmpty && (yield* query(() => lastCheckpoint(sql))) !== null) return yield* noKeyFile
  const startedMs = yield* Clock.currentTimeMillis
  const findings = makeFindings()

  const since =
    options.fromStart || options.exported.size > 0 ? null : yield* query(() => lastVerified(sql, keys))
  const after = since === null || since.checkpoint.count <= options.rereadUpTo ? null : since
  const size = yield* query(() => sizeOf(sql))
  const known = after?.checkpoint.count ?? 0
  const total = size.sealed - known + (size.all - known)

  const checkpoint = yield* longQuery(() =>
    compareWithCheckpoints(sql, keys, after?.checkpoint ?? null, options.exported, findings, (count) =>
      progress(count - known, total),
    ),
  )
  const legalMoves = readLegalMoves()
  const events = yield* longQuery(() =>
    visitHistories(
      sql,
      after?.checkpoint.place ?? null,
      (checkoutId, derived) => judgeHistory(checkoutId, derived, legalMoves, findings),
      (read) => progress(size.sealed - known + read, total),
    ),
  )
  yield* query(() => lookForMisplaced(sql, checkpoint, findings))
  if (after === null) yield* query(() => lookForStrayNames(sql, findings))
  const ok = findings.count === 0
  const verifiedAt = DateTime.formatIso(DateTime.makeUnsafe(startedMs))
  // What was not judged is not in order yet: the newer release is to read it.
  const isVouchedFor = ok && findings.unjudged === 0
  if (isVouchedFor && checkpoint !== null)
    yield* recordVerified(sql, keys, checkpoint, verifiedAt, after === null)
  const whole =
    isVouchedFor && after === null ? { verifiedAt } : yield* query(() => lastVerified(sql, keys, true))
  return {
    ok,
    since: after === null ? null : { checkpoint: after.checkpoint.number, verifiedAt: after.verifiedAt },
    wholeAt: whole?.verifiedAt ?? null,
    events,
    checkpoint: checkpoint === null ? null : inShort(checkpoint),
    unsealed: Math.max(0, size.all - (checkpoint?.count ?? 0)),
    unjudged: findings.unjudged,
    verifiedAt,
    durationMs: (yield* Clock.currentTimeMillis) - startedMs,
    findings: findings.kept,
    findingCount: findings.count,
  } satisfies VerifyReport
})

const noKeyFile = new CannotStart({
  exitCode: 2,
  reason:
    "CHECKPOINT_KEY_FILE must be the file with the key of the checkpoints, or with its public half, or they cannot be checked",
})

const inShort = ({ number, count, root, hash, sealedAt }: Kept) => ({ number, count, root, hash, sealedAt })

/** How many events there are, and how many of them are sealed; what is sealed need not be counted. */
const sizeOf = async (sql: postgres.Sql) => {
  const last = await lastCheckpoint(sql)
  const [rest] = await sql<Array<{ count: number }>>`
    SELECT count(*)::integer AS count FROM checkout_event
     WHERE ${
       last === null
         ? sql`true`
         : sql`feed_position >= ${last.place.position}
           AND (feed_position, checkout_id, version) > (${last.place.position}, ${last.place.checkoutId}, ${last.place.version})`
     }`
  const sealed = last?.count ?? 0
  return { sealed, all: sealed + (rest?.count ?? 0) }
}
