import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import {
  anOrder,
  approved,
  ask,
  execute,
  ledger,
  make,
  paid,
  payStatus,
  refund,
  standingAt,
  statusOf,
} from "./support.ts"

/** A journal in a folder of its own, in a subfolder that nobody has made yet. */
const journalFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "simulator-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
  ),
  (folder) => join(folder, "data", "journal.jsonl"),
)

/** Runs a program at a bank that opens, and closes again. */
const during = <A, E>(journalFile: string, program: Effect.Effect<A, E, TossPaySimulator>) =>
  Effect.provide(program, TossPaySimulator.layer({ journalFile }))

describe("a bank with a journal", () => {
  it.effect("remembers payments, order numbers and the ledger over a restart", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      const [first, second] = yield* during(
        file,
        Effect.all([paid({ orderNo: "first" }), approved({ orderNo: "second" })]),
      )
      yield* during(
        file,
        Effect.gen(function* () {
          expect(yield* payStatus(first)).toBe("PAY_COMPLETE")
          expect((yield* execute(first)).error.errorCode).toBe("PAYMENT_EXISTING_PAYMENT")
          expect((yield* execute(second)).resultType).toBe("SUCCESS")
          const again = yield* ask("make-payment", anOrder({ orderNo: "first" }))
          expect(again.error.errorCode).toBe("PAYMENT_DUPLICATION_ORDER_NO")
          expect((yield* ledger).map((entry) => entry.orderNo)).toEqual(["first", "second"])
        }),
      )
    }),
  )

  it.effect("has every event in the file before the call is answered", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      yield* during(
        file,
        Effect.gen(function* () {
          const payToken = yield* approved()
          expect(readFileSync(file, "utf8").split("\n").length).toBe(3)
          yield* execute(payToken)
          expect(readFileSync(file, "utf8")).toContain("PAY_COMPLETE")
        }),
      )
    }),
  )

  it.effect("writes nothing for what changes nothing", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      yield* during(
        file,
        Effect.gen(function* () {
          const payToken = yield* make()
          const before = readFileSync(file, "utf8")
          yield* statusOf(payToken)
          yield* execute(payToken)
          yield* ask("make-payment", anOrder())
          expect(readFileSync(file, "utf8")).toBe(before)
        }),
      )
    }),
  )

  it.effect("forgets the line that a dying process left half-written, whole, and goes on", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      const payToken = yield* during(file, approved())
      const whole = readFileSync(file, "utf8")
      yield* during(file, execute(payToken))
      const last = readFileSync(file, "utf8").slice(whole.length)
      for (const kept of [1, 40, last.length - 1]) {
        writeFileSync(file, whole + last.slice(0, kept))
        expect(yield* during(file, payStatus(payToken))).toBe("PAY_APPROVED")
        expect(readFileSync(file, "utf8")).toBe(whole)
      }
      appendFileSync(file, '[{"type":"Made","at":1,"agreed":{"productDesc":"커')
      expect((yield* during(file, execute(payToken))).resultType).toBe("SUCCESS")
      expect(yield* during(file, payStatus(payToken))).toBe("PAY_COMPLETE")
    }),
  )

  it.effect("does not start on a file that is no journal, and names the line", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      yield* during(file, make())
      for (const line of ["not JSON", "{}", '[{"type":"Robbed","at":1}]', '[{"type":"Made","at":1}]']) {
        const whole = readFileSync(file, "utf8")
        appendFileSync(file, `${line}\n`)
        const error = yield* Effect.flip(during(file, ledger))
        expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 3 })
        expect(error.reason).toBe(`line 2 of ${file} is not a line of a bank's journal`)
        writeFileSync(file, whole)
      }
    }),
  )

  it.effect("does not start on a journal that contradicts itself", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      const payToken = yield* during(file, make())
      const whole = readFileSync(file, "utf8")
      const paidUnapproved = {
        type: "Moved",
        at: 1,
        payToken,
        to: "PAY_COMPLETE",
        transactionId: "t",
        refundNo: null,
      }
      const contradictions = [
        whole,
        `${JSON.stringify([paidUnapproved])}\n`,
        `${JSON.stringify([{ ...paidUnapproved, payToken: "nobody", to: "PAY_CANCEL" }])}\n`,
      ]
      for (const line of contradictions) {
        writeFileSync(file, whole + line)
        const error = yield* Effect.flip(during(file, ledger))
        expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 3 })
        expect(error.reason).toMatch(/^the journal contradicts itself: [^\n]+$/)
      }
    }),
  )

  it.effect("does not start where the file cannot be opened", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      yield* during(file, make())
      const error = yield* Effect.flip(during(join(file, "below-a-file"), ledger))
      expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 3 })
      expect(error.reason).toContain(file)
    }),
  )

  const dashboardRefund = (payToken: string) =>
    TossPaySimulator.use((simulator) => simulator.dashboardRefund(payToken))

  it.effect.each([
    ["shop", refund],
    ["dashboard", dashboardRefund],
  ] as const)("ends a refund of the %s in its time, over restarts, and once", ([madeBy, give]) =>
    Effect.gen(function* () {
      const file = yield* journalFile
      const payToken = yield* during(
        file,
        Effect.gen(function* () {
          yield* (yield* TossPaySimulator).changeSettings({ refundTakesMs: 10_000 })
          const payToken = yield* paid()
          yield* Effect.forkChild(give(payToken))
          yield* TestClock.adjust(1_000)
          return payToken
        }),
      )
      yield* during(
        file,
        Effect.gen(function* () {
          yield* TestClock.adjust(8_999)
          expect(yield* payStatus(payToken)).toBe("REFUND_PROGRESS")
        }),
      )
      for (const _ of ["which ends it", "which finds it ended"]) {
        yield* during(
          file,
          Effect.gen(function* () {
            yield* TestClock.adjust(1)
            expect(yield* payStatus(payToken)).toBe("REFUND_SUCCESS")
            expect(yield* ledger).toMatchObject([{ kind: "charge" }, { kind: "refund", madeBy }])
          }),
        )
      }
    }),
  )

  it.effect("leaves at REFUND_PROGRESS, over a restart too, what was moved there by hand", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      const [put, putBack] = yield* during(
        file,
        Effect.gen(function* () {
          const simulator = yield* TossPaySimulator
          yield* simulator.changeSettings({ refundTakesMs: 10_000 })
          const put = yield* standingAt("REFUND_PROGRESS", { orderNo: "put" })
          const putBack = yield* paid({ orderNo: "put-back" })
          yield* Effect.forkChild(refund(putBack))
          yield* TestClock.adjust(1_000)
          yield* simulator.moveStatus(putBack, "PAY_COMPLETE")
          return [put, putBack] as const
        }),
      )
      yield* during(
        file,
        Effect.gen(function* () {
          yield* TestClock.adjust(60_000)
          expect(yield* payStatus(put)).toBe("REFUND_PROGRESS")
          expect(yield* payStatus(putBack)).toBe("PAY_COMPLETE")
        }),
      )
    }),
  )

  it.effect("is asked for: without one nothing is written", () =>
    Effect.gen(function* () {
      const file = yield* journalFile
      yield* Effect.provide(paid(), TossPaySimulator.layer())
      expect(existsSync(file)).toBe(false)
    }),
  )
})
