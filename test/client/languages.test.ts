/** Everything that a buyer or a visitor of the demo reads, in both languages. */

import { describe, expect, it } from "vitest"
import { words as sheet } from "../../client/demo/host/words.ts"
import { words as shop } from "../../client/demo/shop/words.ts"
import { meanings } from "../../client/demo/stage/meanings.ts"
import { words as stage } from "../../client/demo/stage/words.ts"
import { messages } from "../../client/index.ts"

/** Every text of a table, by its path; functions are asked with a number, and with one more. */
const textsOf = (table: unknown, path = ""): ReadonlyArray<readonly [string, string]> =>
  typeof table === "string"
    ? [[path, table]]
    : typeof table === "function"
      ? textsOf(table(2, "3"), path)
      : Object.entries(table ?? {}).flatMap(([name, part]) => textsOf(part, `${path}.${name}`))

const isKorean = (text: string) => /\p{Script=Hangul}/u.test(text)

/** The name of a language is written in it, and what has no words needs no other ones. */
const isTheSame = (path: string, text: string) => path === ".otherLanguage" || !/\p{L}{2}/u.test(text)

describe.each([
  ["the button", messages, 0],
  ["the shop", shop, 0],
  ["the sheet", sheet, 0],
  ["the stage", stage, 2],
  ["the machine's states", meanings, 0],
])("of %s", (_, { ko, en }, codes) => {
  it("every text is there in Korean and in English, and nothing of the one in the other", () => {
    const [korean, english] = [textsOf(ko), textsOf(en)]
    expect(english.length).toBeGreaterThan(9)
    expect(english.map(([path]) => path)).toEqual(korean.map(([path]) => path))
    expect(english.filter(([path, text]) => isKorean(text) && !isTheSame(path, text))).toEqual([])
    const untranslated = korean.filter(([path, text]) => !isKorean(text) && !isTheSame(path, text))
    // What an SDK answers is written as it is in every language.
    expect(untranslated).toHaveLength(codes)
    expect(english).toEqual(expect.arrayContaining(untranslated))
  })
})
