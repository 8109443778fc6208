import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Checkout,
  executingStates,
  type Fact,
  holdsReference,
  isAnswerable,
  isMinted,
  isOver,
  isPaidFor,
  isStatePath,
  mayBeDecided,
  mayBeExecuted,
  nextExecution,
  nextOf,
  open,
  type PayStatus,
  plan,
  planExecution,
  replay,
  statePaths,
  statesOf,
  statusReported,
  stepOf,
  timerOf,
  wasNeverMinted,
  watchedStates,
} from "../../machines/index.ts"
import {
  after,
  anAnswer,
  anOrder,
  anyHistory,
  orderId,
  payToken,
  refundUnderWay,
  startOfTime,
} from "../support/checkouts.ts"

const minted = { type: "TokenMinted", payToken } as const
const started = { type: "AuthenticationStarted" } as const
const at = startOfTime

describe("a plan", () => {
  it("opens a checkout with one move, and asks for a token", () => {
    const opening = open("id-1", anOrder(), at)
    expect(opening).toMatchObject({
      _tag: "Plan",
      checkout: { checkoutId: "id-1", version: 1, state: "minted.requesting" },
      moves: [
        { from: null, fact: { type: "CheckoutOpened", at, order: anOrder() }, to: "minted.requesting" },
      ],
      instructions: ["requestToken"],
    })
    expect(opening.moves[0]?.checks).toBeNull()
  })

  it("of one fact has one move, from where the checkout stands, and leaves the checkout as it was", () => {
    const before = after(minted)
    const planned = plan(before, { ...started, at })
    expect(planned).toMatchObject({
      _tag: "Plan",
      checkout: { version: 3, state: "authenticating.sheet" },
      moves: [{ from: "minted.ready", to: "authenticating.sheet", checks: null }],
      instructions: [],
    })
    expect(before).toMatchObject({ version: 2, state: "minted.ready" })
  })

  it("of a refused fact is a refusal that names the fact and the checkout", () => {
    const before = after(minted)
    expect(plan(before, { type: "LeaseExpired", at })).toEqual({
      _tag: "Refused",
      checkout: before,
      fact: "LeaseExpired",
    })
  })

  it("shows both sides of every comparison of an answer", () => {
    const planned = plan(after(minted, started), {
      type: "StatusReported",
      at,
      answer: anAnswer({ payStatus: "PAY_COMPLETE", amount: 8_999, mode: "LIVE" }),
    })
    expect(planned._tag === "Plan" && planned.moves[0]?.checks).toEqual([
      { field: "amount", ours: 9_000, theirs: 8_999, agrees: false },
      { field: "orderNo", ours: orderId, theirs: orderId, agrees: true },
      { field: "payToken", ours: payToken, theirs: payToken, agrees: true },
      { field: "mode", ours: "TEST", theirs: "LIVE", agrees: false },
      { field: "paidAndDiscounted", ours: 8_999, theirs: 9_000, agrees: false },
    ])
  })
})

describe("a request to execute", () => {
  it("says that the buyer authenticated, and claims the first execution, in one plan", () => {
    const planned = planExecution(after(minted), at)
    expect(planned).toMatchObject({
      checkout: { state: "executing.calling", version: 4 },
      moves: [
        { from: "minted.ready", fact: { type: "AuthenticationSucceeded", at } },
        { from: "authenticated.claimed", fact: { type: "ExecutionStarted", at, attempt: 1 } },
      ],
      instructions: ["executePayment"],
    })
  })

  it("claims alone where the hint is no news", () => {
    const confirmed = after(minted, started, {
      type: "StatusReported",
      answer: anAnswer({ payStatus: "PAY_APPROVED" }),
    })
    expect(confirmed.state).toBe("authenticated.confirmed")
    expect(planExecution(confirmed, at)).toMatchObject({ moves: [{ fact: { type: "ExecutionStarted" } }] })
  })

  it("is refused where there is nothing to claim", () => {
    const running = after(
      minted,
      { type: "AuthenticationSucceeded" },
      { type: "ExecutionStarted", attempt: 1 },
    )
    expect(planExecution(running, at)).toMatchObject({ _tag: "Refused", fact: "ExecutionStarted" })
    expect(nextExecution(running, at)).toEqual({ type: "ExecutionStarted", at, attempt: 2 })
  })

  it("is granted or refused by how things stand, whenever it comes", () => {
    fc.assert(
      fc.property(anyHistory, fc.date({ noInvalidDate: true }), (facts, when) => {
        const stands = facts.reduce((checkout, fact) => {
          const next = plan(checkout, fact)
          return next._tag === "Plan" ? next.checkout : checkout
        }, after())
        const granted = planExecution(stands, when.toISOString())._tag === "Plan"
        expect(granted).toBe(mayBeExecuted(stands))
      }),
    )
  })
})

describe("a history", () => {
  it("without facts is no history", () => {
    expect(replay("id", [])).toEqual({
      _tag: "IllegalHistory",
      checkoutId: "id",
      version: 0,
      why: "there are no facts",
    })
  })

  it("that the machine cannot have written is refused at the row that is wrong, with the reason", () => {
    const facts: ReadonlyArray<Fact> = [
      { type: "CheckoutOpened", at, order: anOrder() },
      { type: "LeaseExpired", at },
      { type: "TokenMinted", at, payToken },
    ]
    expect(replay("id", facts)).toEqual({
      _tag: "IllegalHistory",
      checkoutId: "id",
      version: 3,
      why: "TokenMinted cannot happen in failed.closed",
    })
    expect(replay("id", facts.slice(1))).toMatchObject({
      version: 1,
      why: "LeaseExpired cannot happen in a checkout that was not opened",
    })
  })
})

