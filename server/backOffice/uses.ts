/** The record of the back office: who did what, to which order, and when. Append only; the database itself refuses more. */

import { Context, Effect, Layer } from "effect"
import { Database, promptQuery, query } from "../database/postgres.ts"
import type { Unavailable } from "../errors.ts"
import { nameOf, type Operator, type Role } from "./operators.ts"

export interface Use {
  readonly shown: "token" | "session"
  readonly operation: string
  readonly orderId: string | null
  /** Whether the role was enough. */
  readonly isAllowed: boolean
}

export interface RecordedUse extends Use {
  readonly usedAt: string
  readonly who: string
  readonly role: Role
}

interface UseFilter {
  readonly who: string | null
  readonly orderId: string | null
}

export class Uses extends Context.Service<
  Uses,
  {
    record(operator: Operator, use: Use): Effect.Effect<void, Unavailable>
  }
>()("tosspay-checkout/backOffice/Uses") {
  static readonly layer = Layer.effect(
    Uses,
    Effect.map(Database, (sql) =>
      Uses.of({
        record: (operator, { shown, operation, orderId, isAllowed }) =>
          Effect.asVoid(
            promptQuery(
              () => sql`
                INSERT INTO admin_use (who, role, shown, operation, order_id, is_allowed)
                VALUES (${nameOf(operator)}, ${operator.role}, ${shown}, ${operation}, ${orderId}, ${isAllowed})`,
            ),
          ),
      }),
    ),
  )
}

/** The latest first. */
export const latestUses = Effect.fn("latestUses")(function* ({ who, orderId }: UseFilter, limit: number) {
  const sql = yield* Database
  return yield* query(
    () => sql<Array<RecordedUse>>`
      SELECT used_at AS "usedAt", who, role, shown, operation, order_id AS "orderId", is_allowed AS "isAllowed"
        FROM admin_use
       WHERE (${who}::text IS NULL OR who = ${who}) AND (${orderId}::text IS NULL OR order_id = ${orderId})
       ORDER BY used_at DESC LIMIT ${limit}`,
  )
})
