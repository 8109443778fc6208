import { describe, expect, it } from "vitest"
import { patienceMs } from "../../machines/context.ts"
import {
  type Checkout,
  decide,
  type Fact,
  mayBeDecided,
  type PayStatus,
  type RecordedFact,
  stateInfo,
  upcast,
  watchedStates,
} from "../../machines/index.ts"
import { after, anAnswer, payToken, startOfTime } from "../support/checkouts.ts"

const at = startOfTime
const minted = { type: "TokenMinted", payToken } as const
const authenticated = { type: "AuthenticationSucceeded" } as const
const started = (attempt: number) => ({ type: "ExecutionStarted", attempt }) as const
const lost = { type: "OutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as const
const asked = { type: "StatusAsked" } as const
const refused = (attempt: number, code: string) =>
  ({ type: "ExecutionRefused", attempt, code, message: null }) as const

const differing = { amount: 1 }
const report = (payStatus: PayStatus, over = {}): Fact => ({
  ...{ type: "StatusReported", at },
  answer: anAnswer({ payStatus, ...over }),
})
const notFound: Fact = { type: "StatusNotFound", at }
const decided = (payStatus: PayStatus, over = {}): Fact => ({
  ...{ type: "OutcomeCorrected", at, who: "kim", why: "looked it up" },
  answer: anAnswer({ payStatus, ...over }),
})

/** The same, as machine version 1 recorded it. */
const ofVersion1 = (fact: Fact): Fact => upcast(fact as unknown as RecordedFact, 1)

const approved = report("PAY_APPROVED")
const aLease = [asked, approved, asked, approved, asked, approved]

/** Of the first call nobody knows, the second was refused. */
const failed = after(
  ...[minted, authenticated, started(1), lost, ...aLease],
  ...[started(2), refused(2, "CARD_EXCEED_LIMIT"), approved],
)
const differed = after(minted, authenticated, started(1), lost, report("PAY_APPROVED", differing))

const then = (checkout: Checkout, fact: Fact) => {
  const decision = decide(checkout, fact)
  return {
    state: decision.checkout.state,
    isRefused: decision._tag === "Refused",
    isAlert: decision._tag === "Accepted" && decision.instructions.includes("raiseAlert"),
  }
}

/** After so many questions that a day is over, none of which was answered. */
const aDayLater = (checkout: Checkout): Checkout =>
  checkout.context.waitedMs >= patienceMs ? checkout : aDayLater(decide(checkout, { ...asked, at }).checkout)

describe.each([
  { name: "failed", open: failed, closed: "failed.closed" },
  { name: "differed", open: differed, closed: "mismatched.closed" },
])("a payment that $name, and may have been charged,", ({ open, closed }) => {
  const late = aDayLater(open)

  it("is watched, and not safe to pay again", () => {
    expect(watchedStates).toContain(open.state)
    expect(stateInfo(open.state)).toMatchObject({ owner: "server", safeToRetry: false })
    expect(late.state).toBe(open.state)
  })

  it.each([{}, differing])("is not given up while a charge is under way (%o)", (over) => {
    for (const checkout of [open, late]) {
      expect(then(checkout, report("PAY_PROGRESS", over))).toMatchObject({
        state: open.state,
        isRefused: false,
      })
      expect(then(checkout, decided("PAY_PROGRESS", over)).isRefused).toBe(true)
    }
    const charged = report("PAY_COMPLETE", over)
    const { checkout } = decide(late, report("PAY_PROGRESS", over))
    expect(then(checkout, charged).state).toBe("mismatched.owed")
    expect(then(late, ofVersion1(report("PAY_PROGRESS", over))).state).toBe(
      open === failed && over === differing ? open.state : closed,
    )
  })

  it.each([
    ...[report("PAY_STANDBY"), report("PAY_APPROVED"), report("PAY_APPROVED", differing), notFound],
    ...[decided("PAY_STANDBY"), decided("PAY_APPROVED", differing)],
  ])(
    "is over once a day of questions ends with no charge under way, and the operators' log says so",
    (fact) => {
      expect(then(open, fact).state).toBe(open.state)
      expect(then(late, fact)).toMatchObject({ state: closed, isAlert: true })
    },
  )

  it.each([{}, differing])("is over as soon as it is cancelled at TossPay (%o)", (over) => {
    for (const fact of [report("PAY_CANCEL", over), decided("PAY_CANCEL", over)])
      expect(then(open, fact)).toMatchObject({ state: closed, isAlert: false })
  })

  it.each([{ orderNo: "test-0002" }, { payToken: "another" }])(
    "follows nothing of another payment: %o",
    (other) => {
      for (const fact of [report("PAY_CANCEL", other), report("PAY_STANDBY", other)]) {
        expect(then(open, fact).state).toBe(open.state)
        expect(then(late, fact).state).toBe(open.state)
      }
      for (const fact of [decided("PAY_CANCEL", other), decided("PAY_APPROVED", other)])
        expect(then(late, fact).isRefused).toBe(true)
    },
  )

  it("is a person's to ask about at any time", () => {
    expect(mayBeDecided(open)).toBe(true)
    expect(then(open, decided("PAY_COMPLETE")).state).toBe("mismatched.owed")
  })

  it("was over to machine version 1 by the first word that TossPay does not know it", () => {
    expect(then(open, ofVersion1(notFound)).state).toBe(closed)
  })
})

describe("what version 1 of the machine made of an answer that differs", () => {
  it("was nothing where the payment had failed", () => {
    for (const fact of [report("PAY_CANCEL", differing), report("PAY_STANDBY", differing)])
      expect(then(aDayLater(failed), ofVersion1(fact)).state).toBe("failed.open")
  })
})

describe("a difference", () => {
  const unknown = after(minted, { type: "AuthenticationUnknown", reason: null })

  it("is watched while a charge is under way, even where no call of ours can be it", () => {
    const moving = report("PAY_PROGRESS", differing)
    expect(then(unknown, moving)).toMatchObject({ state: "mismatched.open", isAlert: true })
    expect(then(unknown, ofVersion1(moving)).state).toBe("mismatched.closed")
    expect(then(unknown, report("PAY_APPROVED", differing)).state).toBe("mismatched.closed")
    const { checkout } = decide(unknown, moving)
    expect(then(checkout, notFound).state, "by one word that TossPay does not know it").toBe(
      "mismatched.open",
    )
    expect(then(aDayLater(checkout), notFound)).toMatchObject({ state: "mismatched.closed", isAlert: true })
  })
})

describe("a token that lapses, unknown to TossPay,", () => {
  it("has failed if no call is unanswered", () => {
    expect(then(after(minted, { type: "TokenExpired" }), notFound).state).toBe("failed.closed")
  })

  it("is asked about for a day if one is, and then a person is asked", () => {
    const standby = report("PAY_STANDBY")
    const silence = [asked, standby, asked, standby, asked, standby]
    const lapsing = after(minted, authenticated, started(1), lost, ...silence, { type: "TokenExpired" })
    expect(lapsing.state).toBe("minted.lapsing")
    expect(then(lapsing, notFound)).toMatchObject({ state: "minted.lapsing", isRefused: false })
    expect(then(aDayLater(lapsing), notFound)).toMatchObject({ state: "executing.review", isAlert: true })
    expect(then(lapsing, ofVersion1(notFound)).state).toBe("failed.closed")
  })
})

describe("an execution that TossPay refused as too early", () => {
  const early = after(minted, authenticated, started(1), refused(1, "EXECUTE_PAY_NOT_APPROVED"))

  it("is made again once the approval is there", () => {
    const { checkout } = decide(early, approved)
    expect(checkout.state).toBe("executing.postponed")
    expect(then(decide(checkout, { ...asked, at }).checkout, approved).state).toBe("authenticated.confirmed")
  })

  it("goes back to the buyer while it is not", () => {
    expect(then(early, report("PAY_STANDBY")).state).toBe("minted.ready")
  })

  it("had failed to machine version 1", () => {
    expect(then(early, ofVersion1(approved)).state).toBe("failed.closed")
  })

  it("fails if it was refused for anything else", () => {
    const dear = after(minted, authenticated, started(1), refused(1, "CARD_EXCEED_LIMIT"))
    expect(then(dear, approved).state).toBe("failed.closed")
  })
})
