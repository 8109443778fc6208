/**
 * The Merkle tree of RFC 6962 (section 2.1), as one that only grows: all that is kept of it is its peaks, the roots of
 * the complete subtrees it consists of, so that adding to it costs only what is added. Pure.
 */

import { hash } from "node:crypto"

/** A SHA-256 in lower-case hex. */
export type Hash = string

/** A tree that holds `size` leaves. `peaks` are the roots of its complete subtrees, the largest (and oldest) first. */
export interface Tree {
  readonly size: number
  readonly peaks: ReadonlyArray<Hash>
}

export const emptyTree: Tree = { size: 0, peaks: [] }

/** SHA-256 of the byte 0 and the leaf's content, which is given in hex. */
export const leafHash = (content: string): Hash => {
  const size = content.length / 2 + 1
  const input = size === leafInput.length ? leafInput : Buffer.alloc(size)
  input.write(content, 1, "hex")
  return hash("sha256", input)
}

/** SHA-256 of the byte 1 and the hashes of both halves. */
export const nodeHash = (left: Hash, right: Hash): Hash => {
  nodeInput.write(left, 1, "hex")
  nodeInput.write(right, 33, "hex")
  return hash("sha256", nodeInput)
}

/** The tree with these leaves (their hashes) behind those it has. */
export const grow = (tree: Tree, leaves: Iterable<Hash>): Tree => {
  const peaks = [...tree.peaks]
  let { size } = tree
  for (const leaf of leaves) {
    let peak = leaf
    // Two subtrees of one size are one of the next: the ones at the end of the binary count are carried.
    for (let count = size; count % 2 === 1; count = (count - 1) / 2) peak = nodeHash(popped(peaks), peak)
    peaks.push(peak)
    size += 1
  }
  return { size, peaks }
}

/** The hash of the whole tree. */
export const rootOf = ({ peaks }: Tree): Hash =>
  peaks.length === 0 ? hash("sha256", "") : peaks.reduceRight((right, left) => nodeHash(left, right))

/**
 * The audit path (RFC 6962, section 2.1.1) of one of the `leaves` that were added to `before`, in the tree with all of
 * them: the hashes with which `rootByProof` comes to its root. `index` counts from 0 over the whole tree.
 */
export const inclusionProof = (
  before: Tree,
  leaves: ReadonlyArray<Hash>,
  index: number,
): ReadonlyArray<Hash> => {
  const known = new Map<string, Hash>()
  let start = 0
  for (const [nth, peak] of before.peaks.entries()) {
    const size = peakSizes(before.size)[nth] ?? 0
    known.set(`${start} ${start + size}`, peak)
    start += size
  }
  const subtree = (from: number, to: number): Hash => {
    const peak = known.get(`${from} ${to}`)
    if (peak !== undefined) return peak
    if (to - from === 1) return leaves[from - before.size] as Hash
    const middle = from + largestPowerBelow(to - from)
    return nodeHash(subtree(from, middle), subtree(middle, to))
  }
  const path = (from: number, to: number): ReadonlyArray<Hash> => {
    if (to - from === 1) return []
    const middle = from + largestPowerBelow(to - from)
    return index < middle
      ? [...path(from, middle), subtree(middle, to)]
      : [...path(middle, to), subtree(from, middle)]
  }
  return path(0, before.size + leaves.length)
}

/** The root that a leaf at `index` leads to, in a tree of `size` leaves, by its proof; `null` if the proof does not fit. */
export const rootByProof = (
  leaf: Hash,
  index: number,
  size: number,
  proof: ReadonlyArray<Hash>,
): Hash | null => {
  const climb = (from: number, to: number, rest: number): Hash | null => {
    if (to - from === 1) return rest === 0 ? leaf : null
    const sibling = proof[rest - 1]
    if (sibling === undefined) return null
    const middle = from + largestPowerBelow(to - from)
    const inner = index < middle ? climb(from, middle, rest - 1) : climb(middle, to, rest - 1)
    if (inner === null) return null
    return index < middle ? nodeHash(inner, sibling) : nodeHash(sibling, inner)
  }
  return index >= 0 && index < size ? climb(0, size, proof.length) : null
}

/** Filled anew for every leaf and node: hashing is most of what growing costs. Leaves have the size of ours. */
const leafInput = Buffer.alloc(53)
const nodeInput = Buffer.alloc(65, 1)

const popped = (peaks: Array<Hash>): Hash => {
  const peak = peaks.pop()
  if (peak === undefined) throw new RangeError("a tree has fewer peaks than its size needs")
  return peak
}

/** The sizes of the complete subtrees, the largest first. */
const peakSizes = (size: number): ReadonlyArray<number> =>
  [...size.toString(2)].flatMap((bit, place, bits) => (bit === "1" ? [2 ** (bits.length - 1 - place)] : []))

/** The largest power of two below `size`, which is 2 or more: where RFC 6962 divides a tree. */
const largestPowerBelow = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1)
