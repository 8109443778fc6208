import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { ranges } from "../../client/console/parts/format.ts"

describe("numbers that grow, in few words", () => {
  it.each([
    [[], ""],
    [[1], "1"],
    [[3, 4], "3–4"],
    [[1, 3, 5, 6, 7, 9], "1, 3, 5–7, 9"],
  ])("%j are %j", (numbers, words) => expect(ranges(numbers)).toBe(words))

  it("are all there, and no others", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (some) => {
        const numbers = some.sort((a, b) => a - b)
        const read = ranges(numbers)
          .split(", ")
          .filter((part) => part !== "")
          .flatMap((part) => {
            const [first = 0, last = first] = part.split("–").map(Number)
            return Array.from({ length: last - first + 1 }, (_, index) => first + index)
          })
        expect(read).toEqual(numbers)
      }),
      { seed: inject("seed") },
    ))
})
