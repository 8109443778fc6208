/**
 * Old facts, read by this version of the machine. A fact stays on record for ever as the version of its time wrote it;
 * where a later version knows more of it, it is told here what the older one would have meant.
 */

import { machineVersion } from "./decide.ts"
import type { Fact } from "./facts.ts"

/** A fact as some version recorded it: its type, its time, and whatever that version kept of it. */
export interface RecordedFact {
  readonly type: string
  readonly at: string
  readonly [field: string]: unknown
}

/** Reads a fact of the version it stands under as the version after that one would have recorded it. */
type Upcaster = (fact: RecordedFact) => RecordedFact

/** By version, only where one version's facts need something before the next can read them. */
type Upcasters = Readonly<Record<number, Upcaster>>

/** What TossPay answered, or did not, of which version 1 made other things. */
const readOtherwise = ["StatusReported", "StatusNotFound", "StatusUnavailable", "OutcomeCorrected"]

const upcasters: Upcasters = {
  1: (fact) => (readOtherwise.includes(fact.type) ? { ...fact, isOfVersion1: true } : fact),
}

/** A fact that this version of the machine recorded, as the current one reads it. */
export const upcast = (fact: RecordedFact, version: number): Fact =>
  readThrough(upcasters, fact, version, machineVersion) as unknown as Fact

/** A fact as version `from` recorded it, as version `to` would have: through each version between them, once. */
export const readThrough = (
  upcasters: Upcasters,
  fact: RecordedFact,
  from: number,
  to: number,
): RecordedFact => {
  let read = fact
  for (let version = from; version < to; version += 1) read = upcasters[version]?.(read) ?? read
  return read
}
