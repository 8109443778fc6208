import { describe, expect, it } from "vitest"
import { type Fact, machineVersion, open, replay } from "../../machines/index.ts"
import { corpora, outcomeOf, readCorpus } from "./corpus.ts"

/** Where each fact leads, without what the shell is asked to do. */
const statesOf = (next: string) => next.split(" ").map((step) => step.split("+")[0])

interface Ended {
  readonly state: string
  readonly context: object
  readonly view: object
  readonly answer: object
}

/** What a version says otherwise than the one before it of histories that it did not write. Everything else is as it was. */
const changedIn: Readonly<Record<number, (ended: Ended, history: ReadonlyArray<Fact>) => Ended>> = {
  // Refunds are remembered. A sheet of which nothing is known is waited for, until TossPay says that nobody authenticated.
  // Why no payToken came is on record, and is no word for a buyer. When it was executed is remembered.
  2: (ended, history) => {
    const isRefund = history.some((fact) => fact.type === "RefundStarted")
    const context = {
      ...ended.context,
      calledAt: expect.any(Array),
      refund: isRefund ? expect.objectContaining({ who: "kim" }) : null,
    }
    if (history.at(-1)?.type === "TokenLost") {
      const reason = { code: "TOSSPAY_UNAVAILABLE", message: null }
      return { ...withoutDetail(ended), context: { ...context, reason } }
    }
    if (!ended.state.startsWith("authenticating.")) return { ...ended, context }
    const { actions } = ended.view as { readonly actions: ReadonlyArray<string> }
    const view = { ...ended.view, actions: ["wait", ...actions] }
    const code = "NOT_AUTHENTICATED"
    return history.at(-1)?.type === "StatusReported"
      ? {
          ...ended,
          context: { ...context, reason: { code, message: null } },
          view: { ...view, reason: code },
        }
      : { ...ended, context, view }
  },
}

const withoutDetail = ({ view, answer, ...ended }: Ended): Omit<Ended, "context"> => {
  const without = ({ detail: _, ...rest }: { readonly detail?: string }) => rest
  return { ...ended, view: without(view), answer: without(answer) }
}

/** How a history of an earlier version ends today. */
const endsNow = (ended: Ended, history: ReadonlyArray<Fact>, writtenBy: number): Ended =>
  Object.entries(changedIn)
    .filter(([version]) => Number(version) > writtenBy)
    .reduce((before, [, change]) => change(before, history), ended)

describe.each(corpora)("histories that a machine version wrote (%s)", (name) => {
  const { machineVersion: version, facts, histories, openedAt, order } = readCorpus(name)
  const opened = open("", order, openedAt).checkout

  it.each(histories)("$name: end where they ended, and everything may follow that could", (kept) => {
    const { name: _, facts: history, next, timer, ...outcome } = kept
    const told = history.map((index) => facts[index] as Fact)
    const now = JSON.parse(JSON.stringify(outcomeOf(opened, history, facts)))
    // A later version may accept more, ask for more and at other times; what it says of the end is stated above.
    if (version === machineVersion) expect(now).toEqual({ ...outcome, next, timer })
    else {
      const { next: _, timer: __, ...ended } = now
      expect(ended).toEqual(endsNow(outcome as Ended, told, version))
      expect(now.timer === null).toBe(timer === null)
      // No server of version 1 started a refund; from version 2 on one is under way until its call is answered.
      if (told.some((fact) => fact.type === "RefundStarted")) return
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
