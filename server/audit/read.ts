/** One checkout whole: how it stands, what happened to it, and what its timer waits for. */

import { Effect } from "effect"
import { type FactType, machineVersion, timerOf } from "../../machines/index.ts"
import { isUuid } from "../cursor.ts"
import { Database } from "../database/postgres.ts"
import { Refusal } from "../errors.ts"
import { firstWrong } from "../integrity/firstWrong.ts"
import type { EventRow } from "../log/chain.ts"
import { EventLog, fold } from "../log/eventLog.ts"
import { dataFault } from "../log/factSchema.ts"
import { checkoutNamed } from "../log/names.ts"
import { type AsOf, rowsAsOf } from "./asOf.ts"
import { viewsOf } from "./search.ts"
import type { AuditView } from "./view.ts"

export interface AuditRecord {
  readonly checkout: AuditView
  /** What the machine does next by itself, and when; `null` at an end. */
  readonly timer: { readonly fact: FactType; readonly dueAt: string | null } | null
  /** Oldest first. */
  readonly events: ReadonlyArray<EventRow>
}

/** By its order id, its payToken or its own id; as it was then. Refused as CHECKOUT_NOT_FOUND. */
export const readCheckout = Effect.fn("readCheckout")(function* (name: string, asOf: AsOf | null = null) {
  const sql = yield* Database
  const named = sql`
    ${checkoutNamed(sql, "orderId", name)} UNION ALL ${checkoutNamed(sql, "payToken", name)}
    ${isUuid(name) ? sql`UNION ALL ${checkoutNamed(sql, "checkoutId", name)}` : sql``}`
  const [checkout] = yield* viewsOf(sql`checkout_id = ANY (ARRAY(${named}))`, 1, asOf)
  if (checkout === undefined) return yield* new Refusal({ reason: "CHECKOUT_NOT_FOUND" })
  const history = yield* (yield* EventLog).history(checkout.checkoutId)
  const events = asOf === null ? history : rowsAsOf(history, asOf)
  const upTo = asOf === null ? Number.POSITIVE_INFINITY : checkout.version
  const wrong = yield* firstWrong(checkout.checkoutId, upTo)
  const broken = earliest(earliest(malformed(events), checkout.broken), wrong)
  const recorded = broken === null && checkout.newer === null ? fold(checkout.checkoutId, events) : null
  const timer = recorded === null ? null : timerOf(recorded.checkout)
  return {
    checkout: { ...checkout, broken },
    timer: timer === null ? null : { fact: timer.fact, dueAt: checkout.dueAt },
    events,
  } satisfies AuditRecord
})

/** A row that holds something else than its fact needs may do no harm until a later one relies on it. */
const earliest = (one: AuditView["broken"], other: AuditView["broken"]): AuditView["broken"] =>
  one === null || (other !== null && other.version < one.version) ? other : one

/** The first row that the machine can read but that does not hold what its fact says, no more and no less. */
const malformed = (events: ReadonlyArray<EventRow>): AuditView["broken"] => {
  for (const { version, type, data, machineVersion: writer } of events) {
    const fault = writer === machineVersion ? dataFault(type, data) : null
    if (fault !== null) return { version, why: fault }
  }
  return null
}
