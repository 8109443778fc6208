/**
 * Holds the log against its checkpoints: each is genuine and follows the one before, and the Merkle root over the log, in
 * the order of the feed, is the one it sealed. Where it is not, the rows are named.
 */

import { createHash } from "node:crypto"
import type postgres from "postgres"
import { comparePlaces, type FeedPlace } from "../log/feed.ts"
import { type Anchor, anchorsAfter } from "./anchors.ts"
import { type Entry, entrySql, isTreeGenuine, type Kept, rowOfEntry, treeOf } from "./checkpoint.ts"
import { nameDifferences } from "./differences.ts"
import type { ExportedCheckpoint } from "./exported.ts"
import { checkpointFinding, type Findings } from "./finding.ts"
import type { CheckpointKeys } from "./keys.ts"
import { literal, manyRows, manyRowsOfEach, type Rows, type Wanted } from "./manyRows.ts"
import { emptyTree, grow, leafHash, rootOf, type Tree } from "./merkle.ts"

/** A place of the feed up to which the log is known to be what was sealed, or was named where it is not; `null`: none yet. */
interface Sealed {
  readonly place: FeedPlace | null
  readonly tree: Tree
}

/** About how many events are compared with one statement. */
const eventsAtOnce = 32_768

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
  let sealed: Sealed = { place: after?.place ?? null, tree: after === null ? emptyTree : treeOf(after) }
  let last: Kept | null = after
  const groups = inGroups(anchorsAfter(sql, keys, after, exported, findings), after)
  for await (const { part, rows } of manyRowsOfEach(sql, groups)) {
    sealed = await compareGroup(sql, sealed, part.anchors, rows, findings, progress)
    last = part.anchors.at(-1)?.checkpoint ?? last
  }
  return last
}

/** Anchors for one statement each time, and the statement that reads what they sealed. */
async function* inGroups(
  pages: AsyncIterable<ReadonlyArray<Anchor>>,
  after: Kept | null,
): AsyncGenerator<Wanted & { readonly anchors: ReadonlyArray<Anchor> }> {
  let before = after
  for await (const page of pages) {
    let anchors: Array<Anchor> = []
    for (const [nth, anchor] of page.entries()) {
      anchors.push(anchor)
      const { checkpoint } = anchor
      if (checkpoint.count - (before?.count ?? 0) < eventsAtOnce && nth < page.length - 1) continue
      yield { anchors, ...rowsBetween(before?.place ?? null, checkpoint.place) }
      before = checkpoint
      anchors = []
    }
  }
}

const compareGroup = async (
  sql: postgres.Sql,
  before: Sealed,
  group: ReadonlyArray<Anchor>,
  found: Rows,
  findings: Findings,
  progress: (events: number) => void,
): Promise<Sealed> => {
  let sealed = before
  let tree = before.tree
  let list = createHash("sha256")
  let nth = 0
  /** The rows up to the next anchor are over. */
  const close = async () => {
    const anchor = group[nth] as Anchor
    sealed = await compare(sql, sealed, tree, list.digest("hex"), anchor, findings)
    tree = sealed.tree
    list = createHash("sha256")
    nth += 1
  }
  const end = (group.at(-1) as Anchor).checkpoint.place
  for await (const rows of found) {
    let leaves: Array<string> = []
    for (const [position, entry] of rows as ReadonlyArray<readonly [string, string]>) {
      while (isBeyond(group[nth]?.checkpoint.place ?? end, Number(position), entry)) {
        tree = grow(tree, leaves)
        leaves = []
        await close()
      }
      leaves.push(leafHash(entry))
      list.update(entry, "hex")
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

/** Compares the tree over the log, and the list of its rows, with the anchor's; where they differ, goes on from what was sealed. */
const compare = async (
  sql: postgres.Sql,
  before: Sealed,
  tree: Tree,
  list: string,
  { checkpoint, entries, listHash }: Anchor,
  findings: Findings,
): Promise<Sealed> => {
  if (tree.size === checkpoint.count && rootOf(tree) === checkpoint.root) {
    if (listHash !== null && listHash !== list) {
      const words = "the list kept with it is not of the rows that it sealed"
      findings.add(checkpointFinding("checkpointChanged", checkpoint.number, words))
    }
    return { place: checkpoint.place, tree }
  }
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

/** From the first row of all where `after` is `null`, be its place before any that the feed gives out. */
const rowsBetween = (after: FeedPlace | null, upTo: FeedPlace): Wanted => ({
  columns: ["feed_position", "entry"],
  query: `
    SELECT feed_position, ${entrySql} AS entry FROM checkout_event
     WHERE feed_position <= ${upTo.position} AND (feed_position, checkout_id, version) <= ${triple(upTo)}
       ${
         after === null
           ? ""
           : `AND feed_position >= ${after.position} AND (feed_position, checkout_id, version) > ${triple(after)}`
       }
     ORDER BY feed_position, checkout_id, version`,
})

const triple = ({ position, checkoutId, version }: FeedPlace): string =>
  `(${position}, ${literal(checkoutId)}::uuid, ${version})`

const entriesBetween = async (
  sql: postgres.Sql,
  after: FeedPlace | null,
  upTo: FeedPlace,
): Promise<ReadonlyArray<Entry>> => {
  const found: Array<Entry> = []
  for await (const rows of manyRows(sql, rowsBetween(after, upTo))) {
    for (const [, entry] of rows) found.push(entry ?? "")
  }
  return found
}
