/** Checkouts and facts for tests: an ordinary order, TossPay answers about it, and arbitraries over all of them. */

import fc from "fast-check"
import {
  type Checkout,
  type Fact,
  type FactType,
  type Order,
  open,
  type PaymentAnswer,
  payStatuses,
  plan,
  type RefundAnswer,
  won,
} from "../../machines/index.ts"

export const startOfTime = "2026-01-01T00:00:00.000Z"

/** The ordinary checkout, and the order id that names it. */
export const checkoutId = "019b0000-0000-7000-8000-000000000001"
export const orderId = `test-${checkoutId}`

export const anOrder = (over: Partial<Order> = {}): Order => ({
  orderId,
  amount: won(9_000),
  amountTaxFree: won(0),
  items: [{ sku: "coffee", name: "Coffee", price: won(4_500), quantity: 2 }],
  mode: "TEST",
  payer: "payer-1",
  reference: null,
  ttlMs: 900_000,
  leaseMs: 45_000,
  onMismatch: "refund",
  ...over,
})

export const payToken = "O1NZck9XME8ureeVJVJP67"

/** What TossPay says of the ordinary order when all is well. */
export const anAnswer = (over: Partial<PaymentAnswer> = {}): PaymentAnswer => ({
  source: over.payStatus === undefined || over.payStatus === null ? "execute-payment" : "get-payment-status",
  payStatus: null,
  mode: "TEST",
  orderNo: orderId,
  payToken,
  amount: 9_000,
  paidAmount: 9_000,
  discountedAmount: 0,
  transactionId: "6c1f0c7e-0000-4000-8000-000000000001",
  method: "TOSS_MONEY",
  instrument: null,
  paidAt: "2026-01-01T00:00:30.000Z",
  ...over,
})

/** What TossPay says when it gave the ordinary order back. */
export const aRefund = (over: Partial<RefundAnswer> = {}): RefundAnswer => ({
  refundedAmount: 9_000,
  refundNo: "refund-1",
  transactionId: "6c1f0c7e-0000-4000-8000-000000000002",
  refundedAt: "2026-01-01T00:05:00.000Z",
  ...over,
})

