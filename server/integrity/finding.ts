/** What verification finds wrong, named to the row. */

/** What is wrong, as a stable word. */
export type FindingKind =
  // a row of the log
  | "changed" // the row does not say what its hash was made of
  | "unchained" // its prev_hash is not the hash of the row before it
  | "removed" // the row is not there
  | "inserted" // nothing sealed it, and it stands among what was sealed, or where nothing can stand
  | "rewritten" // the row is whole in itself, and another one was sealed in its place
  | "reordered" // the row stands elsewhere in the feed than it was sealed
  | "illegal" // the machine does not allow it
  // the tables derived from the log
  | "rowDiffers" // the row in `checkout` is not the fold of its history, or is not found by its payToken
  | "nameDiffers" // a payToken leads to the checkout that is not its own
  | "rowRemoved" // the history has no row in `checkout`
  // the checkpoints
  | "checkpointRemoved"
  | "checkpointChanged"
  | "checkpointForged" // signed by nobody whose key is known
  | "checkpointUnlinked" // it does not follow the one before it
  | "checkpointReplaced" // genuine, and not the one that was exported

export interface Finding {
  readonly kind: FindingKind
  /** Where: a row of the log, a checkout, or a checkpoint. */
  readonly checkoutId: string | null
  readonly version: number | null
  readonly checkpoint: number | null
  /** What was found, for a person. */
  readonly words: string
}

/** Where it was found, for a person. */
export const placeOf = ({ checkoutId, version, checkpoint }: Finding): string =>
  checkoutId === null
    ? `checkpoint ${checkpoint}`
    : version === null
      ? `checkout ${checkoutId}`
      : `checkout ${checkoutId} version ${version}`

export const rowFinding = (
  kind: FindingKind,
  checkoutId: string,
  version: number | null,
  words: string,
): Finding => ({ kind, checkoutId, version, checkpoint: null, words })

export const checkpointFinding = (kind: FindingKind, checkpoint: number, words: string): Finding => ({
  kind,
  checkoutId: null,
  version: null,
  checkpoint,
  words,
})

/** Findings as they come in: they are counted, and no more of them are kept than a person can use. */
export interface Findings {
  add(finding: Finding): void
  /** Counts a row that a newer release wrote, whose move this one cannot judge. */
  addUnjudged(): void
  readonly count: number
  readonly unjudged: number
  readonly kept: ReadonlyArray<Finding>
}

export const mostKept = 1_000

/** The numbers between two, and no more of them than are kept. */
export function* missingBetween(before: number, next: number): Generator<number> {
  const end = Math.min(next, before + 1 + mostKept)
  for (let missing = before + 1; missing < end; missing += 1) yield missing
}

export const makeFindings = (): Findings => {
  const kept: Array<Finding> = []
  let count = 0
  let unjudged = 0
  return {
    add: (finding) => {
      count += 1
      if (kept.length < mostKept) kept.push(finding)
    },
    addUnjudged: () => {
      unjudged += 1
    },
    get count() {
      return count
    },
    get unjudged() {
      return unjudged
    },
    kept,
  }
}
