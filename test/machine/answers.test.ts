import { describe, expect, it } from "vitest"
import { type Fact, type News, planAnswer, type RecordedFact, upcast } from "../../machines/index.ts"
import { after, anAnswer, payToken, refundUnderWay, startOfTime } from "../support/checkouts.ts"

const minted = { type: "TokenMinted", payToken } as const
const authenticated = { type: "AuthenticationSucceeded" } as const
const asked = { type: "StatusAsked" } as const
const unavailable = { type: "StatusUnavailable", cause: "TIMEOUT" } as const
const called = (attempt: number) =>
  [
    { type: "ExecutionStarted", attempt },
    { type: "OutcomeUnknown", attempt, cause: "TIMEOUT" },
  ] as const
const approved = { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_APPROVED" }) } as const
const whole = { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_COMPLETE" }) } as const
const aLease = [asked, approved, asked, approved, asked, approved]

const recorded = (news: News): Fact => ({ ...news, at: startOfTime }) as Fact

describe("an answer of TossPay", () => {
  const once = [minted, authenticated, ...called(1)] as const
  const question = after(...once, asked)

  it("is taken of the checkout that was asked about", () => {
    expect(planAnswer(question, question, recorded(approved))).toMatchObject({ _tag: "Plan" })
  })

  it("is refused once another one was heard, for it may be older", () => {
    const refused = {
      type: "ExecutionRefused",
      attempt: 1,
      code: "CARD_EXCEED_LIMIT",
      message: null,
    } as const
    const first = after(minted, authenticated, called(1)[0], refused, asked)
    const moving = { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_PROGRESS" }) } as const
    const then = after(minted, authenticated, called(1)[0], refused, asked, asked, moving)
    expect(then).toMatchObject({ state: "executing.unknown", context: { waitedMs: 0, unanswered: [] } })
    expect(planAnswer(first, then, recorded(approved))._tag).toBe("Refused")
  })

  it("does not undo what the webview has said since", () => {
    const sheet = [minted, { type: "AuthenticationStarted" }, asked] as const
    const standby = { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_STANDBY" }) } as const
    expect(planAnswer(after(...sheet), after(...sheet, authenticated), recorded(standby))._tag).toBe(
      "Refused",
    )
  })

  it("is taken where it is an approval that no call of ours can have used up, however often pages report", () => {
    const unknown = { type: "AuthenticationUnknown", reason: null } as const
    const later = after(minted, unknown, unknown, asked, unknown)
    expect(planAnswer(after(minted, unknown), later, recorded(approved))).toMatchObject({
      checkout: { state: "authenticated.confirmed" },
    })
  })

  it.each([
    "PAY_CANCEL",
    "PAY_COMPLETE",
    "REFUND_PROGRESS",
    "REFUND_SUCCESS",
    "SETTLEMENT_COMPLETE",
  ] as const)("is taken, whatever has happened since, where it stays true: %s", (payStatus) => {
    const later = after(...once, asked, unavailable, asked)
    const told = recorded({ type: "StatusReported", answer: anAnswer({ payStatus }) })
    expect(planAnswer(question, later, told)._tag).toBe("Plan")
  })

  it("is refused once another question was asked, for it may be older than that silence", () => {
    const later = after(...once, asked, unavailable, asked)
    expect(planAnswer(question, later, recorded(approved))).toEqual({
      ...{ _tag: "Refused", checkout: later, fact: "StatusReported" },
    })
    expect(planAnswer(later, later, recorded(approved))).toMatchObject({ _tag: "Plan" })
  })

  it("is refused once another call has begun, for it may be older than that call", () => {
    const twice = after(...once, ...aLease, ...called(2))
    expect(twice.context).toMatchObject({ attempts: 2, waitedMs: 0 })
    expect(planAnswer(question, twice, recorded(approved))._tag).toBe("Refused")
  })

  it("is refused once a refund call has begun", () => {
    const paid = { type: "PaymentExecuted", attempt: 1, answer: anAnswer() } as const
    const [wish, there, call] = refundUnderWay
    const settled = [minted, authenticated, called(1)[0], paid, wish] as const
    const lost = { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as const
    const refunding = after(...settled, there, call, lost)
    expect(planAnswer(after(...settled), refunding, recorded(whole))._tag).toBe("Refused")
    expect(planAnswer(refunding, refunding, recorded(whole))._tag).toBe("Plan")
  })
})

describe("a refund on its way that nobody here asked for", () => {
  const moving = { type: "StatusReported", answer: anAnswer({ payStatus: "REFUND_PROGRESS" }) } as const
  const aDay = Array.from({ length: 16 }, () => asked)
  const late = after(minted, authenticated, ...called(1), moving, ...aDay)

  it.each([moving, unavailable, { type: "StatusNotFound" } as const])(
    "is stuck after a day: $type",
    (fact) => {
      expect(late.state).toBe("settled.refunding")
      expect(planAnswer(late, late, recorded(fact))).toMatchObject({ checkout: { state: "settled.stuck" } })
    },
  )

  it.each([moving, unavailable])("was waited for by machine version 1, for ever: $type", (fact) => {
    const old = upcast(recorded(fact) as unknown as RecordedFact, 1)
    expect(planAnswer(late, late, old)).toMatchObject({ checkout: { state: "settled.refunding" } })
  })
})
