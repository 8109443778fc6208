/**
 * Holds the log against its checkpoints: each is genuine and follows the one before, and the Merkle root over the log, in
 * the order of the feed, is the one it sealed. Where it is not, the rows are named.
 */

import type postgres from "postgres"
import type { FeedPlace } from "../log/feed.ts"
import {
  comparePlaces,
  type Entry,
  entrySql,
  follows,
  forgeryOf,
  isTreeGenuine,
  type Kept,
  rowOfEntry,
  treeOf,
} from "./checkpoint.ts"
import { checkpointsAfter, entriesAt } from "./checkpointStore.ts"
import { copyOut, literal } from "./copyOut.ts"
import { nameDifferences } from "./differences.ts"
import type { ExportedCheckpoint } from "./exported.ts"
import { checkpointFinding, type FindingKind, type Findings } from "./finding.ts"
import type { CheckpointKeys } from "./keys.ts"
import { emptyTree, grow, leafHash, rootOf, type Tree } from "./merkle.ts"

/** A place of the feed up to which the log is known to be what was sealed, or was named where it is not. */
interface Sealed {
  readonly place: FeedPlace
  readonly tree: Tree
}

/** A genuine checkpoint, and what it and the spoiled ones since the last genuine one say that they sealed. */
interface Anchor {
  readonly checkpoint: Kept
  entries(): Promise<ReadonlyArray<Entry>>
}

export const beginning: FeedPlace = {
  position: 0,
  checkoutId: "00000000-0000-0000-0000-000000000000",
  version: 0,
}

/** How many checkpoints, and about how many events, are compared with one statement. */
const checkpointsAtOnce = 500
const eventsAtOnce = 131_072

/**
 * Returns the last genuine checkpoint (`after`, if there is none later). `exported` are checkpoints that were kept
 * outside the database.
 */
export const compareWithCheckpoints = async (
  sql: postgres.Sql,
  keys: CheckpointKeys["Service"],
  after: Kept | null,
  exported: ReadonlyMap<number, ExportedCheckpoint>,
  findings: Findings,
  progress: (events: number) => void,
): Promise<Kept | null> => {
  let sealed: Sealed =
    after === null ? { place: beginning, tree: emptyTree } : { place: after.place, tree: treeOf(after) }
  let last: Kept | null = after
  for await (const anchors of anchorsAfter(sql, keys, after, exported, findings)) {
    for (const group of inGroups(anchors, sealed.tree.size)) {
      sealed = await compareGroup(sql, sealed, group, findings, progress)
      last = group.at(-1)?.checkpoint ?? last
    }
  }
  return last
}

/** The genuine checkpoints in order, page by page; what is wrong with the others, or between them, is found. */
async function* anchorsAfter(
  sql: postgres.Sql,
  keys: CheckpointKeys["Service"],
  after: Kept | null,
  exported: ReadonlyMap<number, ExportedCheckpoint>,
  findings: Findings,
): AsyncGenerator<ReadonlyArray<Anchor>> {
  let before: Kept | null = after
  let since = after?.number ?? 0
  while (true) {
    const page = await checkpointsAfter(sql, before?.number ?? 0, checkpointsAtOnce)
    const anchors: Array<Anchor> = []
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
        anchors.push({ checkpoint, entries: () => entriesAt(sql, first, checkpoint.number) })
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
}

/** A checkpoint that was kept elsewhere is held against the log like those in the database. */
const anchorOf = (kept: ExportedCheckpoint): Anchor => ({
  checkpoint: kept,
  entries: async () => kept.entries ?? [],
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
  for (let missing = (before?.number ?? 0) + 1; missing < number; missing += 1) {
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

/** Anchors for one statement each time. */
function* inGroups(anchors: ReadonlyArray<Anchor>, sizeBefore: number): Generator<ReadonlyArray<Anchor>> {
  let group: Array<Anchor> = []
  let from = sizeBefore
  for (const anchor of anchors) {
    group.push(anchor)
    if (anchor.checkpoint.count - from >= eventsAtOnce) {
      yield group
      from = anchor.checkpoint.count
      group = []
    }
  }
  if (group.length > 0) yield group
}

const compareGroup = async (
  sql: postgres.Sql,
  before: Sealed,
  group: ReadonlyArray<Anchor>,
  findings: Findings,
  progress: (events: number) => void,
): Promise<Sealed> => {
  let sealed = before
  let tree = before.tree
  let nth = 0
  /** The rows up to the next anchor are over. */
  const close = async () => {
    const anchor = group[nth] as Anchor
    sealed = await compare(sql, sealed, tree, anchor, findings)
    tree = sealed.tree
    nth += 1
  }
  const end = group.at(-1)?.checkpoint.place ?? before.place
  for await (const rows of copyOut(sql, rowsBetween(before.place, end))) {
    let leaves: Array<string> = []
    for (const [position, entry] of rows as ReadonlyArray<readonly [string, string]>) {
      while (isBeyond(group[nth]?.checkpoint.place ?? end, Number(position), entry)) {
        tree = grow(tree, leaves)
        leaves = []
        await close()
      }
      leaves.push(leafHash(entry))
    }
    tree = grow(tree, leaves)
    progress(tree.size)
  }
  while (nth < group.length) await close()
  return sealed
}

const isBeyond = (place: FeedPlace, position: number, entry: Entry): boolean =>
  position > place.position ||
  (position === place.position && comparePlaces({ position, ...rowOfEntry(entry) }, place) > 0)

/** Compares the tree over the log with the anchor's; where they differ, goes on from what was sealed. */
const compare = async (
  sql: postgres.Sql,
  before: Sealed,
  tree: Tree,
  { checkpoint, entries }: Anchor,
  findings: Findings,
): Promise<Sealed> => {
  if (tree.size === checkpoint.count && rootOf(tree) === checkpoint.root)
    return { place: checkpoint.place, tree }
  const listed = await entries()
  const truth = grow(before.tree, listed.map(leafHash))
  if (truth.size === checkpoint.count && rootOf(truth) === checkpoint.root) {
    const found = await entriesBetween(sql, before.place, checkpoint.place)
    await nameDifferences(sql, checkpoint.number, listed, found, findings)
    return { place: checkpoint.place, tree: truth }
  }
  const words = `it sealed ${checkpoint.count} events, and the log does not have those; which rows differ cannot be told`
  findings.add(checkpointFinding("rewritten", checkpoint.number, words))
  return { place: checkpoint.place, tree: isTreeGenuine(checkpoint) ? treeOf(checkpoint) : tree }
}

const rowsBetween = (after: FeedPlace, upTo: FeedPlace): string => `
  SELECT feed_position, ${entrySql} FROM checkout_event
   WHERE feed_position BETWEEN ${after.position} AND ${upTo.position}
     AND (feed_position, checkout_id, version) > ${triple(after)}
     AND (feed_position, checkout_id, version) <= ${triple(upTo)}
   ORDER BY feed_position, checkout_id, version`

const triple = ({ position, checkoutId, version }: FeedPlace): string =>
  `(${position}, ${literal(checkoutId)}::uuid, ${version})`

const entriesBetween = async (
  sql: postgres.Sql,
  after: FeedPlace,
  upTo: FeedPlace,
): Promise<ReadonlyArray<Entry>> => {
  const found: Array<Entry> = []
  for await (const rows of copyOut(sql, rowsBetween(after, upTo))) {
    for (const [, entry] of rows) found.push(entry ?? "")
  }
  return found
}
