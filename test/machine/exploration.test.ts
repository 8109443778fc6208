import { describe, expect, it } from "vitest"
import type { SnapshotFrom } from "xstate"
import { getShortestPaths } from "xstate/graph"
import { generated, staleFiles } from "../../docs/generate.ts"
import {
  type CheckoutContext,
  checkoutMachine,
  decide,
  factMeanings,
  guardMeanings,
  type StatePath,
  stateInfo,
  stateName,
  stateNames,
  statePaths,
  states,
  table,
  timerOf,
} from "../../machines/index.ts"
import { anOrder, startOfTime } from "../support/checkouts.ts"
import { everyFact } from "../support/everyFact.ts"

type Snapshot = SnapshotFrom<typeof checkoutMachine>

/** The reachable checkouts, told apart by what the guards look at. */
const explored = () =>
  getShortestPaths(checkoutMachine, {
    input: { order: anOrder(), at: startOfTime },
    events: [...everyFact],
    serializeState: (snapshot) => {
      const { context, value } = snapshot as unknown as Snapshot
      const isOverdue = context.waitedMs >= 86_400_000
      return [
        JSON.stringify(value),
        isOverdue ? "day" : context.asks,
        context.reason?.code === "EXECUTE_PAY_NOT_APPROVED",
        // Once money moved, what matters is how far its refund has come.
        ...(context.payment === null
          ? [context.attempts, context.unanswered.length]
          : [context.payment.payStatus === "SETTLEMENT_COMPLETE", ...refundKey(context)]),
      ].join(" ")
    },
    stopWhen: (snapshot) => {
      const { attempts, refund } = (snapshot as unknown as Snapshot).context
      return attempts >= 2 || (refund?.attempt ?? 0) >= 2
    },
    limit: mostSteps,
  })

/** More than it takes; a machine that never stops counting would be explored for ever. */
const mostSteps = 200_000

const refundKey = ({ refund, waitedMs }: CheckoutContext) =>
  refund === null
    ? []
    : [
        refund.attempt,
        refund.refusal === null,
        refund.quietAtMs === null ? "calling" : refund.quietAtMs <= waitedMs,
      ]

const pathOf = (value: unknown): StatePath => Object.entries(value as object)[0]?.join(".") as StatePath

describe("the machine, explored exhaustively", () => {
  const paths = explored()
  const reached = new Set(paths.map((path) => pathOf(path.state.value)))

  it("reaches every state that has a meaning, and no other", () => {
    expect([...reached].sort()).toEqual(Object.keys(states).sort())
  })

  it("has exactly the seven states of the contract", () => {
    expect(new Set(statePaths.map(stateName))).toEqual(new Set(stateNames))
  })

  it("can reach an end from every state", () => {
    const ends = new Set(statePaths.filter((path) => stateInfo(path).owner === "nobody"))
    let grew = true
    const saved = new Set<string>(ends)
    while (grew) {
      const more = table.filter((row) => row.from !== null && saved.has(row.to) && !saved.has(row.from))
      for (const row of more) saved.add(row.from ?? "")
      grew = more.length > 0
    }
    expect([...saved].sort()).toEqual(Object.keys(states).sort())
  })

  it.each(statePaths)("%s is an end or has an owner, a timer and an exit", (path) => {
    const due = paths
      .filter((found) => pathOf(found.state.value) === path)
      .map((found) => timerOf({ state: path, context: found.state.context }))
    if (stateInfo(path).owner === "nobody") {
      expect(new Set(due)).toEqual(new Set([null]))
      return
    }
    for (const timer of due) {
      expect(timer?.afterMs).toBeGreaterThanOrEqual(0)
      expect(table.some((row) => row.from === path && row.fact === timer?.fact)).toBe(true)
    }
    expect(table.some((row) => row.from === path && row.to !== path)).toBe(true)
  })

  it("hears TossPay in every state that asks it: any status, agreeing or not, and no answer at all", () => {
    const answers = everyFact.filter((fact) =>
      ["StatusReported", "StatusNotFound", "StatusUnavailable"].includes(fact.type),
    )
    const asking = new Set(table.filter((row) => row.instructions.includes("askStatus")).map((row) => row.to))
    expect(asking.size).toBeGreaterThan(10)
    for (const { state } of paths.filter((found) => asking.has(pathOf(found.state.value)))) {
      const path = pathOf(state.value)
      const checkout = { checkoutId: "", version: 1, state: path, context: state.context }
      expect(
        answers.filter((fact) => decide(checkout, fact)._tag === "Refused"),
        path,
      ).toEqual([])
    }
  })

  it("answers every fact in every state with a move or a refusal", () => {
    for (const { state } of paths) {
      const checkout = { checkoutId: "", version: 1, state: pathOf(state.value), context: state.context }
      const wrong = everyFact.filter((fact) => {
        const decision = decide(checkout, fact)
        return decision._tag === "Refused"
          ? decision.checkout !== checkout
          : decision.checkout.version !== checkout.version + 1
      })
      expect(wrong, checkout.state).toEqual([])
    }
  })

  it.each(table.filter((row) => row.fact === "StatusAsked"))("$from asks TossPay when it is due", (row) => {
    expect(row.instructions).toContain("askStatus")
  })

  it("describes every transition: its fact and its condition", () => {
    for (const row of table) {
      expect(factMeanings[row.fact]).toBeTruthy()
      if (row.guard !== null) expect(guardMeanings[row.guard], row.guard).toBeTruthy()
    }
  })

  it("every accepted fact is remembered in one way, because that is how a refusal is told", () => {
    for (const row of table.slice(1)) expect(row.changes, `${row.from} ${row.fact}`).toHaveLength(1)
  })
})

describe("what is generated from the machine", () => {
  it.each(Object.keys(generated))("%s says what the machine says", (path) => {
    expect(staleFiles()).not.toContain(path)
  })
})
