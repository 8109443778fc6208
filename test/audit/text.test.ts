import { describe, expect, it } from "vitest"
import { momentOf } from "../../server/moment.ts"
import { onOneLine, withoutControls } from "../../server/text.ts"

const escapes = "\u001b]0;title\u0007\u001b[31m"
const turned = "\u202edlohs"

describe("text of others", () => {
  it("stays on its line, moves no cursor and turns no direction", () => {
    expect(onOneLine(`a\n  5  TossPay ${escapes}${turned}`)).toBe(
      "a\\u000a  5  TossPay \\u001b]0;title\\u0007\\u001b[31m\\u202edlohs",
    )
    expect(onOneLine("커피 ☕ 👨‍👩‍👧 café")).toBe("커피 ☕ 👨‍👩‍👧 café")
  })

  it("is the same JSON as before", () => {
    const data = { reason: `x\n${escapes}${turned}`, "\u202e": "\u2028" }
    expect(JSON.parse(onOneLine(JSON.stringify(data)))).toEqual(data)
  })

  it("goes on record without what nobody types", () => {
    expect(withoutControls(` a\r\n\u0000b${escapes}`)).toBe("a b ]0;title [31m")
  })
})

describe("a moment", () => {
  it.each([
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2026-01-31T09:00+09:00", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T23:59:59.999Z", "2026-01-31T23:59:59.999Z"],
  ])("%s is one", (text, moment) => expect(momentOf(text)).toBe(moment))

  it.each([
    "2026-02-29",
    "2026-13-01",
    "0000-01-01",
    "1969-12-31",
    "2026-01-31T09:00",
    "31.1.2026",
    "now",
    "",
  ])("%j is none", (text) => expect(momentOf(text)).toBeNull())
})
