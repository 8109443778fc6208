/**
 * How a change of the schema comes by its locks on tables that are in use. Whoever waits for one has everybody who comes later
 * wait behind it, be the table as free for them as ever: a report of an hour would stop every payment for an hour. So a wait
 * is short, everything is undone, those who queued go first, and it is tried again.
 */

import { Clock, Effect, Ref } from "effect"
import { CannotStart, type Unavailable } from "../errors.ts"
import { pause } from "../pause.ts"
import { Database, query } from "./postgres.ts"
import { isLockedOut } from "./sqlstate.ts"

/** For so long at most somebody who writes waits behind a lock that is waited for. */
export const lockTimeoutMs = 1_000

/** How long others go first: longer than they were kept. */
const lockPauseMs = 2_000

/** How often it is looked who is in the way, while a lock may be waited for. */
const lookEveryMs = lockTimeoutMs / 4

/**
 * Runs the change, which gives up a wait after `lockTimeoutMs` by itself, until it gets what it needs; for up to `patienceMs`,
 * and then fails with exit code 3. `ticket`: the advisory lock by which the one that works is known.
 */
export const whenTablesAreFree = Effect.fnUntraced(function* <A, R>(
  change: Effect.Effect<A, Unavailable, R>,
  { patienceMs, ticket }: { readonly patienceMs: number; readonly ticket: number },
) {
  const startedMs = yield* Clock.currentTimeMillis
  const holder = yield* Ref.make("somebody")
  for (let hasTold = false; ; hasTold = true) {
    const done = yield* Effect.raceFirst(
      change.pipe(
        Effect.asSome,
        Effect.catchIf(isBlocked, () => Effect.succeedNone),
      ),
      watch(ticket, holder),
    )
    if (done._tag === "Some") return done.value
    const waits = `the schema cannot be changed while ${yield* Ref.get(holder)} holds a table`
    const leftMs = startedMs + patienceMs - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) {
      const reason = `${waits}; nothing was changed in ${Math.ceil(patienceMs / 1000)} s of trying, and it can be tried again`
      return yield* new CannotStart({ exitCode: 3, reason })
    }
    if (!hasTold) {
      const seconds = Math.ceil(leftMs / 1000)
      yield* Effect.logWarning(`${waits}; nobody is kept waiting, and it is tried again for ${seconds} s`)
    }
    yield* pause(Math.min(lockPauseMs, leftMs), 0.5)
  }
})

const isBlocked = ({ cause }: Unavailable) => isLockedOut(cause)

/** Who is in the way is known only for as long as they are, so it is looked while the change waits. */
const watch = (ticket: number, holder: Ref.Ref<string>) =>
  Effect.sleep(lookEveryMs).pipe(
    Effect.andThen(whoIsInTheWay(ticket)),
    Effect.flatMap((who) => (who === null ? Effect.void : Ref.set(holder, who))),
    // Knowing it is a comfort only; the change itself says what is wrong with the database.
    Effect.ignore,
    Effect.forever,
  )

interface InTheWay {
  readonly pid: number
  readonly who: string | null
  readonly state: string | null
  readonly command: string | null
  readonly seconds: number | null
}

/** Of a statement its first word alone: the rest may be somebody's data, and is found by the number of the process. */
const whoIsInTheWay = Effect.fnUntraced(function* (ticket: number) {
  const sql = yield* Database
  const [first] = yield* query(
    () => sql<ReadonlyArray<InTheWay>>`
      SELECT b.pid, coalesce(nullif(a.application_name, ''), a.backend_type) AS who, a.state,
             upper(substring(a.query FROM '^\\s*(\\w+)')) AS command,
             floor(extract(epoch FROM clock_timestamp() - a.xact_start))::integer AS seconds
        FROM pg_locks l
        CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS b (pid)
        LEFT JOIN pg_stat_activity a ON a.pid = b.pid
       WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (l.classid::bigint << 32) + l.objid::bigint = ${ticket}::bigint
       ORDER BY a.xact_start NULLS LAST LIMIT 1`,
  )
  return first === undefined ? null : described(first)
})

const described = ({ pid, who, state, command, seconds }: InTheWay): string => {
  const known = [who, command, state, seconds !== null && `for ${seconds} s`].filter(Boolean)
  return `database process ${pid}${known.length === 0 ? "" : ` (${known.join(", ")})`}`
}
