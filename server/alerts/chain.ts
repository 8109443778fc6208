/** A history that is not what was written, as an alert. One for all that is found: whoever rewrites history rewrites many rows. */

import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { type Finding, placeOf } from "../integrity/finding.ts"
import { notice } from "./notice.ts"

/** What a verification of the log came to, as far as it matters here. */
export interface Verdict {
  readonly ok: boolean
  /** `null`: everything was read. */
  readonly since: object | null
  /** How many events were left to a newer release to judge. */
  readonly unjudged: number
  readonly findingCount: number
  readonly findings: ReadonlyArray<Finding>
}

/** Raises the alert for what was found. Only a look at everything that finds nothing, and judges everything, ends it. */
export const noticeVerified = ({ ok, since, unjudged, findingCount, findings: [first] }: Verdict) =>
  ok
    ? since === null && unjudged === 0
      ? notice("chain-broken", [])
      : Effect.void
    : noticeBroken(
        `${findingCount} found, the first: ${first === undefined ? "" : `${first.kind} (${placeOf(first)}), ${first.words}`}`,
      )

/**
 * Raises it for this, in words that name the row, the checkout or the checkpoint. While it is open nothing more is raised; what
 * is found after its end is another occurrence, and may be in the same words.
 */
export const noticeBroken = (detail: string) =>
  Effect.suspend(() =>
    notice("chain-broken", [{ occurrence: randomUUID(), subject: "checkout_event", detail }]),
  )
