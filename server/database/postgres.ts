/** PostgreSQL as a scoped service: one pool per process, closed with it. */

import { Context, Effect, Layer, Redacted } from "effect"
import postgres from "postgres"
import type { Unavailable } from "../errors.ts"
import { answered } from "./answered.ts"
import { hostsOf, wayTo } from "./hosts.ts"
import { classify } from "./sqlstate.ts"

/** What is known of a database before anything is asked of it (meet.ts). */
export interface Met {
  /** Each transaction may run on another connection of the pooler's: docs/deployment.md. */
  readonly isPooled: boolean
}

export class Database extends Context.Service<Database, postgres.Sql>()("tosspay-checkout/server/Database") {
  /** At most twelve connections. Nothing connects before the first query. `isPooled`: a pooler gives out its own. */
  static readonly layer = (url: Redacted.Redacted<string>, { isPooled }: Met = { isPooled: false }) =>
    Layer.effect(
      Database,
      Effect.gen(function* () {
        const run = Effect.runForkWith(yield* Effect.context<never>())
        const [reached, address] = wayTo(Redacted.value(url))
        const pool = () =>
          postgres(reached, {
            ...address,
            max: 12,
            connect_timeout: 5,
            // A retry waits at most this long, so that a database that comes back is noticed at once.
            backoff: (attempts: number) => Math.min(0.1 * 2 ** attempts, 2),
            prepare: !isPooled,
            connection: { application_name: "tosspay-checkout", ...(isPooled ? {} : ownSettings) },
            ...onlyThePrimary(Redacted.value(url)),
            fetch_types: false,
            onnotice: () => {},
            types: { timestamp },
          })
        const onSilence = () => void run(Effect.logWarning(silenceWords))
        return yield* Effect.acquireRelease(
          Effect.sync(() => answered(pool, { silentMs, onSilence })),
          (sql) => Effect.ignore(Effect.tryPromise(() => sql.end({ timeout: 1 }))),
        )
      }),
    )
}

const ownSettings = {
  statement_timeout: 30_000,
  // Whatever the role's own setting is: what was answered has to be on disk.
  synchronous_commit: "on",
}

/** So many milliseconds, as an interval. */
export const ms = (sql: postgres.Sql, howMany: number) => sql`${howMany}::float8 * interval '1 millisecond'`

/** By then the database itself would have stopped the statement, and said so. */
const silentMs = ownSettings.statement_timeout + 5_000

const silenceWords = `the database has said nothing on a connection for ${silentMs / 1_000} s; it is asked on new ones`

/** Of several hosts the one that takes writes, whichever it is at the time, unless the URL says otherwise. */
const onlyThePrimary = (url: string) =>
  hostsOf(url).length > 1 && !url.includes("target_session_attrs=")
    ? { target_session_attrs: "primary" as const }
    : {}

/** Timestamps cross the border as ISO text with zone, in and out. */
const timestamp = {
  to: 1184,
  from: [1184],
  serialize: (value: string) => value,
  parse: (text: string) => new Date(text).toISOString(),
}

/** A database that says nothing to a buyer for so long counts as away; what it was asked may still happen. */
const patienceMs = 10_000

/** The same for whoever has time: twice as long as a statement may take. */
export const longestMs = 2 * ownSettings.statement_timeout

/**
 * Fails if there is no answer in time. The connection may be as dead as a cut cable, and nothing would ever say so.
 * By a timer of the process, because a network does not care for the clock of a test.
 */
export const answeredInTime = <A>(answer: PromiseLike<A>, withinMs = patienceMs): Promise<A> => {
  let timer: ReturnType<typeof setTimeout>
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer()), withinMs)
  })
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer))
}

/** Runs what takes as long as it takes, statement by statement; the database being away is an error to handle, anything else a defect of ours. */
export const longQuery = <A>(run: () => PromiseLike<A>): Effect.Effect<A, Unavailable> =>
  Effect.tryPromise({ try: () => Promise.resolve(run()), catch: classify }).pipe(
    Effect.catch((failure) =>
      failure.kind === "away" ? Effect.fail(failure.error) : Effect.die(failure.cause),
    ),
  )

/**
 * Runs what takes a statement or a few, and not for ever: the driver never hears of a statement that it gave to a connection
 * in the moment in which that one ended.
 */
export const query = <A>(run: () => PromiseLike<A>): Effect.Effect<A, Unavailable> =>
  longQuery(() => answeredInTime(run(), longestMs))

/** A query that a buyer waits for: no answer in time counts as the database being away. */
export const promptQuery = <A>(
  run: () => PromiseLike<A>,
  withinMs = patienceMs,
): Effect.Effect<A, Unavailable> => longQuery(() => answeredInTime(run(), withinMs))

/** As the network itself would say it. */
const noAnswer = () => Object.assign(new Error("the database does not answer"), { code: "ETIMEDOUT" })
