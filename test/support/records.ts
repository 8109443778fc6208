/** Everything that is kept of a shop: its log, what subscribers are to be told, and its alerts. */

import { Layer } from "effect"
import { memoryAlerts } from "../../server/alerts/memory.ts"
import { postgresAlerts } from "../../server/alerts/postgres.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { memoryDeliveries } from "../../server/subscriptions/memory.ts"
import { postgresDeliveries } from "../../server/subscriptions/postgres.ts"
import { freshDatabase } from "./database.ts"

export const recordsInMemory = Layer.mergeAll(memoryEventLog, memoryDeliveries, memoryAlerts)

/** In a database of its own, which is provided as well. */
export const recordsInPostgres = Layer.mergeAll(postgresEventLog, postgresDeliveries, postgresAlerts).pipe(
  Layer.provideMerge(freshDatabase),
  Layer.orDie,
)
