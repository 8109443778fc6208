/** Sessions of the console. They are in the database, so any server knows them, and signing out ends them everywhere. */

import { randomBytes } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { Database, promptQuery } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { hashOf, type Operator, Operators } from "./operators.ts"

/** A working day; whoever still works then signs in again. */
export const sessionHours = 8

export interface Session {
  readonly operator: Operator
  readonly expiresAt: string
}

export class Sessions extends Context.Service<
  Sessions,
  {
    /** The secret is what the browser keeps; it can be read nowhere afterwards. */
    open(operator: Operator): Effect.Effect<Session & { readonly secret: string }, Unavailable>
    /** `null` if it is over, never was, or the token that it was opened with is no longer good. */
    find(secret: string): Effect.Effect<Session | null, Unavailable>
    end(secret: string): Effect.Effect<void, Unavailable>
  }
>()("tosspay-checkout/backOffice/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const sql = yield* Database
      const { find } = yield* Operators
      const hash = (secret: string) => hashOf(Redacted.make(secret))
      return Sessions.of({
        open: Effect.fnUntraced(function* (operator) {
          const secret = randomBytes(32).toString("base64url")
          const [session = { expiresAt: "" }] = yield* promptQuery(
            () => sql<Array<{ expiresAt: string }>>`
              WITH over AS (DELETE FROM admin_session WHERE expires_at <= clock_timestamp())
              INSERT INTO admin_session (session_hash, token_hash, expires_at)
              VALUES (${hash(secret)}, ${operator.tokenHash}, clock_timestamp() + make_interval(hours => ${sessionHours}))
              RETURNING expires_at AS "expiresAt"`,
          )
          return { operator, secret, ...session }
        }),
        find: Effect.fnUntraced(function* (secret) {
          const [session] = yield* promptQuery(
            () => sql<Array<{ tokenHash: Buffer; expiresAt: string }>>`
              SELECT token_hash AS "tokenHash", expires_at AS "expiresAt" FROM admin_session
               WHERE session_hash = ${hash(secret)} AND expires_at > clock_timestamp()`,
          )
          const operator = session === undefined ? null : find(session.tokenHash)
          return session === undefined || operator === null
            ? null
            : { operator, expiresAt: session.expiresAt }
        }),
        end: (secret) =>
          Effect.asVoid(
            promptQuery(() => sql`DELETE FROM admin_session WHERE session_hash = ${hash(secret)}`),
          ),
      })
    }),
  )
}
