import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Checkout, Fact } from "../../machines/index.ts"
import { decide, isIllegal, legalMoves, moveName, open, replay, stateInfo } from "../../machines/index.ts"
import { after, anAnswer, anOrder, anyHistory, payToken, startOfTime } from "../support/checkouts.ts"

const minted = { type: "TokenMinted", payToken } as const
const authenticated = { type: "AuthenticationSucceeded" } as const
const started = { type: "ExecutionStarted", attempt: 1 } as const
const lost = { type: "OutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as const
const report = (over: Parameters<typeof anAnswer>[0]) =>
  ({ type: "StatusReported", answer: anAnswer(over) }) as const
const asked = { type: "StatusAsked" } as const

/** Every checkout on the way, for any history: what was accepted, and what was refused. */
const walk = (facts: ReadonlyArray<Fact>) => {
  let checkout: Checkout = open("c", anOrder(), startOfTime).checkout
  const steps = []
  for (const fact of facts) {
    const decision = decide(checkout, fact)
    steps.push({ before: checkout, fact, decision })
    checkout = decision.checkout
  }
  return { steps, end: checkout }
}

describe("the checkout machine", () => {
  it("goes from minted to settled when all is well", () => {
    const checkout = after(minted, authenticated, started, {
      type: "PaymentExecuted",
      attempt: 1,
      answer: anAnswer(),
    })
    expect(checkout.state).toBe("settled.paid")
  })

  it("leaves the buyer with the same token when the sheet is closed, and keeps the reason as it came", () => {
    const reason = "사용자가 닫았어요 <b>"
    const checkout = after(
      minted,
      { type: "AuthenticationStarted" },
      { type: "AuthenticationRejected", reason },
    )
    expect(checkout.state).toBe("minted.ready")
    expect(checkout.context.payToken).toBe(payToken)
    expect(checkout.context.reason).toEqual({ code: "AUTHENTICATION_REJECTED", message: reason })
  })

  it("asks TossPay when the sheet gives no answer", () => {
    const before = after(minted, { type: "AuthenticationStarted" })
    const decision = decide(before, { type: "AuthenticationUnknown", at: startOfTime, reason: null })
    expect(decision._tag === "Accepted" && decision.instructions).toEqual(["askStatus"])
    expect(decision.checkout.state).toBe("authenticating.unknown")
  })

  it("does not count PAY_APPROVED as paid, and counts SETTLEMENT_COMPLETE as paid", () => {
    const unknown = after(minted, authenticated, started, lost)
    const approved = decide(unknown, { at: startOfTime, ...report({ payStatus: "PAY_APPROVED" }) })
    expect(approved.checkout.state).toBe("executing.unknown")
    const settled = decide(unknown, { at: startOfTime, ...report({ payStatus: "SETTLEMENT_COMPLETE" }) })
    expect(settled.checkout.state).toBe("settled.paid")
  })

  it.each([
    ["amount", { amount: 9_001 }, "AMOUNT_MISMATCH"],
    ["paid and discounted", { paidAmount: 8_999 }, "AMOUNT_MISMATCH"],
    ["order number", { orderNo: "test-0002" }, "ORDER_MISMATCH"],
    ["token", { payToken: "another" }, "TOKEN_MISMATCH"],
    ["mode", { mode: "LIVE" }, "MODE_MISMATCH"],
  ])("a charge with another %s is a mismatch", (_, over, reason) => {
    const calling = after(minted, authenticated, started)
    for (const fact of [
      { type: "PaymentExecuted", attempt: 1, answer: anAnswer(over) } as const,
      report({ ...over, payStatus: "PAY_COMPLETE" }),
    ]) {
      const decision = decide(calling, { at: startOfTime, ...fact })
      expect(decision.checkout.state).toBe("mismatched.owed")
      expect(decision.checkout.context.reason?.code).toBe(reason)
      expect(decision._tag === "Accepted" && decision.move.checks?.some((check) => !check.agrees)).toBe(true)
    }
  })

  it("an instant discount of Toss lowers what is paid, not what is owed", () => {
    const answer = anAnswer({ paidAmount: 8_000, discountedAmount: 1_000 })
    expect(after(minted, authenticated, started, { type: "PaymentExecuted", attempt: 1, answer }).state).toBe(
      "settled.paid",
    )
  })

  it("an answer that differs is a mismatch even before any money moved", () => {
    const before = after(minted, { type: "AuthenticationUnknown", reason: null })
    const decision = decide(before, { at: startOfTime, ...report({ payStatus: "PAY_APPROVED", amount: 1 }) })
    expect(decision.checkout.state).toBe("mismatched.closed")
  })

  it("executes again only after a whole lease of silence, and only when TossPay says approved", () => {
    const approved = report({ payStatus: "PAY_APPROVED" })
    const rounds = [asked, approved, asked, approved]
    expect(after(minted, authenticated, started, lost, approved, ...rounds).state).toBe("executing.unknown")
    expect(after(minted, authenticated, started, lost, approved, ...rounds, asked, approved).state).toBe(
      "authenticated.confirmed",
    )
  })

  it("hands the token back to the buyer only when no earlier call can still charge", () => {
    const standby = report({ payStatus: "PAY_STANDBY" })
    const rounds = [asked, standby, asked, standby]
    expect(after(minted, authenticated, started, lost, standby, ...rounds).state).toBe("executing.unknown")
    expect(after(minted, authenticated, started, lost, standby, ...rounds, asked, standby).state).toBe(
      "minted.ready",
    )
  })

  it("asks TossPay before it believes a refusal", () => {
    const refused = after(minted, authenticated, started, {
      type: "ExecutionRefused",
      attempt: 1,
      code: "COMMON_NOT_ENOUGH_CASH",
      message: "잔액이 부족해요",
    })
    expect(refused.state).toBe("executing.refused")
    const failed = decide(refused, { at: startOfTime, ...report({ payStatus: "PAY_APPROVED" }) }).checkout
    expect(failed.state).toBe("failed.closed")
    expect(failed.context.reason).toEqual({ code: "COMMON_NOT_ENOUGH_CASH", message: "잔액이 부족해요" })
    const paid = decide(refused, { at: startOfTime, ...report({ payStatus: "PAY_COMPLETE" }) }).checkout
    expect(paid.state).toBe("settled.paid")
  })

  it("a lapsing token is asked for before it fails", () => {
    const lapsing = after(minted, { type: "TokenExpired" })
    expect(lapsing.state).toBe("minted.lapsing")
    expect(decide(lapsing, { at: startOfTime, ...report({ payStatus: "PAY_STANDBY" }) }).checkout.state).toBe(
      "failed.closed",
    )
    expect(
      decide(lapsing, { at: startOfTime, ...report({ payStatus: "PAY_APPROVED" }) }).checkout.state,
    ).toBe("authenticated.confirmed")
  })

  it("a day without an answer asks a person and never fails by itself", () => {
    let checkout = after(minted, authenticated, started, lost)
    let rounds = 0
    while (checkout.state === "executing.unknown" && rounds < 100) {
      rounds += 1
      checkout = decide(checkout, { type: "StatusAsked", at: startOfTime }).checkout
      checkout = decide(checkout, { type: "StatusUnavailable", at: startOfTime, cause: "TIMEOUT" }).checkout
    }
    expect(checkout.state).toBe("executing.review")
    expect(checkout.context.waitedMs).toBeGreaterThanOrEqual(24 * 3_600_000)
    expect(rounds).toBeLessThan(20)
    const corrected = decide(checkout, {
      type: "OutcomeCorrected",
      at: startOfTime,
      who: "kim",
      why: "TossPay support said so",
      answer: anAnswer({ payStatus: "PAY_COMPLETE" }),
    })
    expect(corrected.checkout.state).toBe("settled.paid")
  })

  it("a charge that shows up after the failure is a mismatch, never settled and never lost", () => {
    const failed = after(minted, { type: "TokenExpired" }, { type: "StatusNotFound" })
    const late = decide(failed, { type: "PaymentExecuted", at: startOfTime, attempt: 1, answer: anAnswer() })
    expect(late.checkout.state).toBe("mismatched.owed")
  })
})

describe("any sequence of facts", () => {
  it("moves only along the table of legal moves", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        for (const { decision } of walk(facts).steps) {
          if (decision._tag === "Refused") continue
          const { from, fact, to } = decision.move
          expect(legalMoves).toContain(moveName(from, fact.type, to))
        }
      }),
    )
  })

  it("is refused visibly or remembered: a refusal changes nothing, an acceptance is one version", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        for (const { before, decision } of walk(facts).steps) {
          if (decision._tag === "Refused") expect(decision.checkout).toBe(before)
          else expect(decision.checkout.version).toBe(before.version + 1)
        }
      }),
    )
  })

  it("reads back as the checkout that it made", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const { steps, end } = walk(facts)
        const accepted = steps.flatMap((step) => (step.decision._tag === "Accepted" ? [step.fact] : []))
        const opening = { type: "CheckoutOpened", at: startOfTime, order: anOrder() } as const
        const again = replay("c", [opening, ...accepted])
        expect(isIllegal(again)).toBe(false)
        expect(again).toEqual(end)
      }),
    )
  })

  it("settles only with an answer that agrees in every comparison", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        for (const { before, decision } of walk(facts).steps) {
          const settles = decision.checkout.state.startsWith("settled") && !before.state.startsWith("settled")
          if (settles && decision._tag === "Accepted") {
            expect(decision.move.checks?.every((check) => check.agrees)).toBe(true)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it("never lets money that moved end up as failed", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        const { steps, end } = walk(facts)
        const charged = steps.some(
          ({ fact, decision }) => fact.type === "PaymentExecuted" && decision._tag === "Accepted",
        )
        if (charged) expect(end.state).toMatch(/^(settled|mismatched)/)
      }),
    )
  })

  it("asks the shell to execute only with the row that claims the execution", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        for (const { decision } of walk(facts).steps) {
          if (decision._tag === "Accepted" && decision.instructions.includes("executePayment")) {
            expect(decision.move.fact.type).toBe("ExecutionStarted")
          }
        }
      }),
    )
  })

  it("never calls a new payment safe while an execute call is unanswered and nothing was given back", () => {
    fc.assert(
      fc.property(anyHistory, (facts) => {
        for (const { decision } of walk(facts).steps) {
          const { state, context } = decision.checkout
          const known = context.payment !== null || context.reason?.code === "PAYMENT_CANCELLED"
          if (context.unanswered.length > 0 && !known && stateInfo(state).safeToRetry) {
            // Closed at TossPay itself: only then can an unanswered call no longer charge.
            expect(["StatusReported", "StatusNotFound", "OutcomeCorrected"]).toContain(
              decision._tag === "Accepted" ? decision.move.fact.type : "Refused",
            )
          }
        }
      }),
    )
  })
})