describe("the timer of an open sheet", () => {
  it("asks after three minutes, or lets the token lapse if that comes first", () => {
    expect(timerOf(after(minted, started))).toEqual({ fact: "StatusAsked", afterMs: 180_000 })
    const late = after(minted, { ...started, at: "2026-01-01T00:13:00.000Z" })
    expect(timerOf(late)).toEqual({ fact: "TokenExpired", afterMs: 120_000 })
    const even = after(minted, { ...started, at: "2026-01-01T00:12:00.000Z" })
    expect(timerOf(even)).toEqual({ fact: "TokenExpired", afterMs: 180_000 })
  })
})

describe("a refund that TossPay tells of", () => {
  const paying = [
    minted,
    { type: "AuthenticationSucceeded" },
    { type: "ExecutionStarted", attempt: 1 },
    { type: "PaymentExecuted", attempt: 1, answer: anAnswer() },
  ] as const
  const refunding = [...paying, ...refundUnderWay] as const
  const refused = [...refunding, { type: "RefundRefused", attempt: 1, code: "X", message: null }] as const
  const told = (checkout: Checkout, payStatus: PayStatus) =>
    statusReported(checkout, startOfTime, anAnswer({ payStatus })).origin

  it("was made on its dashboard where nobody asked for one here, or where it refused the one that was", () => {
    for (const payStatus of ["REFUND_SUCCESS", "REFUND_PROGRESS"] as const) {
      expect(told(after(...paying), payStatus)).toBe("dashboard")
      expect(told(after(...refunding), payStatus)).toBeUndefined()
      expect(told(after(...refused), payStatus)).toBe("dashboard")
    }
    for (const facts of [paying, refunding, refused])
      expect(told(after(...facts), "PAY_COMPLETE")).toBeUndefined()
  })
})

describe("what a state is to people", () => {
  it("is told by name only for the states that there are", () => {
    expect(statePaths.every(isStatePath)).toBe(true)
    expect(["paid", "settled", "settled.unknown", "toString", ""].some(isStatePath)).toBe(false)
  })

  it("belongs to one owner", () => {
    expect(statesOf("person")).toEqual([
      "executing.review",
      "settled.stuck",
      "mismatched.charged",
      "mismatched.stuck",
    ])
    expect(watchedStates).toEqual(["mismatched.open", "failed.open"])
    expect(executingStates.length).toBeGreaterThan(3)
    expect(executingStates.every((path) => path.startsWith("executing."))).toBe(true)
    const decidable = statePaths.filter((state) => mayBeDecided({ ...after(minted), state }))
    expect(decidable).toEqual(["executing.review", "mismatched.open", "failed.open"])
    const all = (["buyer", "server", "person", "nobody"] as const).flatMap(statesOf)
    expect(all.sort()).toEqual([...statePaths].sort())
  })

  it("is one step on the buyer's screen, with what follows by itself", () => {
    expect(
      Object.fromEntries(statePaths.map((path) => [path, [stepOf(path), nextOf(path), isOver(path)]])),
    ).toEqual({
      "minted.requesting": ["executing", "ask", false],
      "minted.ready": ["ready", null, false],
      "minted.lapsing": ["confirming", "ask", false],
      "authenticating.sheet": ["confirming", "ask", false],
      "authenticating.unknown": ["confirming", "ask", false],
      "authenticated.claimed": ["confirming", "execute", false],
      "authenticated.confirmed": ["executing", "execute", false],
      "executing.calling": ["executing", "ask", false],
      "executing.unknown": ["confirming", "ask", false],
      "executing.postponed": ["confirming", "ask", false],
      "executing.refused": ["executing", "ask", false],
      "executing.review": ["review", "ask", false],
      "settled.paid": ["paid", null, true],
      "settled.owed": ["refunding", null, false],
      "settled.refunding": ["refunding", null, false],
      "settled.stuck": ["refunding", null, false],
      "settled.refunded": ["refunded", null, true],
      "mismatched.charged": ["review", null, false],
      "mismatched.open": ["review", "ask", false],
      "mismatched.closed": ["unpaid", null, true],
      "mismatched.owed": ["refunding", null, false],
      "mismatched.refunding": ["refunding", null, false],
      "mismatched.stuck": ["refunding", null, false],
      "mismatched.refunded": ["refunded", null, true],
      "failed.open": ["confirming", "ask", false],
      "failed.closed": ["unpaid", null, true],
    })
  })

  it("holds the shop's reference until paying again is safe, and spends it when paid", () => {
    const failed = after({ type: "TokenRefused", code: "X", message: null })
    const paid = after(
      minted,
      { type: "AuthenticationSucceeded" },
      { type: "ExecutionStarted", attempt: 1 },
      {
        type: "PaymentExecuted",
        attempt: 1,
        answer: anAnswer(),
      },
    )
    const waiting = after(minted)
    expect([failed, paid, waiting].map(holdsReference)).toEqual([false, true, true])
    expect([failed, paid, waiting].map(isPaidFor)).toEqual([false, true, false])
    expect([failed, paid, waiting].map(isMinted)).toEqual([false, true, true])
    expect([failed, paid, waiting].map(wasNeverMinted)).toEqual([true, false, false])
    expect([failed, paid, waiting].map(isAnswerable)).toEqual([true, true, true])
    expect(isAnswerable(after())).toBe(false)
  })
})
