/** The short version of `npm run chaos`, and whether its judge would see what it is there to see. */

import { Effect } from "effect"
import { beforeAll, describe, expect, inject, it } from "vitest"
import type { Books } from "./books.ts"
import { chaos, type Outcome } from "./chaos.ts"
import { judge } from "./laws.ts"
import { evidence, summary } from "./report.ts"
import { shortly } from "./shortly.ts"

let outcome: Outcome

beforeAll(async () => {
  outcome = await Effect.runPromise(chaos({ ...shortly, seed: inject("seed") }))
}, 180_000)

describe("servers that are killed, a database that is restarted and a bank that misbehaves", () => {
  it("leave every law whole", () => {
    const { seed: _, ...rest } = shortly
    const told = evidence(outcome) + summary({ seed: inject("seed"), ...rest }, outcome)
    expect(outcome.wrong, told).toEqual([])
  })

  it("were really there, and so were the buyers", () => {
    expect(outcome.kills).toBeGreaterThanOrEqual(2)
    expect(outcome.restarts).toBeGreaterThanOrEqual(1)
    expect(outcome.faults).toBeGreaterThan(0)
    expect(outcome.books.ledger.length).toBeGreaterThan(0)
    expect(outcome.books.answers.executed.some(({ reply }) => reply.body["ok"] === true)).toBe(true)
  })
})

describe("the judge sees", () => {
  const settled = () => {
    const row = outcome.books.checkouts.find(({ state }) => state === "settled.paid")
    const charge = outcome.books.ledger.find(({ orderNo }) => orderNo === row?.orderId)
    if (row === undefined || charge === undefined) throw new Error("nothing was settled")
    return { row, charge }
  }
  const seen = (changed: Partial<Books>) => judge({ ...outcome.books, ...changed }).join("\n")

  it("a second charge", () => {
    const { charge } = settled()
    expect(seen({ ledger: [...outcome.books.ledger, charge] })).toContain("at most one charge")
  })

  it("a charge that is not in the log, and one of another amount", () => {
    const { charge } = settled()
    const ledger = outcome.books.ledger.filter((line) => line !== charge)
    expect(seen({ ledger: [...ledger, { ...charge, orderNo: "test-nobody" }] })).toContain(
      "charged means recorded",
    )
    expect(seen({ ledger: [...ledger, { ...charge, amount: charge.amount + 1 }] })).toContain(
      "recorded means charged",
    )
  })

  it("a row that is missing, and a word that was changed", () => {
    const { row } = settled()
    const events = outcome.books.histories.get(row.checkoutId) ?? []
    const withHistory = (history: typeof events) =>
      seen({ histories: new Map(outcome.books.histories).set(row.checkoutId, history) })
    expect(withHistory(events.toSpliced(1, 1))).toContain("gapless")
    const raised = events.map((event) => ({ ...event, machineVersion: event.machineVersion + 1 }))
    expect(withHistory(raised)).toContain("chained")
    expect(withHistory(raised)).toContain("legal")
    expect(withHistory([...raised.slice(0, 1), ...events.slice(1)])).toContain("older leaves newer alone")
    expect(withHistory(events.slice(0, -1))).toContain("fold")
  })

  it("an answer that the log does not know", () => {
    const { row } = settled()
    const checkouts = outcome.books.checkouts.filter((other) => other !== row)
    expect(seen({ checkouts })).toContain("answered is on disk")
    const unsettled = outcome.books.checkouts.map((other) =>
      other === row ? { ...row, state: "failed.closed" } : other,
    )
    const body = { ok: true, orderId: row.orderId, amount: row.amount }
    const told = { payToken: row.payToken ?? "", reply: { status: 200, body } }
    const answers = { ...outcome.books.answers, executed: [told] }
    expect(seen({ checkouts: unsettled, answers })).toContain("answered is on disk")
  })

  it("somebody who was charged after being told that it is safe to pay again", () => {
    const { row } = settled()
    const told = { payToken: row.payToken ?? "", reply: { status: 400, body: { safeToRetry: true } } }
    const answers = { ...outcome.books.answers, executed: [told] }
    expect(seen({ answers })).toContain("safe to pay again means not charged")
  })

  it("money that was given back twice", () => {
    const { charge } = settled()
    const refund = { ...charge, kind: "refund" as const }
    expect(seen({ ledger: [...outcome.books.ledger, refund, refund] })).toContain("at most one refund")
  })

  it("a checkout that nobody finished", () => {
    const { row } = settled()
    const checkouts = outcome.books.checkouts.map((other) =>
      other === row ? { ...row, state: "executing.unknown" } : other,
    )
    expect(seen({ checkouts })).toContain("convergence")
  })
})