/** A person's refund of it until the call is under way: the wish, TossPay's word that the money is there, and the claim. */
export const refundUnderWay = [
  { type: "RefundRequested", attempt: 1, who: "kim", why: "asked for it" },
  { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_COMPLETE" }) },
  { type: "RefundStarted", attempt: 1, who: "kim", why: "asked for it", origin: "person" },
] as const

/** What TossPay would say of a payment that the buyer has just authenticated. */
export const approvalOf = ({ amount, mode, orderId }: Order, payToken: string): PaymentAnswer => ({
  source: "get-payment-status",
  payStatus: "PAY_APPROVED",
  mode,
  orderNo: orderId,
  payToken,
  amount,
  paidAmount: null,
  discountedAmount: null,
  transactionId: null,
  method: null,
  instrument: null,
  paidAt: null,
})

type Loose<F> = F extends Fact ? Omit<F, "at"> & { readonly at?: string } : never

/** The checkout after these facts; throws if the machine refuses one. */
export const after = (...facts: ReadonlyArray<Loose<Fact>>): Checkout =>
  facts.reduce<Checkout>(
    (checkout, fact) => {
      const result = plan(checkout, { at: startOfTime, ...fact } as Fact)
      if (result._tag === "Refused") throw new Error(`${fact.type} is refused in ${checkout.state}`)
      return result.checkout
    },
    open(checkoutId, anOrder(), startOfTime).checkout,
  )

const answers = fc.record({
  payStatus: fc.constantFrom(null, ...payStatuses),
  amount: fc.oneof({ weight: 5, arbitrary: fc.constant(9_000) }, fc.integer({ min: 0, max: 20_000_000 })),
  mode: fc.oneof({ weight: 5, arbitrary: fc.constant("TEST") }, fc.constant("LIVE")),
  orderNo: fc.oneof({ weight: 5, arbitrary: fc.constant(orderId) }, fc.constant("test-0002")),
  payToken: fc.oneof({ weight: 5, arbitrary: fc.constant(payToken) }, fc.constant("another-token")),
  paidAmount: fc.oneof({ weight: 5, arbitrary: fc.constant(9_000) }, fc.integer({ min: 0, max: 9_000 })),
  refundableAmount: fc.constantFrom(null, 0, 9_000),
})

const code = {
  code: fc.constantFrom("COMMON_NOT_ENOUGH_CASH", "CARD_EXCEED_LIMIT"),
  message: fc.constant(null),
}
const cause = fc.constantFrom("TIMEOUT" as const, "CONNECTION_LOST" as const, "UNREADABLE" as const)
const unanswered = { cause, code: fc.constantFrom("COMMON_TIMEOUT", "INTERRUPTED") }
const answer = answers.map((over) => anAnswer(over))
const attempt = fc.integer({ min: 1, max: 3 })

const wish = { who: fc.constant("kim"), why: fc.constant("asked for it") }

const contents: { readonly [T in FactType]: fc.Arbitrary<object> } = {
  CheckoutOpened: fc.constant({ order: anOrder() }),
  TokenMinted: fc.constant({ payToken }),
  TokenRefused: fc.record(code),
  TokenLost: fc.record(unanswered, { requiredKeys: ["cause"] }),
  TokenExpired: fc.constant({}),
  AuthenticationStarted: fc.constant({}),
  AuthenticationSucceeded: fc.constant({}),
  AuthenticationRejected: fc.record({ reason: fc.option(fc.string()) }),
  AuthenticationUnknown: fc.record({ reason: fc.option(fc.string()) }),
  ExecutionStarted: fc.record({ attempt }),
  PaymentExecuted: fc.record({ attempt, answer: answer.map((a) => ({ ...a, payStatus: null })) }),
  ExecutionRefused: fc.record({ attempt, ...code }),
  ExecutionPostponed: fc.record({ attempt, ...code }),
  OutcomeUnknown: fc.record({ attempt, ...unanswered }, { requiredKeys: ["attempt", "cause"] }),
  LeaseExpired: fc.constant({}),
  StatusAsked: fc.constant({}),
  StatusReported: fc.record({
    answer: answer.map((a) => ({ ...a, payStatus: a.payStatus ?? "PAY_STANDBY" })),
  }),
  StatusNotFound: fc.constant({}),
  StatusUnavailable: fc.record(unanswered, { requiredKeys: ["cause"] }),
  OutcomeCorrected: fc.record({ who: fc.constant("kim"), why: fc.constant("looked it up"), answer }),
  RefundRequested: fc.record({ attempt, ...wish }),
  RefundStarted: fc.record({ attempt, ...wish, origin: fc.constantFrom("person", "policy") }),
  RefundConfirmed: fc.record({
    attempt,
    refundedAmount: fc.oneof(fc.constantFrom(null, 9_000), fc.integer({ min: 0, max: 20_000_000 })),
    refundNo: fc.constant("refund-1"),
    transactionId: fc.constant(null),
    refundedAt: fc.constant(null),
  }),
  RefundRefused: fc.record({ attempt, ...code }),
  RefundPostponed: fc.record({ attempt, ...code }),
  RefundOutcomeUnknown: fc.record({ attempt, ...unanswered }, { requiredKeys: ["attempt", "cause"] }),
}

/** Any fact, sensible or not. */
export const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  ...(Object.keys(contents) as ReadonlyArray<FactType>).map((type) =>
    contents[type].map((content) => ({ type, at: startOfTime, ...content }) as unknown as Fact),
  ),
)

/** Any sequence of facts. It starts with a token more often than not, so that it gets somewhere. */
export const anyHistory: fc.Arbitrary<ReadonlyArray<Fact>> = fc
  .tuple(fc.boolean(), fc.array(anyFact, { maxLength: 40 }))
  .map(([minted, facts]) =>
    minted ? [{ type: "TokenMinted", at: startOfTime, payToken } as Fact, ...facts] : facts,
  )
