import { test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  decide,
  type Milestone,
  milestonesOf,
  open,
  stateInfo,
  statePaths,
  statesAround,
} from "../../machines/index.ts"
import { anOrder, anyHistory, startOfTime } from "../support/checkouts.ts"

/** What a life reaches, in the order in which it is told, and the state after each of its moves. */
const lives = anyHistory.map((facts) => {
  let { checkout } = open("019b0000-0000-7000-8000-000000000001", anOrder(), startOfTime)
  const told: Array<Milestone> = milestonesOf(null, checkout.state).slice()
  for (const fact of facts) {
    const decision = decide(checkout, fact)
    if (decision._tag === "Refused") continue
    told.push(...milestonesOf(checkout.state, decision.checkout.state))
    checkout = decision.checkout
  }
  return { told, end: stateInfo(checkout.state) }
})

const count = (told: ReadonlyArray<Milestone>, milestone: Milestone) =>
  told.filter((each) => each === milestone).length

describe("the milestones of a life", () => {
  test.prop([lives], { numRuns: 2_000 })(
    "it is settled once if it ends paid, and never otherwise",
    ({ told, end }) => {
      expect(count(told, "settled")).toBe(end.outcome === "paid" ? 1 : 0)
    },
  )

  test.prop([lives], { numRuns: 2_000 })(
    "it is refunded once if it ends refunded, and never otherwise",
    ({ told, end }) => {
      expect(count(told, "refunded")).toBe(end.refund === "refunded" ? 1 : 0)
    },
  )

  test.prop([lives], { numRuns: 2_000 })(
    "a mismatch is told, and told to be resolved when no money has to go back any more, in turns",
    ({ told, end }) => {
      const mismatches = told.filter((each) => each === "mismatched" || each === "resolved")
      for (const [index, each] of mismatches.entries()) {
        expect(each).toBe(index % 2 === 0 ? "mismatched" : "resolved")
      }
      expect(mismatches.length > 0).toBe(end.outcome === "mismatched")
      if (end.outcome === "mismatched") {
        expect(mismatches.at(-1)).toBe(end.safeToRetry ? "resolved" : "mismatched")
      }
    },
  )

  test.prop([lives])("whatever is refunded was settled or mismatched before", ({ told }) => {
    const refunded = told.indexOf("refunded")
    if (refunded >= 0) {
      expect(told.slice(0, refunded).some((each) => each === "settled" || each === "mismatched")).toBe(true)
    }
  })
})

test("no move reaches a milestone that does not lead to or from a state around it", () => {
  for (const from of [null, ...statePaths]) {
    for (const to of statePaths) {
      for (const milestone of milestonesOf(from, to)) {
        const around = statesAround([milestone])
        expect(around.includes(to) || (from !== null && around.includes(from)), `${from} to ${to}`).toBe(true)
      }
    }
  }
})

test("a refund goes on until it is told to be done, or that nothing came of it", () => {
  for (const from of statePaths.filter((path) => stateInfo(path).refund === "refunding")) {
    for (const to of statePaths) {
      const told = milestonesOf(from, to).filter((each) => each.startsWith("refund"))
      const { refund } = stateInfo(to)
      const ends = { refunding: [], refunded: ["refunded"] } as const
      expect(told, `${from} to ${to}`).toEqual(refund === null ? ["refundFailed"] : ends[refund])
    }
  }
  expect(milestonesOf("settled.paid", "settled.paid")).toEqual([])
})

test("a payment that is found paid and given back is settled, then refunded", () => {
  expect(milestonesOf("executing.unknown", "settled.refunded")).toEqual(["settled", "refunded"])
})

test("a mismatch that moved no money is told, and is over", () => {
  expect(milestonesOf("executing.unknown", "mismatched.closed")).toEqual(["mismatched", "resolved"])
})

test("whatever the first state of a life reaches is told", () => {
  expect(milestonesOf(null, "minted.requesting")).toEqual([])
  expect(milestonesOf(null, "settled.paid")).toEqual(["settled"])
  expect(milestonesOf(null, "mismatched.refunded")).toEqual(["refunded", "mismatched", "resolved"])
})

test("a mismatch that is over is told again only when money has to go back after all", () => {
  expect(milestonesOf("mismatched.closed", "mismatched.closed")).toEqual([])
  expect(milestonesOf("mismatched.closed", "mismatched.owed")).toEqual(["mismatched"])
})
