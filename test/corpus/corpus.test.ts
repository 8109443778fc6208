import { describe, expect, it } from "vitest"
import { type Fact, machineVersion, open, replay } from "../../machines/index.ts"
import { deaths } from "../matrix/deaths.ts"
import { outcomeOf, readCorpus } from "./corpus.ts"

/** Where each fact leads, without what the shell is asked to do. */
const statesOf = (next: string) => next.split(" ").map((step) => step.split("+")[0])

type Told = Readonly<Record<string, unknown>>

const silent = ({ reason: _, detail: __, ...told }: Told): Told => told

/**
 * What has to stay of that end. Since version 2 a sheet of which nothing is known is waited for, and what an earlier sheet
 * came to is not said of it.
 */
const lasting = <
  Kept extends {
    readonly state: string
    readonly context: unknown
    readonly view: unknown
    readonly answer: unknown
  },
>(
  kept: Kept,
) => {
  if (!kept.state.startsWith("authenticating.")) return kept
  const { actions, ...view } = silent(kept.view as Told)
  return {
    ...kept,
    context: silent(kept.context as Told),
    view: { ...view, actions: expect.arrayContaining(actions as Array<string>) },
    answer: silent(kept.answer as Told),
  }
}

const versions = Array.from({ length: machineVersion }, (_, index) => index + 1)

describe.each(versions)("histories that machine version %i wrote", (version) => {
  const { facts, histories, openedAt, order } = readCorpus(version)
  const opened = open("", order, openedAt).checkout

  it.each(histories)("$name: end where they ended, and everything may follow that could", (kept) => {
    const { name: _, facts: history, next, timer, ...outcome } = kept
    const now = JSON.parse(JSON.stringify(outcomeOf(opened, history, facts)))
    // A later version may remember more, accept more, ask for more and at other times; what there was stays.
    if (version === machineVersion) expect(now).toEqual({ ...outcome, next, timer })
    else {
      expect(now).toMatchObject(lasting(outcome))
      expect(now.timer === null).toBe(timer === null)
      // No server of version 1 started a refund; from version 2 on one is under way until its call is answered.
      if (history.some((index) => facts[index]?.type === "RefundStarted")) return
      expect(statesOf(now.next).filter((_, index) => statesOf(next)[index] !== ".")).toEqual(
        statesOf(next).filter((state) => state !== "."),
      )
    }
  })

  it("replay in one go as they were decided fact by fact", () => {
    for (const { facts: history, state } of histories) {
      const all: ReadonlyArray<Fact> = [
        { type: "CheckoutOpened", at: openedAt, order },
        ...history.map((index) => facts[index] as Fact),
      ]
      expect(replay("", all)).toMatchObject({ state, version: all.length })
    }
  })

  it("cannot be replayed once a fact of them is gone or doubled where it mattered", () => {
    const [longest] = [...histories].sort((a, b) => b.facts.length - a.facts.length)
    const all = (longest?.facts ?? []).map((index) => facts[index] as Fact)
    const opening: Fact = { type: "CheckoutOpened", at: openedAt, order }
    expect(replay("", all)).toMatchObject({ _tag: "IllegalHistory", version: 1 })
    expect(replay("", [opening, opening, ...all])).toMatchObject({ _tag: "IllegalHistory", version: 2 })
    expect(replay("", [opening, ...all.slice(1)])).toMatchObject({ _tag: "IllegalHistory", version: 2 })
  })
})

describe("the corpus of the current machine version", () => {
  it("has every history that leads through one of its moves", () => {
    expect(readCorpus(machineVersion).histories.map(({ name }) => name)).toEqual(
      deaths().map(({ name }) => name),
    )
  })
})
