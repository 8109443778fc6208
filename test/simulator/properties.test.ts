import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type LedgerEntry, type Payment, TossPaySimulator } from "../../server/simulator/index.ts"
import { type PayStatus, payStatuses } from "../../server/simulator/status.ts"
import { anOrder, countingIds, execute, headersOf, make, refund, statusOf } from "./support.ts"

/** What may be done to the bank. Orders are few, so that sequences meet the same payment again and again. */
const orderNo = fc.constantFrom("order-1", "order-2", "order-3")
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("make" as const),
      orderNo,
      amount: fc.integer({ min: 1, max: 3_000_000 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("sheet" as const),
      orderNo,
      action: fc.constantFrom("approve" as const, "approve" as const, "close" as const, "decline" as const),
      method: fc.constantFrom(undefined, "CARD" as const, "TOSS_MONEY" as const),
      discount: fc.constantFrom(undefined, 0, 1, 500),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("execute" as const),
      orderNo,
      userKey: fc.constantFrom("buyer", "buyer", "thief"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("refund" as const),
      orderNo,
      by: fc.constantFrom("shop" as const, "dashboard" as const),
      // Nothing: all that is left. Only the dashboard knows parts.
      part: fc.constantFrom(undefined, undefined, 1, 500),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      orderNo,
      // Nothing: a legal one.
      to: fc.option(fc.constantFrom(...payStatuses), { nil: undefined, freq: 2 }),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 60_000, 899_999, 900_000, 40_000_000_000),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const steps = fc.array(step, { maxLength: 30 })
const withoutParts = steps.map((all) =>
  all.map((each) => (each.do === "refund" ? { ...each, part: undefined } : each)),
)

/** The status graph as text, apart from the one under test. */
const graph =
  `PAY_STANDBY>PAY_APPROVED PAY_STANDBY>PAY_CANCEL PAY_APPROVED>PAY_PROGRESS PAY_APPROVED>PAY_CANCEL
PAY_PROGRESS>PAY_COMPLETE PAY_PROGRESS>PAY_CANCEL PAY_PROGRESS>PAY_APPROVED PAY_COMPLETE>REFUND_PROGRESS
PAY_COMPLETE>SETTLEMENT_COMPLETE REFUND_PROGRESS>REFUND_SUCCESS REFUND_PROGRESS>PAY_COMPLETE
REFUND_SUCCESS>SETTLEMENT_REFUND_COMPLETE`.split(/\s+/)

/** One of the moves that the graph allows, if it allows any. */
const oneMove = (payment: Payment | undefined, pick: number): PayStatus => {
  const edges = graph.filter((edge) => edge.startsWith(`${payment?.payStatus}>`))
  const to = edges[pick % Math.max(edges.length, 1)]?.split(">")[1]
  return payStatuses.find((status) => status === to) ?? "PAY_STANDBY"
}

const taken: ReadonlyArray<PayStatus> = [
  "PAY_COMPLETE",
  "REFUND_PROGRESS",
  "REFUND_SUCCESS",
  "SETTLEMENT_COMPLETE",
  "SETTLEMENT_REFUND_COMPLETE",
]
const givenBack: ReadonlyArray<PayStatus> = ["REFUND_SUCCESS", "SETTLEMENT_REFUND_COMPLETE"]

interface Books {
  readonly payments: ReadonlyArray<Payment>
  readonly ledger: ReadonlyArray<LedgerEntry>
}

const books = Effect.gen(function* () {
  const simulator = yield* TossPaySimulator
  return { payments: yield* simulator.payments, ledger: yield* simulator.ledger } satisfies Books
})

const take = Effect.fnUntraced(function* (step: Step) {
  const simulator = yield* TossPaySimulator
  if (step.do === "wait") return yield* TestClock.adjust(step.ms)
  if (step.do === "make") {
    return yield* simulator.call(
      "make-payment",
      headersOf(),
      JSON.stringify(anOrder({ orderNo: step.orderNo, amount: step.amount })),
    )
  }
  const payment = (yield* simulator.payments).find((payment) => payment.orderNo === step.orderNo)
  const payToken = payment?.payToken ?? "nobody"
  switch (step.do) {
    case "sheet":
      return yield* Effect.ignore(
        simulator.sheet(payToken, { action: step.action, method: step.method, discount: step.discount }),
      )
    case "execute":
      return yield* execute(payToken, { orderNo: step.orderNo }, step.userKey)
    case "refund":
      // Answered when it is over, which may be some steps later.
      return yield* Effect.forkDetach(
        step.by === "shop" ? refund(payToken) : Effect.ignore(simulator.dashboardRefund(payToken, step.part)),
        { startImmediately: true },
      )
    case "move":
      return yield* Effect.ignore(simulator.moveStatus(payToken, step.to ?? oneMove(payment, step.pick)))
  }
})

const run = <A>(
  options: Parameters<typeof TossPaySimulator.layer>[0],
  program: Effect.Effect<A, unknown, TossPaySimulator>,
) =>
  program.pipe(
    Effect.provide(TossPaySimulator.layer({ ids: countingIds(), ...options })),
    Effect.provide(TestClock.layer()),
    Effect.runPromise,
  )

/** The books after every step, the empty ones first. */
const everyBooks = (options: Parameters<typeof TossPaySimulator.layer>[0], steps: ReadonlyArray<Step>) =>
  run(
    options,
    Effect.gen(function* () {
      const seen = [yield* books]
      for (const step of steps) {
        yield* take(step)
        seen.push(yield* books)
      }
      return seen
    }),
  )

const entriesOf = ({ ledger }: Books, { payToken }: Payment) =>
  ledger.filter((entry) => entry.payToken === payToken)
const sum = (entries: ReadonlyArray<LedgerEntry>) =>
  entries.reduce((net, entry) => net + (entry.kind === "charge" ? entry.amount : -entry.amount), 0)

describe("whatever is done to the bank", () => {
  it("a status moves along the graph only, and no history is ever rewritten", () =>
    fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const seen = await everyBooks({ repeatedExecute: "charge" }, steps)
        for (const [index, { payments }] of seen.entries()) {
          for (const payment of payments) {
            const way = payment.history.map((moved) => moved.payStatus)
            expect(way[0]).toBe("PAY_STANDBY")
            expect(way.at(-1)).toBe(payment.payStatus)
            const edges = way.slice(1).map((to, at) => `${way[at]}>${to}`)
            const isInPart = entriesOf(seen[index] ?? { payments, ledger: [] }, payment).some(
              ({ kind, amount }) => kind === "refund" && amount < payment.amount,
            )
            for (const edge of edges)
              expect(isInPart ? [...graph, "REFUND_SUCCESS>REFUND_PROGRESS"] : graph).toContain(edge)
            const times = payment.history.map((moved) => moved.at)
            expect(times).toEqual(times.toSorted((a, b) => a - b))
            const before = seen[index - 1]?.payments.find((other) => other.payToken === payment.payToken)
            expect(payment.history.slice(0, before?.history.length ?? 0)).toEqual(before?.history ?? [])
          }
        }
      }),
    ))

  it("the ledger only grows, and no line of it is ever rewritten", () =>
    fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const seen = await everyBooks({ repeatedExecute: "charge" }, steps)
        for (const [index, { ledger }] of seen.entries()) {
          const before = seen[index - 1]?.ledger ?? []
          expect(ledger.slice(0, before.length)).toEqual(before)
          expect(ledger.length - before.length).toBeLessThanOrEqual(1)
          expect(new Set(ledger.map((entry) => entry.transactionId)).size).toBe(ledger.length)
        }
      }),
    ))

  it("a payment is charged at most once, and what was charged is its amount", () =>
    fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        for (const seen of await everyBooks({}, steps)) {
          for (const payment of seen.payments) {
            const entries = entriesOf(seen, payment)
            expect(entries.filter((entry) => entry.kind === "charge").length).toBeLessThanOrEqual(1)
            // Never more goes back than was paid.
            expect(sum(entries)).toBeGreaterThanOrEqual(0)
            const back = entries.filter((entry) => entry.kind === "refund")
            const discounts = back.reduce((all, { discountedAmount }) => all + discountedAmount, 0)
            expect(discounts).toBeLessThanOrEqual(payment.discount)
            for (const entry of entries) {
              expect(entry.paidAmount + entry.discountedAmount).toBe(entry.amount)
              expect(
                Math.min(entry.amount, entry.paidAmount + 1, entry.discountedAmount + 1),
              ).toBeGreaterThan(0)
              expect(entry).toMatchObject({ orderNo: payment.orderNo, mode: payment.mode })
              if (entry.kind === "charge") expect(entry.amount).toBe(payment.amount)
            }
          }
        }
      }),
    ))

  it("there is a charge exactly where the status says that money was taken, and a refund where it says given back", () =>
    fc.assert(
      fc.asyncProperty(
        withoutParts,
        fc.constantFrom("reject" as const, "charge" as const),
        fc.constantFrom(0, 60_000),
        async (steps, repeatedExecute, refundTakesMs) => {
          for (const seen of await everyBooks({ repeatedExecute, refundTakesMs }, steps)) {
            for (const payment of seen.payments) {
              const kinds = entriesOf(seen, payment).map((entry) => entry.kind)
              expect(kinds.includes("charge")).toBe(taken.includes(payment.payStatus))
              expect(kinds.filter((kind) => kind === "refund").length).toBe(
                givenBack.includes(payment.payStatus) ? 1 : 0,
              )
            }
          }
        },
      ),
    ))

  it("get-payment-status agrees with the books", () =>
    fc.assert(
      fc.asyncProperty(
        steps,
        fc.constantFrom("reject" as const, "charge" as const),
        (steps, repeatedExecute) =>
          run(
            { repeatedExecute },
            Effect.gen(function* () {
              for (const step of steps) yield* take(step)
              const seen = yield* books
              for (const payment of seen.payments) {
                const { success } = yield* statusOf(payment.payToken, { orderNo: payment.orderNo })
                expect(success.payStatus).toBe(payment.payStatus)
                if (success.payStatus === "REFUND_SUCCESS")
                  expect(success.refundableAmount).toBe(sum(entriesOf(seen, payment)))
                expect(
                  success.transactions.map((line: { transactionAmount: number }) => line.transactionAmount),
                ).toEqual(
                  entriesOf(seen, payment).map((entry) =>
                    entry.kind === "charge" ? entry.amount : -entry.amount,
                  ),
                )
                expect(success.paidAmount + success.discountedAmount).toBe(
                  taken.includes(payment.payStatus) ? payment.amount : 0,
                )
              }
            }),
          ),
      ),
    ))

  it("an order number names one payment, and every payment has a token of its own", () =>
    fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const { payments } = (await everyBooks({}, steps)).at(-1) ?? { payments: [] }
        expect(new Set(payments.map((payment) => payment.orderNo)).size).toBe(payments.length)
        expect(new Set(payments.map((payment) => payment.payToken)).size).toBe(payments.length)
      }),
    ))

  it("a restarted bank has the same books and goes on in the same way", () =>
    fc.assert(
      fc.asyncProperty(steps, steps, async (before, after) => {
        const folder = mkdtempSync(join(tmpdir(), "simulator-"))
        try {
          const journalFile = join(folder, "journal.jsonl")
          const ids = countingIds()
          const halves = (steps: ReadonlyArray<Step>) =>
            Effect.gen(function* () {
              for (const step of steps) yield* take(step)
              return yield* books
            })
          const bank = () => TossPaySimulator.layer({ ids, journalFile })
          const restarted = await Effect.gen(function* () {
            const left = yield* Effect.provide(halves(before), bank())
            expect(yield* Effect.provide(books, bank())).toEqual(left)
            return yield* Effect.provide(halves(after), bank())
          }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)
          expect(restarted).toEqual(await run({}, halves([...before, ...after])))
        } finally {
          rmSync(folder, { recursive: true })
        }
      }),
      { numRuns: 50 },
    ))
})

it("a token that the generator hands out twice is an accident, never a payment overwritten", async () => {
  const ids = { ...countingIds(), payToken: () => "the-same" }
  await run(
    { ids },
    Effect.gen(function* () {
      yield* make()
      const before = yield* books
      const exit = yield* Effect.exit(make({ orderNo: "order-2" }))
      expect(exit._tag).toBe("Failure")
      expect(yield* books).toEqual(before)
    }),
  )
})
