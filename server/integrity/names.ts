/** Whether anything leads to a checkout that is no name of its own. That its own name does is looked at with its history. */

import type postgres from "postgres"
import { answeredInTime, longestMs } from "../database/postgres.ts"
import { type Findings, rowFinding } from "./finding.ts"

/** How many names one statement looks at: a payToken and the checkout that has it are of one moment, and none is long. */
const namesAtOnce = 10_000

export const lookForStrayNames = async (sql: postgres.Sql, findings: Findings): Promise<void> => {
  let after: string | null = null
  while (true) {
    const [part]: ReadonlyArray<Part> = await answeredInTime(
      sql<Array<Part>>`
        SELECT max(t.pay_token) AS last,
               json_agg(t.checkout_id ORDER BY t.checkout_id) FILTER (WHERE c.pay_token IS DISTINCT FROM t.pay_token) AS stray
          FROM (SELECT * FROM checkout_pay_token WHERE ${after === null ? sql`true` : sql`pay_token > ${after}`}
                 ORDER BY pay_token LIMIT ${namesAtOnce}) t
          LEFT JOIN checkout c USING (checkout_id)`,
      longestMs,
    )
    for (const checkoutId of part?.stray ?? []) {
      findings.add(rowFinding("nameDiffers", checkoutId, null, "a payToken leads to it that is not its own"))
    }
    after = part?.last ?? null
    if (after === null) return
  }
}

interface Part {
  readonly last: string | null
  readonly stray: ReadonlyArray<string> | null
}
