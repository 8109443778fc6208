/**
 * What a comparison leaves open, as an alert that stands until a later comparison finds nothing. A checkout that waits for a
 * person by itself is on that person's list already.
 */

import { Effect } from "effect"
import { stateInfo } from "../../machines/index.ts"
import { type AlertKind, Alerts } from "../alerts/alerts.ts"
import { end, raise } from "../alerts/notice.ts"
import type { Discrepancy, Listed } from "./discrepancy.ts"
import type { Run } from "./runs.ts"

const booksDiffer = "books-differ" satisfies AlertKind

/** `compared`: what the comparison of each of these came to, in the same order. */
export const noticeCompared = Effect.fn("noticeCompared")(function* (
  { run }: Run,
  checkouts: ReadonlyArray<Listed>,
  compared: ReadonlyArray<Discrepancy | null>,
) {
  const open = (yield* (yield* Alerts).open).filter(({ kind }) => kind === booksDiffer)
  for (const [index, { checkoutId, orderId: subject }] of checkouts.entries()) {
    const discrepancy = compared[index] ?? null
    if (discrepancy === null || discrepancy.outcome === "healed") {
      const over = open.find((alert) => alert.subject === subject)
      if (over !== undefined) yield* end(booksDiffer, over.occurrence, subject)
    } else if (isForNobodyElse(discrepancy)) {
      // The same run may come to it twice, if it was killed; another run finds it anew.
      yield* raise({
        kind: booksDiffer,
        occurrence: `${checkoutId} in run ${run}`,
        subject,
        detail: inWords(discrepancy),
      })
    }
  }
})

const isForNobodyElse = ({ outcome, to }: Discrepancy): boolean =>
  outcome === "open" && to !== null && stateInfo(to).owner === "nobody"

const inWords = ({ openedAt, differences }: Discrepancy): string =>
  `opened ${openedAt}; ${differences.map(({ kind, ours, theirs }) => `${kind}: here ${ours}, there ${theirs}`).join("; ")}`
