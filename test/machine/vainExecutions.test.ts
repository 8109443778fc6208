import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Checkout,
  type Fact,
  type FactType,
  type Instruction,
  type News,
  plan,
  stateInfo,
  timerOf,
} from "../../machines/index.ts"
import { after, anAnswer, payToken } from "../support/checkouts.ts"

const hourMs = 3_600_000
const no = { code: "CARD_SYSTEM_ERROR", message: null }

type Reply = (attempt: number) => News

const putOff: Reply = (attempt) => ({ type: "ExecutionPostponed", attempt, ...no })
const refused: Reply = (attempt) => ({ type: "ExecutionRefused", attempt, ...no })
const lost: Reply = (attempt) => ({ type: "OutcomeUnknown", attempt, cause: "TIMEOUT" })

/** What TossPay says to a call to execute, one after the other. Nothing: the process dies before it says anything. */
const executions: ReadonlyArray<ReadonlyArray<Reply>> = [[putOff], [refused], [lost], [lost, refused], []]

const reported = (payStatus: "PAY_STANDBY" | "PAY_APPROVED" | "PAY_PROGRESS"): News => ({
  type: "StatusReported",
  answer: anAnswer({ payStatus }),
})

/** What it says to a question: nothing of it is an end. */
const statuses: ReadonlyArray<News> = [
  reported("PAY_APPROVED"),
  reported("PAY_PROGRESS"),
  reported("PAY_STANDBY"),
  { type: "StatusUnavailable", cause: "TIMEOUT" },
  { type: "StatusNotFound" },
]

/** Replies that come round and round: one alone is what lasts for ever. */
const rounds = <A>(replies: ReadonlyArray<A>) =>
  fc.array(fc.constantFrom(...replies), { minLength: 1, maxLength: 5 })

const says = (round: ReadonlyArray<News>, payStatus: string) =>
  round.some((news) => "answer" in news && news.answer.payStatus === payStatus)

/** A payment is not now on its way and now not begun: nobody could find out what became of it by asking. */
const bank = fc.record({
  executes: rounds(executions),
  answers: rounds(statuses).filter((round) => !says(round, "PAY_STANDBY") || !says(round, "PAY_PROGRESS")),
  /** Questions in vain before the buyer's own request to execute. */
  asksBefore: fc.nat(6),
})

type Bank = typeof bank extends fc.Arbitrary<infer A> ? A : never

interface Step {
  readonly type: FactType
  readonly after: Checkout
}

/** A life in which the buyer has authenticated and is gone, until nobody but a person has anything to do. */
const live = ({ executes, answers, asksBefore }: Bank) => {
  const steps: Array<Step> = []
  const next = { execute: 0, status: 0 }
  let lateReplies: ReadonlyArray<News> = []
  let checkout = after({ type: "TokenMinted", payToken }, { type: "AuthenticationSucceeded" })
  let ms = Date.parse(checkout.context.updatedAt)

  const take = (news: News): void => {
    const taken = plan(checkout, { ...news, at: new Date(ms).toISOString() } as Fact)
    if (taken._tag === "Refused") return
    checkout = taken.checkout
    steps.push({ type: news.type, after: checkout })
    for (const instruction of taken.instructions) follow(instruction)
  }
  const follow = (instruction: Instruction): void => {
    const attempt = checkout.context.attempts
    if (instruction === "startExecution") take({ type: "ExecutionStarted", attempt: attempt + 1 })
    if (instruction === "askStatus") take(answers[next.status++ % answers.length] as News)
    if (instruction === "executePayment") {
      const [first, ...late] = (executes[next.execute++ % executes.length] ?? []).map((reply) =>
        reply(attempt),
      )
      lateReplies = late
      if (first !== undefined) take(first)
    }
  }

  for (let asks = 0; asks < asksBefore; asks += 1) {
    take({ type: "StatusAsked" })
    steps.length = 0
  }
  take({ type: "ExecutionStarted", attempt: checkout.context.attempts + 1 })
  while (steps.length < mostSteps) {
    const timer = timerOf(checkout)
    const { owner } = stateInfo(checkout.state)
    if (timer === null || owner === "person" || owner === "nobody") break
    ms += timer.afterMs
    for (const late of lateReplies) take(late)
    lateReplies = []
    if (timerOf(checkout) !== null) take({ type: timer.fact })
  }
  return { steps, checkout, hours: (ms - Date.parse(checkout.context.openedAt)) / hourMs }
}

const mostSteps = 2_000

const replies: ReadonlyArray<FactType> = [
  "ExecutionPostponed",
  "ExecutionRefused",
  "OutcomeUnknown",
  "LeaseExpired",
]

describe("an execution that brings no end, whatever TossPay says", () => {
  it("is tried fourteen times at most, and is nobody's or a person's within four days", () => {
    fc.assert(
      fc.property(bank, (bank) => {
        const { checkout, hours, steps } = live(bank)
        expect(steps.filter(({ type }) => type === "ExecutionStarted").length).toBeLessThanOrEqual(14)
        expect(stateInfo(checkout.state).owner).toBeOneOf(["person", "nobody"])
        expect(hours).toBeLessThan(4 * 24)
      }),
      { numRuns: 5_000 },
    )
  })

  it("is asked about soon after each reply, however many there were, a late one too", () => {
    fc.assert(
      fc.property(bank, (bank) => {
        for (const { type, after } of live(bank).steps) {
          if (!replies.includes(type) || after.state === "minted.ready") continue
          const timer = timerOf(after)
          if (timer?.fact === "StatusAsked")
            expect(timer.afterMs).toBeLessThanOrEqual(after.context.order.leaseMs / 9)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it("is tried less and less often, but not much less often than it has been tried", () => {
    const { steps } = live({ executes: [[putOff]], answers: [reported("PAY_APPROVED")], asksBefore: 0 })
    const triedAtMs = steps
      .filter(({ type }) => type === "ExecutionStarted")
      .map(({ after }) => Date.parse(after.context.updatedAt))
    const pausesMs = triedAtMs.slice(1).map((at, index) => at - (triedAtMs[index] ?? 0))
    expect(pausesMs.length).toBeGreaterThan(7)
    expect(pausesMs).toEqual([...pausesMs].sort((a, b) => a - b))
    for (const [index, pauseMs] of pausesMs.slice(1).entries()) {
      const triedForMs = (triedAtMs[index + 1] ?? 0) - (triedAtMs[0] ?? 0)
      expect(pauseMs).toBeGreaterThanOrEqual(triedForMs)
      expect(pauseMs).toBeLessThanOrEqual(4 * triedForMs)
    }
  })
})
