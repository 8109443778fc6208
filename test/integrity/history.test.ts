import { describe, expect, it } from "vitest"
import { decide, type Fact, type Move, open } from "../../machines/index.ts"
import { readLegalMoves } from "../../server/database/legalMoves.ts"
import { makeFindings } from "../../server/integrity/finding.ts"
import { judgeHistory } from "../../server/integrity/history.ts"
import { type EventRow, hashOf, rowsOf } from "../../server/log/chain.ts"
import { corpora, readCorpus } from "../corpus/corpus.ts"

const checkoutId = "019b0000-0000-7000-8000-000000000001"
const legalMoves = readLegalMoves()

/** The rows that a server of that version left. */
const rowsBy = (version: number, moves: ReadonlyArray<Move>): ReadonlyArray<EventRow> => {
  let prevHash: string | null = null
  return rowsOf(checkoutId, 0, null, moves).map((row) => {
    const older = { ...row, machineVersion: version, prevHash }
    prevHash = hashOf(older)
    return { ...older, hash: prevHash }
  })
}

describe.each(corpora)("a history that a machine version wrote (%s)", (name) => {
  const { machineVersion: version, facts, histories, openedAt, order } = readCorpus(name)

  it("is in order to this version, each of those that were kept", () => {
    expect(histories.length).toBeGreaterThan(80)
    for (const { name, facts: history } of histories) {
      const opened = open(checkoutId, order, openedAt)
      let { checkout } = opened
      const moves = [...opened.moves]
      for (const index of history) {
        const decision = decide(checkout, facts[index] as Fact)
        if (decision._tag === "Refused") throw new Error(`${decision.fact} is refused in ${checkout.state}`)
        checkout = decision.checkout
        moves.push(decision.move)
      }
      const rows = rowsBy(version, moves)
      const last = rows.at(-1) as EventRow
      const findings = makeFindings()
      const { payToken, updatedAt } = checkout.context
      const { orderId, payer, amount } = order
      const judge = judgeHistory(
        checkoutId,
        {
          orderId,
          payToken,
          payTokenLeadsTo: payToken === null ? null : checkoutId,
          payer,
          amount,
          state: last.to,
          version: last.version,
          createdAt: openedAt,
          updatedAt: rows.length === 1 ? openedAt : updatedAt,
          hash: last.hash,
        },
        legalMoves,
        findings,
      )
      for (const row of rows) judge.take(row, false)
      judge.end()
      expect(findings.kept, name).toEqual([])
    }
  })

  it("of a version that nobody knows is illegal", () => {
    const findings = makeFindings()
    const judge = judgeHistory(checkoutId, null, legalMoves, findings)
    for (const row of rowsBy(99, open(checkoutId, order, openedAt).moves)) judge.take(row, false)
    expect(findings.kept).toMatchObject([
      { kind: "illegal", version: 1, words: expect.stringContaining("99 is not known here") },
    ])
  })
})
