/** Whether anything leads to a checkout that is no name of its own. That its own name does is looked at with its history. */

import type postgres from "postgres"
import { type Findings, rowFinding } from "./finding.ts"

const rowsAtOnce = 1_000

/** One statement, so that a payToken and the checkout that has it belong together. */
export const lookForStrayNames = async (sql: postgres.Sql, findings: Findings): Promise<void> => {
  const stray = sql<Array<{ id: string }>>`
    SELECT t.checkout_id AS id FROM checkout_pay_token t LEFT JOIN checkout c USING (checkout_id)
     WHERE c.pay_token IS DISTINCT FROM t.pay_token ORDER BY 1`
  for await (const rows of stray.cursor(rowsAtOnce)) {
    for (const { id } of rows) {
      findings.add(rowFinding("nameDiffers", id, null, "a payToken leads to it that is not its own"))
    }
  }
}
