import type { Schema } from "effect"
import { describe, expect, it } from "vitest"
import {
  type Check,
  examine,
  type FactOf,
  type FactType,
  factMeanings,
  machineVersion,
  open,
} from "../../machines/index.ts"
import { canonical, factOf, type Json, rowsOf } from "../../server/log/chain.ts"
import { dataFault, factFields } from "../../server/log/factSchema.ts"
import { after, anOrder, payToken, startOfTime } from "../support/checkouts.ts"
import { everyFact } from "../support/everyFact.ts"

type Plain<A> = A extends object ? { [K in keyof A]: Plain<A[K]> } : A
type Same<A, B> =
  (<X>() => X extends Plain<A> ? 1 : 2) extends <X>() => X extends Plain<B> ? 1 : 2 ? true : false

/**
 * What a row of this fact holds: what the fact says, and with an answer both sides of every comparison. `isOfVersion1` is
 * what a reader knows of the version that wrote it.
 */
type Held<T extends FactType> = Omit<FactOf<T>, "type" | "at" | "isOfVersion1"> &
  ("answer" extends keyof FactOf<T> ? { readonly checks: ReadonlyArray<Check> } : unknown)

type Differing = {
  [T in FactType]: Same<Held<T>, Schema.Struct.Type<(typeof factFields)[T]>> extends true ? never : T
}[FactType]

type Nothing<T extends never> = T

/** Does not compile when a fact of the machine and its schema say different things. */
const differing: ReadonlyArray<Nothing<Differing>> = []

/** `data` as the server writes it. */
const dataOf = (fact: (typeof everyFact)[number]): Json => {
  const { checkoutId, state, version } = after({ type: "TokenMinted", payToken })
  const checks = "answer" in fact ? examine(anOrder(), payToken, fact.answer) : null
  return rowsOf(checkoutId, version, null, [{ from: state, fact, to: state, checks }])[0]?.data ?? null
}

const { moves } = open("019b0000-0000-7000-8000-000000000001", anOrder(), startOfTime)
const opening = { type: "CheckoutOpened", data: rowsOf("", 0, null, moves)[0]?.data ?? null }

describe("the schema of the facts", () => {
  it("knows every fact of the machine, and no other", () => {
    expect(Object.keys(factFields).sort()).toEqual(Object.keys(factMeanings).sort())
    expect(new Set([...everyFact.map(({ type }) => type), "CheckoutOpened"])).toEqual(
      new Set(Object.keys(factFields)),
    )
  })

  it.each([...everyFact.map((fact) => ({ type: fact.type, data: dataOf(fact) })), opening])(
    "accepts what the server writes of $type, and nothing that has more or less",
    ({ type, data }) => {
      expect(dataFault(type, data)).toBeNull()
      expect(dataFault(type, { ...(data as object), more: 1 })).not.toBeNull()
      for (const key of Object.keys(data as object)) {
        const { [key]: _, ...less } = data as Record<string, Json>
        expect(dataFault(type, less), key).not.toBeNull()
      }
      const read = JSON.parse(canonical(data)) as Json
      const row = { type: type as FactType, data: read, recordedAt: startOfTime, machineVersion }
      expect(factOf(row).type).toBe(type)
    },
  )

  it("differs from no fact of the machine", () => expect(differing).toEqual([]))

  it("says what is wrong, and with what", () => {
    expect(dataFault("Nonsense", {})).toContain("Nonsense")
    expect(dataFault("TokenMinted", { payToken: 7 })).toContain("payToken")
    expect(dataFault("CheckoutOpened", null)).not.toBeNull()
    expect(dataFault("toString", {})).toContain("toString")
  })
})
