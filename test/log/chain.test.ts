import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, inject, it } from "vitest"
import { machineVersion, open, plan } from "../../machines/index.ts"
import { canonical, type EventRow, factOf, hashOf, type Json, rowsOf } from "../../server/log/chain.ts"
import { appendOf, fold } from "../../server/log/eventLog.ts"
import { anAnswer, anOrder, payToken, startOfTime } from "../support/checkouts.ts"

/** RFC 8785 as it reads, for whole numbers. */
const byTheBook = (value: Json): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(byTheBook).join()}]`
  const members = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, held]) => `${JSON.stringify(key)}:${byTheBook(held)}`).join()}}`
}

const key = fc.oneof(fc.constantFrom("a", "b", "c", "10", "9", "ab", "é", "\u{1f600}"), fc.string())
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: "binary" }),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(key, tie("json"), { maxKeys: 5 }),
  ),
}))

describe("canonical JSON", () => {
  it("is that of RFC 8785, whatever is written and whatever was written before", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(value)).toBe(byTheBook(value))
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 1_000, seed: inject("seed") },
    )
  })

  it("sorts objects that begin alike each by its own keys, however many shapes there are", () => {
    for (let round = 0; round < 2; round += 1) {
      for (let shape = 0; shape < 120; shape += 1) {
        const value = { m: 1, [`z${shape}`]: 2, [`a${shape}`]: 3 }
        expect(canonical(value)).toBe(`{"a${shape}":3,"m":1,"z${shape}":2}`)
        expect(canonical({ [`first${shape}`]: 1, also: 2 })).toBe(`{"also":2,"first${shape}":1}`)
      }
    }
    expect(canonical({ m: 1 })).toBe('{"m":1}')
    expect(canonical({})).toBe("{}")
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("does not write %d down", (number) => {
    expect(() => canonical({ amount: number })).toThrow("is not a whole number and cannot go on record")
  })
})

const opening = open("019b0000-0000-7000-8000-000000000001", anOrder(), startOfTime)

const planned = (fact: Parameters<typeof plan>[1], before = opening.checkout) => {
  const next = plan(before, fact)
  if (next._tag === "Refused") throw new Error(`${fact.type} is refused`)
  return next
}

/** A checkout in three rows, the last with an answer of TossPay. */
const rows = (): ReadonlyArray<EventRow> => {
  const first = appendOf(null, opening, null)
  const minted = planned({ type: "TokenMinted", at: startOfTime, payToken })
  const second = appendOf(first.recorded, minted, null)
  const answer = anAnswer({ payStatus: "PAY_COMPLETE" })
  const reported = planned({ type: "StatusReported", at: startOfTime, answer }, minted.checkout)
  return [...first.rows, ...second.rows, ...appendOf(second.recorded, reported, null).rows]
}

describe("the rows of a checkout", () => {
  it("are numbered, chained and stamped with the version of the machine, several in one step too", () => {
    const several = rowsOf("id", 4, "before", [...opening.moves, ...opening.moves])
    expect(several.map(({ version, prevHash }) => [version, prevHash])).toEqual([
      [5, "before"],
      [6, several[0]?.hash],
    ])
    for (const row of rows()) expect(row.machineVersion).toBe(machineVersion)
  })

  it("keep both sides of every comparison with an answer, which are no part of the fact", () => {
    const [, minted, reported] = rows() as readonly [EventRow, EventRow, EventRow]
    expect(minted.data).toEqual({ payToken })
    const { checks, ...fact } = reported.data as unknown as { readonly checks: ReadonlyArray<object> }
    expect(checks).toContainEqual({ field: "amount", ours: 9_000, theirs: 9_000, agrees: true })
    expect(factOf(reported)).toEqual({ type: "StatusReported", at: startOfTime, ...fact })
  })

  it("have a hash of everything that they say", () => {
    for (const { hash, ...row } of rows()) {
      expect(hash).toBe(
        createHash("sha256")
          .update(byTheBook(row as unknown as Json))
          .digest("hex"),
      )
      for (const field of Object.keys(row)) {
        expect(hashOf({ ...row, [field]: "another" }), field).not.toBe(hash)
      }
    }
  })
})

describe("the fold", () => {
  it("is nothing where there are no rows, and the checkout with its last hash where there are", () => {
    expect(fold("id", [])).toBeNull()
    const { checkout, hash } = fold("id", rows()) ?? {}
    expect(checkout).toMatchObject({ version: 3, state: "settled.paid" })
    expect(hash).toBe(rows().at(-1)?.hash)
  })

  it.each<[string, (all: ReadonlyArray<EventRow>) => ReadonlyArray<unknown>, number, RegExp]>([
    ["its first row is missing", ([, ...rest]) => rest, 1, /./],
    ["a row is there twice", ([first, ...rest]) => [first, first, ...rest], 2, /./],
    [
      "the last row says another state than the machine",
      ([first, second, last]) => [first, second, { ...last, to: "failed.closed" }],
      3,
      /^the machine ends in settled\.paid, the row says failed\.closed$/,
    ],
    [
      "a row does not hold what its fact needs",
      ([first, second, last]) => [first, second, { ...last, data: { answer: null } }],
      3,
      /^a row does not hold what its fact needs$/,
    ],
  ])("is refused when %s, with the row and the reason", (_, broken, version, why) => {
    expect(() => fold("id", broken(rows()) as ReadonlyArray<EventRow>)).toThrow(
      expect.objectContaining({
        _tag: "BrokenHistory",
        checkoutId: "id",
        version,
        why: expect.stringMatching(why),
      }),
    )
  })
})
