import fc from "fast-check"
import { expect, it } from "vitest"
import { isoTime, tossTime } from "../../server/simulator/tossTime.ts"

it.each([
  [0, "1970-01-01 09:00:00"],
  [Date.UTC(2026, 3, 7, 13, 12, 5, 999), "2026-04-07 22:12:05"],
  [Date.UTC(2026, 11, 31, 14, 59, 59), "2026-12-31 23:59:59"],
  [Date.UTC(2026, 11, 31, 15, 0, 0), "2027-01-01 00:00:00"],
  [Date.UTC(2028, 1, 28, 15, 0, 0), "2028-02-29 00:00:00"],
])("%i is %s in Korea", (epochMs, expected) => {
  expect(tossTime(epochMs)).toBe(expected)
})

it("a time read back as Korean time is the same second, whatever zone this machine is in", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), (epochMs) => {
      const text = tossTime(epochMs)
      expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      expect(Date.parse(`${text.replace(" ", "T")}+09:00`)).toBe(epochMs - (epochMs % 1000))
      expect(Date.parse(isoTime(epochMs))).toBe(epochMs)
    }),
  )
})
