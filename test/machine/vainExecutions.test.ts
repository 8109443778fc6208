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

/** What TossPay says to a call to execute; `null`: the process dies before it says anything. */
const executeReplies: ReadonlyArray<((attempt: number) => News) | null> = [
  (attempt) => ({ type: "ExecutionPostponed", attempt, ...no }),
  (attempt) => ({ type: "ExecutionRefused", attempt, ...no }),
  (attempt) => ({ type: "OutcomeUnknown", attempt, cause: "TIMEOUT" }),
  null,
]

/** What it says to a question: nothing of it is an end. */
const statusReplies: ReadonlyArray<News> = [
  { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_APPROVED" }) },
  { type: "StatusReported", answer: anAnswer({ payStatus: "PAY_PROGRESS" }) },
  { type: "StatusUnavailable", cause: "TIMEOUT" },
  { type: "StatusNotFound" },
]

/** Replies that come round and round: one alone is what lasts for ever. */
const rounds = <A>(replies: ReadonlyArray<A>) =>
  fc.array(fc.constantFrom(...replies), { minLength: 1, maxLength: 5 })

interface Step {
  readonly type: FactType
  readonly after: Checkout
}

/** A life in which nobody but the server does anything, until the server need do no more. */
const live = (executes: ReadonlyArray<(typeof executeReplies)[number]>, statuses: ReadonlyArray<News>) => {
  const steps: Array<Step> = []
  const next = { execute: 0, status: 0 }
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
    if (instruction === "askStatus") take(statuses[next.status++ % statuses.length] as News)
    if (instruction === "executePayment") {
      const reply = executes[next.execute++ % executes.length]
      if (reply != null) take(reply(attempt))
    }
  }

  take({ type: "ExecutionStarted", attempt: 1 })
  while (stateInfo(checkout.state).owner === "server" && steps.length < mostSteps) {
    const timer = timerOf(checkout)
    if (timer === null) break
    ms += timer.afterMs
    take({ type: timer.fact })
  }
  return { steps, checkout, hours: (ms - Date.parse(checkout.context.openedAt)) / hourMs }
}

const mostSteps = 1_000

describe("an execution that brings no end, whatever TossPay says", () => {
  const lives = fc.tuple(rounds(executeReplies), rounds(statusReplies))

  it("is tried ten times at most, and is nobody's or a person's within four days", () => {
    fc.assert(
      fc.property(lives, ([executes, statuses]) => {
        const { checkout, hours } = live(executes, statuses)
        expect(checkout.context.attempts).toBeLessThanOrEqual(10)
        expect(stateInfo(checkout.state).owner).not.toBe("server")
        expect(hours).toBeLessThan(4 * 24)
      }),
      { numRuns: 2_000 },
    )
  })

  it("is asked about soon after each try, however many there were", () => {
    fc.assert(
      fc.property(lives, ([executes, statuses]) => {
        for (const { type, after } of live(executes, statuses).steps) {
          const isReply = [
            "ExecutionPostponed",
            "ExecutionRefused",
            "OutcomeUnknown",
            "LeaseExpired",
          ].includes(type)
          if (!isReply) continue
          expect(timerOf(after)).toEqual({ fact: "StatusAsked", afterMs: after.context.order.leaseMs / 9 })
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it("is tried less and less often", () => {
    const { steps } = live([executeReplies[0] ?? null], [statusReplies[0] as News])
    const triedAt = steps
      .filter(({ type }) => type === "ExecutionStarted")
      .map(({ after }) => Date.parse(after.context.updatedAt))
    const pauses = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0))
    expect(pauses.length).toBeGreaterThan(5)
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
  })
})
