/** The first row of one checkout that is not as it was written, by the same judgement as a verification of the whole log. */

import { Effect } from "effect"
import { readLegalMoves } from "../database/legalMoves.ts"
import { Database, query } from "../database/postgres.ts"
import { makeFindings } from "./finding.ts"
import { visitHistory } from "./histories.ts"
import { judgeHistory } from "./history.ts"

/** `null` if every row up to this version is. Not held against the checkpoints, which is a matter of the whole log. */
export const firstWrong = Effect.fn("firstWrong")(function* (checkoutId: string, upTo: number) {
  const sql = yield* Database
  const findings = makeFindings()
  const legalMoves = readLegalMoves()
  yield* query(() =>
    visitHistory(sql, checkoutId, (id, derived) => judgeHistory(id, derived, legalMoves, findings)),
  )
  const [first] = findings.kept
    .flatMap(({ version, words: why }) => (version === null || version > upTo ? [] : [{ version, why }]))
    .sort((one, other) => one.version - other.version)
  return first ?? null
})
