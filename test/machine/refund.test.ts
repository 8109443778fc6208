import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Checkout,
  decide,
  type Fact,
  nextRefund,
  type Order,
  open,
  orderView,
  plan,
  refundRequested,
  refundResult,
  statusReported,
  timerOf,
} from "../../machines/index.ts"
import {
  anAnswer,
  anOrder,
  anyHistory,
  aRefund,
  payToken,
  refundUnderWay,
  startOfTime,
} from "../support/checkouts.ts"

const at = startOfTime
const wish = { who: "kim", why: "asked for it", origin: "person" } as const
const paying = [
  { type: "TokenMinted", payToken },
  { type: "AuthenticationSucceeded" },
  { type: "ExecutionStarted", attempt: 1 },
] as const
const paid = { type: "PaymentExecuted", attempt: 1, answer: anAnswer() } as const
const paidTooMuch = { type: "PaymentExecuted", attempt: 1, answer: anAnswer({ amount: 9_001 }) } as const
const [requested, whole, started] = refundUnderWay
const lost = { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" } as const
const asked = { type: "StatusAsked" } as const
const report = (over: Parameters<typeof anAnswer>[0]) =>
  ({ type: "StatusReported", answer: anAnswer(over) }) as const

type Loose<F> = F extends Fact ? Omit<F, "at"> : never

/** The checkout after these facts, and what was asked of the shell with the last of them. */
const after = (order: Partial<Order>, ...facts: ReadonlyArray<Loose<Fact>>) => {
  let checkout = open("c", anOrder(order), at).checkout
  let instructions: ReadonlyArray<string> = []
  for (const fact of facts) {
    const step = plan(checkout, { ...fact, at } as Fact)
    if (step._tag === "Refused") throw new Error(`${fact.type} is refused in ${checkout.state}`)
    checkout = step.checkout
    instructions = step.instructions
  }
  return { ...checkout, instructions }
}

const isRefused = (checkout: Checkout, fact: Loose<Fact>) =>
  decide(checkout, { ...fact, at } as Fact)._tag === "Refused"

describe.each([
  ["a payment", "settled", "paid", {}, paid],
  ["a mismatch that waits for a person", "mismatched", "charged", { onMismatch: "hold" }, paidTooMuch],
] as const)("the refund of %s", (_, state, rest, order, charged) => {
  const begin = [...paying, charged, ...refundUnderWay] as const

  it("is on record with who and why before TossPay is asked, and is called for once the money is said to be there", () => {
    const wished = after(order, ...paying, charged, requested)
    expect(wished).toMatchObject({ state: `${state}.refunding`, instructions: ["askStatus"] })
    expect(wished.context.refund).toMatchObject({ attempt: 0, ...wish })
    expect(timerOf(wished)).toEqual({ fact: "StatusAsked", afterMs: 5_000 })
    for (const facts of [[], [requested]])
      expect(isRefused(after(order, ...paying, charged, ...facts), started)).toBe(true)
    const claim = after(order, ...paying, charged, requested, whole)
    expect(claim).toMatchObject({ state: `${state}.owed`, instructions: ["startRefund"] })
    expect(nextRefund(claim, at)).toEqual({ ...started, at })
  })

  it("that somebody made on TossPay's dashboard before ours is not made again, and is theirs", () => {
    const wished = after(order, ...paying, charged, requested)
    for (const payStatus of ["REFUND_SUCCESS", "REFUND_PROGRESS"] as const) {
      const fact = statusReported(wished, at, anAnswer({ payStatus, refundableAmount: 0 }))
      expect(fact.origin).toBe("dashboard")
      const told = plan(wished, fact)
      expect(told).toMatchObject({ instructions: [], checkout: { context: { refund: { attempt: 0 } } } })
    }
  })

  it("is on record before the call, with which call it is", () => {
    const calling = after(order, ...begin)
    expect(calling).toMatchObject({ state: `${state}.refunding`, instructions: ["refundPayment"] })
    expect(calling.context.refund).toMatchObject({ attempt: 1, ...wish })
    expect(timerOf(calling)).toEqual({ fact: "LeaseExpired", afterMs: 45_000 })
    expect(orderView(calling).refund).toEqual({ state: "refunding", amount: charged.answer.amount })
  })

  it("has one call in flight: nobody else's claim is taken", () => {
    for (const fact of [requested, { ...requested, attempt: 2 }, started, { ...started, attempt: 2 }]) {
      expect(isRefused(after(order, ...begin), fact)).toBe(true)
      expect(isRefused(after(order, ...begin, lost), fact)).toBe(true)
    }
  })

  it("is done when TossPay confirms the whole amount, at TossPay's own time", () => {
    const done = after(order, ...begin, {
      type: "RefundConfirmed",
      attempt: 1,
      ...aRefund({ refundedAmount: charged.answer.amount }),
    })
    expect(done.state).toBe(`${state}.refunded`)
    expect(orderView(done).refund).toMatchObject({
      state: "refunded",
      refundedAt: "2026-01-01T00:05:00.000Z",
    })
  })

  it("is asked about when the reply names another amount", () => {
    const short = after(order, ...begin, {
      type: "RefundConfirmed",
      attempt: 1,
      ...aRefund({ refundedAmount: 1 }),
    })
    expect(short).toMatchObject({ state: `${state}.refunding`, instructions: ["askStatus"] })
  })

  it.each([["lost", lost] as const, ["never came", { type: "LeaseExpired" }] as const])(
    "is asked about when its reply is %s, and called again only after a lease of silence",
    (_, silence) => {
      const silent = after(order, ...begin, silence)
      expect(silent).toMatchObject({ state: `${state}.refunding`, instructions: ["askStatus"] })
      const rounds = [asked, whole, asked, whole, asked] as const
      const early = after(order, ...begin, silence, ...rounds.slice(0, 2), ...rounds.slice(2, 4))
      expect(early).toMatchObject({ state: `${state}.refunding`, instructions: [] })
      const due = after(order, ...begin, silence, ...rounds, whole)
      expect(due).toMatchObject({ state: `${state}.owed`, instructions: ["startRefund"] })
      expect(nextRefund(due, at)).toEqual({ ...started, at, attempt: 2 })
    },
  )

  it.each([
    ["order", { orderNo: "another-order" }],
    ["token", { payToken: "another-token" }],
    ["mode", { mode: "LIVE" }],
    ...(state === "settled" ? [["amount", { amount: 1, paidAmount: 1 }] as const] : []),
  ] as const)("is neither believed nor called again on word of a payment of another %s", (_, another) => {
    const statuses = ["REFUND_SUCCESS", "REFUND_PROGRESS", "PAY_COMPLETE", "SETTLEMENT_COMPLETE"] as const
    for (const payStatus of statuses) {
      const told = report({ payStatus, refundableAmount: 0, ...another })
      const lostLong = after(order, ...begin, lost, asked, whole, asked, whole, asked)
      const step = decide(lostLong, { ...told, at })
      expect(step).toMatchObject({ _tag: "Accepted", instructions: [] })
      expect(step.checkout.state).toBe(`${state}.refunding`)
      const unasked = decide(after(order, ...paying, charged), { ...told, at })
      expect(unasked.checkout.state).toBe(`${state}.${rest}`)
    }
  })

  it("is called again at once when TossPay did nothing and the money is still with the shop", () => {
    const later = {
      type: "RefundPostponed",
      attempt: 1,
      code: "REFUND_EXCEED_DAILY",
      message: null,
    } as const
    const postponed = after(order, ...begin, later)
    expect(postponed).toMatchObject({ state: `${state}.refunding`, instructions: [] })
    expect(after(order, ...begin, later, asked, whole)).toMatchObject({
      state: `${state}.owed`,
      instructions: ["startRefund"],
    })
  })

  it("that TossPay refused is asked about once, and then rests with the code on record", () => {
    const refusal = { type: "RefundRefused", attempt: 1, code: "INACTIVE_USER", message: "탈퇴" } as const
    expect(after(order, ...begin, refusal).instructions).toEqual(["askStatus"])
    const refused = after(order, ...begin, refusal, whole)
    expect(refused).toMatchObject({ state: `${state}.${rest}`, instructions: ["raiseAlert"] })
    expect(refused.context.refund?.refusal).toEqual({ code: "INACTIVE_USER", message: "탈퇴" })
    expect(isRefused(refused, requested)).toBe(true)
    expect(isRefused(refused, { ...requested, attempt: 2 })).toBe(false)
  })

  it("waits while TossPay is at it, and asks a person after a day", () => {
    let checkout: Checkout = after(order, ...begin, lost)
    let rounds = 0
    while (checkout.state === `${state}.refunding` && rounds < 100) {
      rounds += 1
      checkout = decide(checkout, { ...asked, at }).checkout
      checkout = decide(checkout, { ...report({ payStatus: "REFUND_PROGRESS" }), at }).checkout
    }
    expect(checkout.state).toBe(`${state}.stuck`)
    expect(checkout.context.waitedMs).toBeGreaterThanOrEqual(24 * 3_600_000)
    expect(rounds).toBeLessThan(20)
    expect(isRefused(checkout, { ...requested, attempt: 2 })).toBe(true)
    expect(decide(checkout, { ...whole, at }).checkout.state).toBe(`${state}.${rest}`)
    expect(decide(checkout, { ...report({ payStatus: "REFUND_SUCCESS" }), at }).checkout.state).toBe(
      `${state}.refunded`,
    )
  })

  it("calls ever less often, so that a day of trouble is a few calls", () => {
    let checkout: Checkout = after(order, ...begin)
    let calls = 1
    const take = (fact: Loose<Fact>) => {
      const decision = decide(checkout, { ...fact, at } as Fact)
      checkout = decision.checkout
      if (decision._tag === "Accepted" && decision.instructions.includes("startRefund")) {
        checkout = decide(checkout, nextRefund(checkout, at)).checkout
        calls += 1
      }
    }
    for (let rounds = 0; rounds < 100 && checkout.state !== `${state}.stuck`; rounds += 1) {
      for (const fact of [{ ...lost, attempt: calls }, asked, whole]) take(fact)
    }
    expect(checkout.state).toBe(`${state}.stuck`)
    expect(calls).toBeLessThan(12)
  })

  it("is refused once TossPay has settled it with the shop, which is on record", () => {
    const settled = report({ payStatus: "SETTLEMENT_COMPLETE" })
    const final = after(order, ...paying, charged, settled)
    expect(final.context.payment?.payStatus).toBe("SETTLEMENT_COMPLETE")
    expect(isRefused(final, requested)).toBe(true)
    const refusal = { type: "RefundRefused", attempt: 1, code: "COMMON_REFUND_ERROR", message: null } as const
    const tried = after(order, ...begin, refusal, settled)
    expect(tried.state).toBe(`${state}.${rest}`)
    expect(isRefused(tried, { ...requested, attempt: 2 })).toBe(true)
    const wished = after(order, ...paying, charged, requested, settled)
    expect(wished).toMatchObject({ state: `${state}.${rest}`, instructions: ["raiseAlert"] })
  })

  it("is called off when somebody else gives a part back, unless a call of ours may still give back the rest", () => {
    const part = report({ payStatus: "REFUND_SUCCESS", refundableAmount: 4_500 })
    const wished = after(order, ...paying, charged, requested, part)
    expect(wished).toMatchObject({ state: `${state}.${rest}`, instructions: ["raiseAlert"] })
    expect(refundResult(wished)).toMatchObject({ outcome: "refused", reason: "REFUND_FAILED" })
    const postponed = {
      type: "RefundPostponed",
      attempt: 1,
      code: "REFUND_EXCEED_DAILY",
      message: null,
    } as const
    expect(after(order, ...begin, postponed, asked, part).state).toBe(`${state}.${rest}`)
    for (const silence of [lost, { type: "LeaseExpired" } as const])
      expect(after(order, ...begin, silence, asked, part).state).toBe(`${state}.refunding`)
    const theirs = after(order, ...paying, charged, report({ payStatus: "REFUND_PROGRESS" }), part)
    expect(theirs.state).toBe(`${state}.${rest}`)
  })

  it("may have been made on TossPay's own dashboard, which is told", () => {
    const before = after(order, ...paying, charged)
    const fact = statusReported(before, at, anAnswer({ payStatus: "REFUND_SUCCESS", refundableAmount: 0 }))
    expect(fact.origin).toBe("dashboard")
    expect(decide(before, fact).checkout.state).toBe(`${state}.refunded`)
    expect(statusReported(after(order, ...begin), at, fact.answer)).not.toHaveProperty("origin")
    const part = anAnswer({ payStatus: "REFUND_SUCCESS", refundableAmount: 4_500 })
    expect(decide(before, statusReported(before, at, part)).checkout.state).toBe(`${state}.${rest}`)
  })
})

describe("a mismatch that moved money", () => {
  it("is given back by policy: the alert, the evidence and the refund come with the same fact", () => {
    const found = after({}, ...paying, paidTooMuch)
    expect(found).toMatchObject({ state: "mismatched.owed", instructions: ["raiseAlert", "startRefund"] })
    expect(nextRefund(found, at)).toEqual({
      type: "RefundStarted",
      at,
      attempt: 1,
      who: "policy",
      why: "AMOUNT_MISMATCH",
      origin: "policy",
    })
    expect(orderView(found).refund).toEqual({ state: "refunding", amount: 9_001 })
  })

  it("waits for a person by policy, and for every order that says nothing of it", () => {
    const { onMismatch: _, ...silent } = anOrder()
    for (const order of [{ onMismatch: "hold" } as const, { ...silent, onMismatch: undefined as never }]) {
      const found = after(order, ...paying, paidTooMuch)
      expect(found).toMatchObject({ state: "mismatched.charged", instructions: ["raiseAlert"] })
      expect(after(order, ...paying, paidTooMuch, asked, whole).instructions).toEqual([])
    }
  })

  it("is owed back when it shows up after the failure", () => {
    const late = after({}, { type: "TokenMinted", payToken }, { type: "TokenExpired" }, whole)
    expect(late.state).toBe("settled.paid")
    const failed = [
      { type: "TokenMinted", payToken },
      { type: "TokenExpired" },
      { type: "StatusNotFound" },
    ] as const
    expect(after({}, ...failed, whole)).toMatchObject({
      state: "mismatched.owed",
      instructions: ["raiseAlert", "startRefund"],
    })
    expect(after({}, ...failed, whole).context.reason?.code).toBe("UNEXPECTED_CHARGE")
  })

  it("is claimed once, by the policy or by a person: whoever is first has the call", () => {
    const found = after({}, ...paying, paidTooMuch)
    const byPolicy = decide(found, nextRefund(found, at)).checkout
    const held = after({ onMismatch: "hold" }, ...paying, paidTooMuch)
    const byPerson = after({ onMismatch: "hold" }, ...paying, paidTooMuch, ...refundUnderWay)
    expect(byPolicy.context.refund?.origin).toBe("policy")
    expect(byPerson.context.refund?.origin).toBe("person")
    for (const [before, claimed] of [
      [found, byPolicy],
      [held, byPerson],
    ] as const) {
      expect(isRefused(claimed, nextRefund(before, at))).toBe(true)
      expect(isRefused(claimed, refundRequested(claimed, at, wish))).toBe(true)
    }
    expect(isRefused(found, refundRequested(found, at, wish))).toBe(true)
  })

  it("is never asked to be refunded when TossPay refunds it no more", () => {
    const found = after({}, ...paying, { ...report({ payStatus: "SETTLEMENT_COMPLETE", amount: 1 }) })
    expect(found).toMatchObject({ state: "mismatched.charged", instructions: ["raiseAlert"] })
  })
})

describe("any sequence of facts", () => {
  const walk = (facts: ReadonlyArray<Fact>, onMismatch: "refund" | "hold") => {
    let checkout: Checkout = open("c", anOrder({ onMismatch }), at).checkout
    return facts.map((fact) => {
      const before = checkout
      const decision = decide(before, fact)
      checkout = decision.checkout
      return { before, fact, decision }
    })
  }

  const refundHistory = fc
    .tuple(fc.boolean(), fc.boolean(), anyHistory)
    .map(([differs, isPaid, facts]) => [
      ...(isPaid ? [...paying, differs ? paidTooMuch : paid].map((fact) => ({ ...fact, at }) as Fact) : []),
      ...facts,
    ])
  const policy = fc.constantFrom("refund" as const, "hold" as const)

  it("asks the shell to refund only with the row that claims the call", () => {
    fc.assert(
      fc.property(refundHistory, policy, (facts, onMismatch) => {
        for (const { decision } of walk(facts, onMismatch)) {
          if (decision._tag === "Accepted" && decision.instructions.includes("refundPayment")) {
            expect(decision.move.fact.type).toBe("RefundStarted")
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it("claims a call only after TossPay said, since it was wished for, that the money is with the shop", () => {
    fc.assert(
      fc.property(refundHistory, policy, (facts, onMismatch) => {
        let saidWhole = false
        for (const { fact, decision } of walk(facts, onMismatch)) {
          if (decision._tag === "Refused") continue
          if ("answer" in fact) saidWhole ||= [null, "PAY_COMPLETE"].includes(fact.answer.payStatus)
          if (fact.type === "RefundRequested") saidWhole = false
          if (fact.type !== "RefundStarted") continue
          expect(saidWhole).toBe(true)
          saidWhole = false
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it("raises an alert with every mismatch that moved money, and refunds or holds it as its policy says", () => {
    fc.assert(
      fc.property(refundHistory, policy, (facts, onMismatch) => {
        for (const { before, decision } of walk(facts, onMismatch)) {
          const { state, context } = decision.checkout
          const isNew = !before.state.startsWith("mismatched") && state.startsWith("mismatched")
          if (decision._tag === "Refused" || !isNew) continue
          expect(decision.instructions).toContain("raiseAlert")
          const canBeRefunded = [null, "PAY_COMPLETE"].includes(context.payment?.payStatus ?? null)
          if (decision.instructions.includes("startRefund")) {
            expect([onMismatch, state, canBeRefunded]).toEqual(["refund", "mismatched.owed", true])
          } else if (state === "mismatched.charged") {
            expect(onMismatch === "refund" && canBeRefunded).toBe(false)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it("never forgets a mismatch that moved money: it is refunded, or somebody has it before them", () => {
    fc.assert(
      fc.property(refundHistory, policy, (facts, onMismatch) => {
        const steps = walk(facts, onMismatch)
        const at = steps.findIndex(({ decision: { checkout } }) =>
          ["mismatched.owed", "mismatched.charged"].includes(checkout.state),
        )
        if (at === -1) return
        for (const { decision } of steps.slice(at)) {
          const { state } = decision.checkout
          expect(state).toMatch(/^mismatched\.(owed|charged|refunding|stuck|refunded)$/)
          if (state !== "mismatched.refunded") expect(timerOf(decision.checkout)).not.toBeNull()
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
