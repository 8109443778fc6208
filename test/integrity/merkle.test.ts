import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  emptyTree,
  grow,
  type Hash,
  inclusionProof,
  leafHash,
  nodeHash,
  rootByProof,
  rootOf,
} from "../../server/integrity/merkle.ts"

/** The definition of RFC 6962, word for word. */
const batchRoot = (leaves: ReadonlyArray<Hash>): Hash => {
  if (leaves.length === 0) return rootOf(emptyTree)
  if (leaves.length === 1) return leaves[0] as Hash
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(batchRoot(leaves.slice(0, k)), batchRoot(leaves.slice(k)))
}

/** Longer than any that is drawn. */
const another = leafHash("ff".repeat(52))

const leaves = (max: number, min = 0) =>
  fc
    .array(fc.uint8Array({ maxLength: 40 }), { minLength: min, maxLength: max })
    .map((contents) => contents.map((content) => leafHash(Buffer.from(content).toString("hex"))))

describe("the Merkle tree", () => {
  it("has the roots that Certificate Transparency publishes for its test leaves", () => {
    const contents = [
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ]
    const roots = [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    const hashes = contents.map(leafHash)
    expect(hashes.map((_, n) => rootOf(grow(emptyTree, hashes.slice(0, n + 1))))).toEqual(roots)
    expect(rootOf(emptyTree)).toMatch(/^e3b0c44298fc1c149afbf4c8996fb924/)
  })

  it("has the same root however its leaves came, and the one of the definition", () => {
    fc.assert(
      fc.property(fc.array(leaves(20), { maxLength: 12 }), (parts) => {
        const grown = parts.reduce((tree, part) => grow(tree, part), emptyTree)
        expect(grown.size).toBe(parts.flat().length)
        expect(rootOf(grown)).toBe(batchRoot(parts.flat()))
      }),
    )
  })

  it("proves every leaf from its peaks and what was added to them, and only that leaf at that place", () => {
    fc.assert(
      fc.property(leaves(70), leaves(40, 1), fc.nat(), (old, added, pick) => {
        const before = grow(emptyTree, old)
        const after = grow(before, added)
        const index = old.length + (pick % added.length)
        const leaf = added[pick % added.length] as Hash
        const proof = inclusionProof(before, added, index)
        const root = rootOf(after)
        expect(rootByProof(leaf, index, after.size, proof)).toBe(root)
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(after.size)))

        expect(rootByProof(another, index, after.size, proof)).not.toBe(root)
        expect(rootByProof(leaf, index, after.size, [...proof, another])).toBe(null)
        if (proof.length > 0) expect(rootByProof(leaf, index, after.size, proof.slice(1))).not.toBe(root)
        expect(rootByProof(leaf, after.size, after.size, proof)).toBe(null)
      }),
    )
  })

  it("has ananother root once a leaf is changed, gone, added or has changed places", () => {
    fc.assert(
      fc.property(leaves(40, 2), fc.nat(), (all, pick) => {
        const at = pick % (all.length - 1)
        const root = (some: ReadonlyArray<Hash>) => rootOf(grow(emptyTree, some))
        expect(root(all.with(at, another))).not.toBe(root(all))
        expect(root(all.toSpliced(at, 1))).not.toBe(root(all))
        expect(root(all.toSpliced(at, 0, another))).not.toBe(root(all))
        const [a, b] = [all[at] as Hash, all[at + 1] as Hash]
        if (a !== b) expect(root(all.with(at, b).with(at + 1, a))).not.toBe(root(all))
      }),
    )
  })
})
