import { describe, expect, it } from "vitest"
import {
  actionsOf,
  executeAnswer,
  holdsReference,
  isMinted,
  isOver,
  isPaidFor,
  isRefundAnswerable,
  mayBeRefunded,
  nextOf,
  nextRefund,
  open,
  orderView,
  refundResult,
  stateInfo,
  statePaths,
  stepOf,
  wasNeverMinted,
} from "../../machines/index.ts"
import { isInDoubt, nearest } from "../../machines/screen.ts"
import {
  after,
  anAnswer,
  anOrder,
  aRefund,
  payToken,
  refundUnderWay,
  startOfTime,
} from "../support/checkouts.ts"

const minted = { type: "TokenMinted", payToken } as const
const refusedToken = { type: "TokenRefused", code: "NO", message: null } as const
const executing = [
  minted,
  { type: "AuthenticationSucceeded" },
  { type: "ExecutionStarted", attempt: 1 },
] as const
const executed = (over: Parameters<typeof anAnswer>[0] = {}) =>
  ({ type: "PaymentExecuted", attempt: 1, answer: anAnswer(over) }) as const

describe("what people are told of a checkout", () => {
  it("holds the shop's reference where there is one", () => {
    const { checkout } = open("checkout-1", anOrder({ reference: "shop-7" }), startOfTime)
    expect(orderView(checkout).reference).toBe("shop-7")
    expect(orderView(after())).not.toHaveProperty("reference")
  })

  it("says when the money moved, and only of money that agrees", () => {
    const { paidAt } = anAnswer()
    const paid = after(...executing, executed())
    const differing = after(...executing, executed({ amount: 1, paidAmount: 1 }))
    expect(orderView(paid).approvedAt).toBe(paidAt)
    expect(executeAnswer(paid).approvedAt).toBe(paidAt)
    expect(orderView(differing)).not.toHaveProperty("approvedAt")
    expect(orderView(after(...executing))).not.toHaveProperty("approvedAt")
  })

  it("frees the key of a request only where nobody ever held a payToken and nothing can come of it", () => {
    const lapsed = after(minted, { type: "TokenExpired" }, { type: "StatusNotFound" })
    expect(wasNeverMinted(after())).toBe(false)
    expect(wasNeverMinted(after(refusedToken))).toBe(true)
    expect(isMinted(lapsed)).toBe(true)
    expect(wasNeverMinted(lapsed)).toBe(false)
  })

  it("keeps the shop's reference while a second payment under it might charge twice", () => {
    expect(holdsReference(after(...executing))).toBe(true)
    expect(holdsReference(after(refusedToken))).toBe(false)
    expect(isPaidFor(after(...executing, executed()))).toBe(true)
    expect(isPaidFor(after(...executing))).toBe(false)
  })

  it("says of a refund how much the bank took, not how much was agreed", () => {
    const took = anAnswer({ amount: 12_000, paidAmount: 12_000, payStatus: "REFUND_PROGRESS" })
    const owedBack = after(...executing, executed({ amount: 12_000, paidAmount: 12_000 }), {
      type: "StatusReported",
      answer: took,
    })
    expect(orderView(owedBack).refund).toEqual({ state: "refunding", amount: 12_000 })
    expect(orderView(after(...executing, executed())).refund).toBeNull()
  })

  it("says of money that is back how much went back, whatever the answer claimed that called for it", () => {
    const charged = after(...executing, executed({ amount: 1, paidAmount: 1 }))
    const back = after(
      ...executing,
      executed({ amount: 1, paidAmount: 1 }),
      nextRefund(charged, startOfTime),
      { type: "StatusReported", answer: anAnswer({ payStatus: "REFUND_SUCCESS", refundableAmount: 0 }) },
    )
    expect(back.state).toBe("mismatched.refunded")
    expect(orderView(back).refund).toMatchObject({ state: "refunded", amount: 9_000 })
  })
})

