import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isWon, maxWon, won } from "../../machines/index.ts"

describe("won", () => {
  it("is any whole number from nothing to the most that an order may cost", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: maxWon }), (value) => won(value) === value))
    expect([0, 1, maxWon].map(isWon)).toEqual([true, true, true])
  })

  it.each([-1, maxWon + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "100", null, undefined])(
    "is never %s, and whoever says so is told what it should be",
    (value) => {
      expect(isWon(value)).toBe(false)
      expect(() => won(value as number)).toThrow(
        new RangeError(`${value} is not whole won between 0 and ${maxWon}`),
      )
    },
  )
})
