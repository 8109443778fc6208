/** What no checkpoint seals yet. It is some seconds old on a good day; where it gets older, sealing has stopped. */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"

/** When the oldest event was recorded that is not sealed, by the database's clock (ISO 8601); `null` if all are. */
export const unsealedSince = Effect.gen(function* () {
  const sql = yield* Database
  const [oldest] = yield* query(
    () => sql<Array<{ at: string }>>`
      WITH last AS (
        SELECT feed_position, checkout_id, version FROM checkpoint ORDER BY number DESC LIMIT 1
      ), sealed AS (
        SELECT * FROM last
        UNION ALL SELECT 0, '00000000-0000-0000-0000-000000000000'::uuid, 0 WHERE NOT EXISTS (SELECT FROM last)
      )
      SELECT oldest.at FROM sealed s CROSS JOIN LATERAL (
        SELECT recorded_at AS at FROM checkout_event e
         WHERE e.feed_position >= s.feed_position
           AND (e.feed_position, e.checkout_id, e.version) > (s.feed_position, s.checkout_id, s.version)
         ORDER BY e.feed_position, e.checkout_id, e.version LIMIT 1) oldest`,
  )
  return oldest?.at ?? null
})
