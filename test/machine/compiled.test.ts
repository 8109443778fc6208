import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { initialTransition, type SnapshotFrom, transition } from "xstate"
import { type Checkout, checkoutMachine, decide, type Fact, type Order, open } from "../../machines/index.ts"
import { anOrder, anyHistory, startOfTime } from "../support/checkouts.ts"

type Snapshot = SnapshotFrom<typeof checkoutMachine>

const pathOf = (snapshot: Snapshot): string => {
  const [[name, inner]] = Object.entries(snapshot.value) as [[string, string]]
  return `${name}.${inner}`
}

/** XState's own interpretation of one fact, in the words of `decide`. `null` where the machine takes nothing. */
const asked = (before: Snapshot, fact: Fact) => {
  const [after, actions] = transition(checkoutMachine, before, fact)
  return after.context === before.context
    ? null
    : {
        after,
        state: pathOf(after),
        context: after.context,
        instructions: actions.map((action) => action.type),
      }
}

describe("the compiled table and XState", () => {
  it("open a checkout alike", () => {
    const order: Order = anOrder()
    const [snapshot, actions] = initialTransition(checkoutMachine, { order, at: startOfTime })
    const plan = open("id", order, startOfTime)
    expect(plan.checkout).toMatchObject({ state: pathOf(snapshot), context: snapshot.context })
    expect(plan.instructions).toEqual(actions.map((action) => action.type))
  })

  it("decide every history alike, fact by fact", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const order = anOrder()
        let snapshot: Snapshot = initialTransition(checkoutMachine, { order, at: startOfTime })[0]
        let checkout: Checkout = open("id", order, startOfTime).checkout
        for (const fact of facts) {
          const theirs = asked(snapshot, fact)
          const ours = decide(checkout, fact)
          if (ours._tag === "Refused") {
            expect(theirs, `${fact.type} in ${checkout.state}`).toBeNull()
            continue
          }
          expect(ours.checkout.context).toEqual(theirs?.context)
          expect(ours.checkout.state).toBe(theirs?.state)
          expect(ours.instructions).toEqual(theirs?.instructions)
          checkout = ours.checkout
          snapshot = theirs?.after as Snapshot
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
