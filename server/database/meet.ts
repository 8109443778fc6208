/**
 * The first look at the database, before anything is asked of it: it may not be there yet, and a pooler may stand in front
 * of it (PgBouncer), which keeps no prepared statement for us and lets no setting through.
 */

import { Clock, Effect, Redacted } from "effect"
import postgres from "postgres"
import { CannotStart } from "../errors.ts"
import { wayTo } from "./hosts.ts"
import { answeredInTime, type Met } from "./postgres.ts"
import { classify } from "./sqlstate.ts"

/** How long one look takes at most, the connection included. */
const lookMs = 6_000

/** How long between two looks. */
const pauseMs = 500

/** How often somebody who watches is told that we still wait. */
const tellEveryMs = 5_000

/**
 * Waits up to `patienceMs` for a database that is away; one that does not let us in is a wrong setting, and no wait mends
 * it. Fails with exit code 3, and the reason names no password.
 */
export const meetDatabase = Effect.fn("meetDatabase")(function* (
  url: Redacted.Redacted<string>,
  patienceMs: number,
) {
  const startedMs = yield* Clock.currentTimeMillis
  let toldMs = Number.NEGATIVE_INFINITY
  while (true) {
    const seen = yield* Effect.promise(() => look(Redacted.value(url)))
    if (seen._tag === "Met") return yield* fitFor(seen)
    const nowMs = yield* Clock.currentTimeMillis
    const leftMs = startedMs + patienceMs - nowMs
    if (!seen.mayCome || leftMs <= 0) return yield* cannotReachDatabase(seen.why)
    if (nowMs - toldMs >= tellEveryMs) {
      toldMs = nowMs
      const seconds = Math.ceil(leftMs / 1000)
      yield* Effect.logWarning(
        `the database of DATABASE_URL is away (${seen.why}); waiting for it, ${seconds} s at most`,
      )
    }
    yield* Effect.sleep(Math.min(pauseMs, leftMs))
  }
})

/** What a command ends with, and a server that waited long enough. */
export const cannotReachDatabase = (why: string | null = null) =>
  new CannotStart({
    exitCode: 3,
    reason: `the database of DATABASE_URL cannot be reached${why === null ? "" : `: ${why}`}`,
  })

type Seen =
  | { readonly _tag: "Met"; readonly isPooled: boolean; readonly isSynchronous: boolean }
  | { readonly _tag: "NotMet"; readonly why: string; readonly mayCome: boolean }

/** A pooler tells its clients of a process that is not the one they talk to. */
const look = async (url: string): Promise<Seen> => {
  const [reached, address] = wayTo(url)
  const sql = postgres(reached, {
    ...address,
    max: 1,
    connect_timeout: 5,
    prepare: false,
    fetch_types: false,
    onnotice: () => {},
  })
  try {
    const question = sql<[{ pid: number; synchronous: string }]>`
      SELECT pg_backend_pid() AS pid, current_setting('synchronous_commit') AS synchronous`
    // Somebody who lets in and then hangs up is asked again by the driver, for ever and without a word.
    const [{ pid, synchronous }] = await answeredInTime(question, lookMs)
    const { pid: announced } = (question as unknown as { readonly state: { readonly pid: number } }).state
    return {
      _tag: "Met",
      isPooled: pid !== announced,
      isSynchronous: !["off", "local"].includes(synchronous),
    }
  } catch (cause) {
    const code = String((cause as { readonly code?: unknown }).code ?? "")
    const why = cause instanceof Error && cause.message !== "" ? cause.message : code
    // 28: not let in, 3D: no such database. Both are there, and would say the same tomorrow.
    return { _tag: "NotMet", why, mayCome: classify(cause).kind === "away" && !/^(28|3D)/.test(code) }
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** What was answered has to be on disk. Without a pooler every connection sees to that itself. */
const fitFor = ({
  isPooled,
  isSynchronous,
}: Extract<Seen, { _tag: "Met" }>): Effect.Effect<Met, CannotStart> =>
  isPooled && !isSynchronous
    ? new CannotStart({
        exitCode: 3,
        reason:
          "the role of DATABASE_URL has synchronous_commit off, and the pooler in front of the database does not let us turn it on",
      })
    : Effect.succeed({ isPooled })
