import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { machineVersion, upcast } from "../../machines/index.ts"
import { type RecordedFact, readThrough } from "../../machines/upcast.ts"
import { everyFact } from "../support/everyFact.ts"

describe("an old fact", () => {
  it("is read through each version between its own and the one that reads it, once and in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (from, to) => {
        const upcasters = Object.fromEntries(
          Array.from({ length: 9 }, (_, index) => [
            index + 1,
            (fact: RecordedFact) => ({ ...fact, read: [...(fact["read"] as Array<number>), index + 1] }),
          ]),
        )
        const { read } = readThrough(upcasters, { type: "T", at: "", read: [] }, from, to)
        expect(read).toEqual(Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index))
      }),
    )
  })

  it("that this version wrote is read as it is", () => {
    for (const fact of everyFact) expect(upcast({ ...fact }, machineVersion)).toEqual(fact)
  })
})
