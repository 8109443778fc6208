/** PostgreSQL as a scoped service: one pool per process, closed with it. */

import { Context, Effect, Layer, Redacted } from "effect"
import postgres from "postgres"
import type { Unavailable } from "../errors.ts"
import { classify } from "./sqlstate.ts"

export class Database extends Context.Service<Database, postgres.Sql>()("tosspay-checkout/server/Database") {
  /** `connections` bounds the pool. Nothing connects before the first query. */
  static readonly layer = (url: Redacted.Redacted<string>, connections = 12) =>
    Layer.effect(
      Database,
      Effect.acquireRelease(
        Effect.sync(() =>
          postgres(Redacted.value(url), {
            max: connections,
            connect_timeout: 5,
            // A retry waits at most this long, so that a database that comes back is noticed at once.
            backoff: (attempts: number) => Math.min(0.1 * 2 ** attempts, 2),
            connection: { application_name: "tosspay-checkout", statement_timeout: 30_000 },
            fetch_types: false,
            onnotice: () => {},
            types: { timestamp },
          }),
        ),
        (sql) => Effect.promise(() => sql.end({ timeout: 5 })).pipe(Effect.ignore),
      ),
    )
}

/** Timestamps cross the border as ISO text with zone, in and out. */
const timestamp = {
  to: 1184,
  from: [1184],
  serialize: (value: string) => value,
  parse: (text: string) => new Date(text).toISOString(),
}

/** Runs one query; the database being away is an error to handle, anything else a defect of ours. */
export const query = <A>(run: () => PromiseLike<A>): Effect.Effect<A, Unavailable> =>
  Effect.tryPromise({ try: () => Promise.resolve(run()), catch: classify }).pipe(
    Effect.catch((failure) =>
      failure.kind === "away" ? Effect.fail(failure.error) : Effect.die(failure.cause),
    ),
  )
