/** Forgetting a person: the toss user key goes, the history of what was paid stays and still verifies. */

import { Effect } from "effect"
import { Database, query } from "../database/postgres.ts"
import { checkoutNamed } from "../log/names.ts"
import { type Forgetting, type Forgotten, Payers } from "../payers/payers.ts"

export interface ForgetResult {
  readonly outcome: Forgotten
  /** The fingerprint under which the log knows the payer. */
  readonly payer: string
  readonly checkouts: number
  /** The orders that are unfinished and have to end first. */
  readonly unfinished: ReadonlyArray<string>
}

/** `name` is a toss user key, a fingerprint, or an order of the person. */
export const forgetPayer = Effect.fn("forgetPayer")(function* (name: string, forgetting: Forgetting) {
  const payers = yield* Payers
  const sql = yield* Database
  const [named] = yield* query(
    () => sql<Array<{ payer: string }>>`
      SELECT payer FROM checkout WHERE checkout_id IN (${checkoutNamed(sql, "orderId", name)})
      UNION ALL SELECT payer FROM payer WHERE payer = ${name} LIMIT 1`,
  )
  const payer = named?.payer ?? payers.fingerprint(name)
  const outcome = yield* payers.forget(payer, forgetting)
  const checkouts = yield* query(
    () => sql<Array<{ orderId: string; isUnfinished: boolean }>>`
      SELECT order_id AS "orderId", due_at IS NOT NULL AS "isUnfinished" FROM checkout WHERE payer = ${payer}`,
  )
  return {
    outcome,
    payer,
    checkouts: checkouts.length,
    unfinished: checkouts.filter(({ isUnfinished }) => isUnfinished).map(({ orderId }) => orderId),
  } satisfies ForgetResult
})
