/** What the log is held against: the checkpoints that are genuine, those that were kept outside the database among them. */

import type postgres from "postgres"
import { type Entry, follows, forgeryOf, isTreeGenuine, type Kept } from "./checkpoint.ts"
import { checkpointsAfter, entriesAt, listHashesAt, numbersBelowOne } from "./checkpointStore.ts"
import type { ExportedCheckpoint } from "./exported.ts"
import { checkpointFinding, type FindingKind, type Findings, missingBetween } from "./finding.ts"
import type { CheckpointKeys } from "./keys.ts"
import { highestVerified } from "./verifiedUpTo.ts"

/** A genuine checkpoint, and what it and the spoiled ones since the last genuine one say that they sealed. */
export interface Anchor {
  readonly checkpoint: Kept
  entries(): Promise<ReadonlyArray<Entry>>
  /** The SHA-256 of `entries`; `null` where they are of more than this checkpoint, or were kept elsewhere. */
  readonly listHash: string | null
}

/** How many checkpoints are read with one statement. */
const checkpointsAtOnce = 500

/** The genuine checkpoints in order, page by page; what is wrong with the others, or between them, is found. */
export async function* anchorsAfter(
  sql: postgres.Sql,
  keys: CheckpointKeys["Service"],
  after: Kept | null,
  exported: ReadonlyMap<number, ExportedCheckpoint>,
  findings: Findings,
): AsyncGenerator<ReadonlyArray<Anchor>> {
  for (const number of await numbersBelowOne(sql)) {
    findings.add(checkpointFinding("checkpointUnlinked", number, "checkpoints are numbered from 1 on"))
  }
  let before: Kept | null = after
  let since = after?.number ?? 0
  while (true) {
    const page = await checkpointsAfter(sql, before?.number ?? 0, checkpointsAtOnce)
    const anchors: Array<Anchor> = []
    const lists = await listHashesAt(sql, page[0]?.number ?? 0, page.at(-1)?.number ?? 0)
    for (const checkpoint of page) {
      const first = since + 1
      const kept = exported.get(checkpoint.number)
      const isReplaced = kept !== undefined && kept.hash !== checkpoint.hash
      if (isReplaced) {
        findings.add(
          checkpointFinding("checkpointReplaced", kept.number, "it is not the one that was exported"),
        )
        anchors.push(anchorOf(kept))
      } else if (judge(checkpoint, before, keys, findings)) {
        anchors.push({
          checkpoint,
          entries: () => entriesAt(sql, first, checkpoint.number),
          listHash: (first === checkpoint.number && lists.get(first)) || null,
        })
      }
      since = anchors.at(-1)?.checkpoint.number ?? since
      before = checkpoint
    }
    if (page.length > 0) yield anchors
    if (page.length < checkpointsAtOnce) break
  }
  const lost = [...exported.values()].filter(({ number }) => number > (before?.number ?? 0))
  for (const { number } of lost) {
    findings.add(checkpointFinding("checkpointRemoved", number, "it was exported, and it is missing"))
  }
  yield lost.sort((a, b) => a.number - b.number).map(anchorOf)
  const verified = await highestVerified(sql)
  if (verified > (before?.number ?? 0) && !exported.has(verified)) {
    findings.add(checkpointFinding("checkpointRemoved", verified, "it was verified once, and it is missing"))
  }
}

/** A checkpoint that was kept elsewhere is held against the log like those in the database. */
const anchorOf = (kept: ExportedCheckpoint): Anchor => ({
  checkpoint: kept,
  entries: async () => kept.entries ?? [],
  listHash: null,
})

const forgeryWords = {
  changed: ["checkpointChanged", "it does not say what its hash was made of"],
  forged: ["checkpointForged", "its signature is not of the key that it names"],
  unknownKey: ["checkpointForged", "it is signed with a key that CHECKPOINT_KEY_FILE does not hold"],
} as const satisfies Record<string, readonly [FindingKind, string]>

/** Whether the checkpoint is genuine. */
const judge = (
  checkpoint: Kept,
  before: Kept | null,
  keys: CheckpointKeys["Service"],
  findings: Findings,
): boolean => {
  const found = (kind: FindingKind, number: number, words: string) =>
    findings.add(checkpointFinding(kind, number, words))
  const { number } = checkpoint
  for (const missing of missingBetween(before?.number ?? 0, number)) {
    found("checkpointRemoved", missing, "the checkpoint is missing")
  }
  const forgery = forgeryOf(checkpoint, keys)
  if (forgery !== null) {
    const [kind, words] = forgeryWords[forgery]
    found(kind, number, words)
    return false
  }
  // Nothing follows from one that is not genuine, and that one is named already.
  const isNext = number === (before?.number ?? 0) + 1
  if (isNext && (before === null || forgeryOf(before, keys) === null) && !follows(checkpoint, before)) {
    found("checkpointUnlinked", number, "it does not follow the checkpoint before it")
  }
  if (!isTreeGenuine(checkpoint)) {
    found("checkpointChanged", number, "the peaks kept with it are not those of its root")
  }
  return true
}