const paying = [...executing, executed()] as const
const refunding = [...paying, ...refundUnderWay] as const
const refusal = {
  type: "RefundRefused",
  attempt: 1,
  code: "INACTIVE_USER",
  message: "no such buyer",
} as const
const postponed = { type: "RefundPostponed", code: "REFUND_EXCEED_DAILY", message: null } as const
const stillThere = {
  type: "StatusReported",
  answer: anAnswer({ payStatus: "PAY_COMPLETE", refundableAmount: 9_000 }),
} as const
const asked = { type: "StatusAsked" } as const
const unavailable = { type: "StatusUnavailable", cause: "TIMEOUT" } as const
const settledWithShop = {
  type: "StatusReported",
  answer: anAnswer({ payStatus: "SETTLEMENT_COMPLETE" }),
} as const
/** TossPay said no, and that the money is still with the shop. */
const refused = [...refunding, refusal, stillThere] as const
/** Nobody knows what became of the refund, for a day. */
const stuck = after(
  ...refunding,
  { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" },
  ...Array.from({ length: 16 }, () => [asked, unavailable]).flat(),
)

const approved = {
  type: "StatusReported",
  answer: anAnswer({ payStatus: "PAY_APPROVED" }),
} as const
/** Refused at the second try, while the first has no answer yet. */
const watched = after(
  ...executing,
  { type: "OutcomeUnknown", attempt: 1, cause: "TIMEOUT" },
  ...Array.from({ length: 6 }, () => [asked, unavailable]).flat(),
  asked,
  approved,
  { type: "ExecutionStarted", attempt: 2 },
  { type: "ExecutionRefused", attempt: 2, code: "COMMON_NOT_ENOUGH_CASH", message: null },
  approved,
)

describe("whoever asks for a refund", () => {
  it.each([
    ["was never charged", after(), { outcome: "refused", reason: "NOT_CHARGED" }],
    ["may be charged at this moment", after(...executing), { outcome: "refused", reason: "NOT_KNOWN_YET" }],
    ["was charged, and nobody has asked", after(...paying), { outcome: "refused", reason: "NOT_CHARGED" }],
    [
      "may still be charged by a call without an answer",
      watched,
      { outcome: "refused", reason: "NOT_KNOWN_YET" },
    ],
    ["is getting it back", after(...refunding), { outcome: "refunding", reason: "REFUNDING", who: "kim" }],
    [
      "will get it back once TossPay can be asked",
      after(...paying, refundUnderWay[0], asked, unavailable),
      { outcome: "refunding", reason: "REFUND_WAITS", who: "kim" },
    ],
    [
      "will get it back once TossPay takes refunds again",
      after(...refunding, { ...postponed, attempt: 1 }),
      { outcome: "refunding", reason: "REFUND_WAITS", who: "kim" },
    ],
    [
      "may have got it back by a call that nobody answered",
      after(...refunding, { type: "RefundOutcomeUnknown", attempt: 1, cause: "TIMEOUT" }),
      { outcome: "refunding", reason: "REFUNDING", who: "kim" },
    ],
    ["needs a person's look", stuck, { outcome: "refunding", reason: "REFUND_REVIEW", who: "kim" }],
    [
      "got it back",
      after(...refunding, { type: "RefundConfirmed", attempt: 1, ...aRefund() }),
      { outcome: "refunded", reason: "REFUNDED", who: "kim" },
    ],
    [
      "is refused by TossPay",
      after(...refused),
      { outcome: "refused", reason: "INACTIVE_USER", detail: "no such buyer", who: "kim" },
    ],
    [
      "is refused without a word",
      after(...refunding, { ...refusal, message: null }, stillThere),
      { outcome: "refused", reason: "INACTIVE_USER", who: "kim" },
    ],
    [
      "comes after TossPay has settled with the shop",
      after(...paying, settledWithShop),
      { outcome: "refused", reason: "SETTLEMENT_COMPLETE" },
    ],
  ])("is told when the buyer %s", (_, checkout, told) => {
    const { orderId } = checkout.context.order
    const { refund } = orderView(checkout)
    expect(refundResult(checkout)).toEqual({ ...told, orderId, at: checkout.state, refund })
    expect(isRefundAnswerable(checkout)).toBe(!["REFUNDING", "REFUND_WAITS"].includes(told.reason))
  })

  it("may have it only of money that is with the shop and was not asked for already", () => {
    expect(mayBeRefunded(after(...paying))).toBe(true)
    expect(mayBeRefunded(after(...refused))).toBe(true)
    for (const facts of [executing, refunding]) expect(mayBeRefunded(after(...facts))).toBe(false)
  })
})

describe("when a refund was made", () => {
  it("is said once it is known", () => {
    const { refundedAt } = aRefund()
    const back = after(...refunding, { type: "RefundConfirmed", attempt: 1, ...aRefund() })
    expect(orderView(back).refund).toEqual({ state: "refunded", amount: 9_000, refundedAt })
    expect(orderView(after(...refunding)).refund).toEqual({ state: "refunding", amount: 9_000 })
  })
})

describe("what a page makes of the server's word", () => {
  it.each([
    [{ at: "settled.paid" }, "settled.paid"],
    [{ at: "authenticating.sheet" }, "authenticating.sheet"],
    [{ at: "authenticating.sheet", reason: "NOT_AUTHENTICATED" }, "minted.ready"],
    [{ at: "authenticated.claimed", reason: "NOT_AUTHENTICATED" }, "authenticated.claimed"],
    [{ at: "settled.somehow" }, "settled.paid"],
    [{ at: "unsettled.settled." }, "executing.unknown"],
    [{ at: "toString" }, "executing.unknown"],
  ])("%j is %s", (word, path) => expect(nearest(word)).toBe(path))

  it("is in doubt, over or neither, and never both; what is over asks for nothing", () => {
    for (const path of statePaths) {
      expect(isInDoubt(path) && isOver(path), path).toBe(false)
      expect(isOver(path), path).toBe(stateInfo(path).owner === "nobody")
      expect(isInDoubt(path), path).toBe(["executing", "confirming", "review"].includes(stepOf(path)))
      if (isOver(path)) expect(nextOf(path), path).toBeNull()
      if (actionsOf(path).includes("create")) expect(stateInfo(path).safeToRetry, path).toBe(true)
    }
  })
})
