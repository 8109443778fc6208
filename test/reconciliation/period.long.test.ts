import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { Alerts } from "../../server/alerts/alerts.ts"
import { Unavailable } from "../../server/errors.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { reconcileBooks } from "../../server/reconciliation/reconcileBooks.ts"
import { beginRun, discrepanciesOf, findRun, type Run, recordStep } from "../../server/reconciliation/runs.ts"
import type { Fault } from "../../server/simulator/index.ts"
import { TossPay } from "../../server/tosspay/tosspay.ts"
import { type AnOrder, approved, created, execute, paid } from "../support/buying.ts"
import { interruptedAt, run, unread } from "../support/cli.ts"
import { between } from "../support/partner.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

/** A shop whose own recovery sleeps. */
const sleepy = shop({ RECOVERY_INTERVAL_MS: "3600000" })

const since = ["reconcile", "--from", "2020-01-01"] as const

const fault = ({ payToken }: AnOrder, over: object) =>
  Effect.flatMap(TossPaySimulator, (simulator) =>
    simulator.setFault({ call: "get-payment-status", payToken, times: "always", ...over } as Fault),
  )

/** Somebody else charges it: not the shop, as far as the shop knows. */
const chargedThere = ({ payToken, orderId }: AnOrder) =>
  Effect.flatMap(TossPaySimulator, (simulator) =>
    simulator.call(
      "execute-payment",
      { "content-type": "application/json", "x-toss-user-key": "buyer-1" },
      JSON.stringify({ payToken, orderNo: orderId, isTestPayment: true }),
    ),
  )

/** On TossPay's own dashboard. */
const refundedThere = ({ payToken }: AnOrder) =>
  Effect.flatMap(Shop, ({ simulatorUrl }) =>
    Effect.promise(() => fetch(`${simulatorUrl}/simulator/payments/${payToken}/refund`, { method: "POST" })),
  )

const historyOf = ({ orderId }: AnOrder) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const recorded = yield* log.find({ by: "orderId", value: orderId })
    return yield* log.history(recorded?.checkout.checkoutId ?? "")
  })

/** In this process, at a pace that makes nobody wait. */
const books = (from: Run) => reconcileBooks(from, 1_000, () => {})

/** `happens` after the first checkouts were compared, and before that is on record. */
const betweenHealAndRecord = <A, E, R, B, E2, R2>(
  compared: Effect.Effect<A, E, R>,
  happens: Effect.Effect<B, E2, R2>,
) =>
  Effect.gen(function* () {
    const alerts = yield* Alerts
    const here = yield* Effect.context<R2>()
    const open = Effect.andThen(Effect.provideContext(happens, here), alerts.open) as typeof alerts.open
    return yield* Effect.provideService(compared, Alerts, Alerts.of({ ...alerts, open }))
  })

const foundBy = (run: Run) => discrepanciesOf(run, 100, null)

const healedOf = ({ orderId }: AnOrder) => ({
  orderId,
  outcome: "healed",
  from: "settled.paid",
  to: "settled.refunded",
  differences: [{ kind: "refunded-there-only", ours: "not refunded", theirs: "REFUND_SUCCESS" }],
})

const reportOf = (out: string) => {
  const { discrepancies, ...counts } = JSON.parse(out)
  const of = ({ orderId }: AnOrder) =>
    discrepancies.find((one: { orderId: string }) => one.orderId === orderId) ?? null
  return { counts, discrepancies, of }
}

describe("reconcile --from", () => {
  it.live(
    "heals through the machine what TossPay knows better, and says nothing of what agrees",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const [agreeing, refunded, inProgress] = [yield* paid, yield* paid, yield* paid]
        yield* created
        yield* refundedThere(refunded)
        yield* Effect.flatMap(TossPaySimulator, ({ moveStatus }) =>
          moveStatus(inProgress.payToken, "REFUND_PROGRESS"),
        )
        const unheard = yield* approved
        yield* fault(unheard, { call: "execute-payment", fault: "replyLostAfter", times: 1 })
        yield* fault(unheard, { fault: "http503", times: 1 })
        expect(yield* execute(unheard)).toMatchObject({ status: 202 })

        const { code, out, err } = yield* run(env, ...since, "--json")
        const { counts, of, discrepancies } = reportOf(out)
        expect({ code, err }).toEqual({ code: 0, err: "run 1: 5 of 5 checkouts to ask about\n" })
        expect(counts).toMatchObject({ run: 1, asked: 5, agree: 2, healed: 3, open: 0, unanswered: 0 })
        expect(discrepancies).toHaveLength(3)
        expect(of(agreeing)).toBeNull()
        expect(of(refunded)).toMatchObject({
          outcome: "healed",
          from: "settled.paid",
          to: "settled.refunded",
          differences: [{ kind: "refunded-there-only", ours: "not refunded", theirs: "REFUND_SUCCESS" }],
        })
        expect(of(inProgress)).toMatchObject({ outcome: "healed", to: "settled.refunding" })
        expect(of(unheard)).toMatchObject({
          outcome: "healed",
          from: "executing.unknown",
          to: "settled.paid",
          differences: [{ kind: "paid-there-only", theirs: "5000 won" }],
        })
        expect(of(unheard).transactionId.ours).toBe(of(unheard).transactionId.theirs)
        expect((yield* historyOf(refunded)).at(-1)).toMatchObject({
          type: "StatusReported",
          to: "settled.refunded",
          data: { origin: "dashboard" },
        })

        const before = yield* historyOf(agreeing)
        const again = reportOf((yield* run(env, ...since, "--json")).out)
        expect(again.counts).toMatchObject({ run: 2, asked: 5, agree: 5, healed: 0 })
        expect(yield* historyOf(agreeing)).toEqual(before)
      }).pipe(Effect.provide(sleepy)),
    60_000,
  )

  it.live(
    "gives a charge back that came after the failure, as the order's policy says",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const late = yield* created
        const simulator = yield* TossPaySimulator
        yield* fault(late, { fault: "errorCode", value: "TRANSACTION_NOT_FOUND", times: 1 })
        yield* Effect.sleep(60)
        expect((yield* run(env, "reconcile")).out).toContain("failed.closed")
        yield* simulator.sheet(late.payToken, { action: "approve" } as never)
        yield* chargedThere(late)
        const { code, out } = yield* run(env, ...since, "--json")
        expect(code).toBe(0)
        expect(reportOf(out).of(late)).toMatchObject({
          outcome: "healed",
          from: "failed.closed",
          to: "mismatched.refunded",
        })
        expect((yield* simulator.ledger).map(({ kind }) => kind)).toEqual(["charge", "refund"])
      }).pipe(Effect.provide(shop({ RECOVERY_INTERVAL_MS: "3600000", CHECKOUT_TTL_MS: "50" }))),
    60_000,
  )

  it.live(
    "leaves open what only a person can decide, ends with 1, and tells it in every format",
    () =>
      Effect.gen(function* () {
        const { env, call } = yield* Shop
        const simulator = yield* TossPaySimulator
        const [gone, dearer, twice, silent] = [yield* paid, yield* paid, yield* paid, yield* paid]
        const forgotten = yield* Effect.tap(
          Effect.map(
            call("POST", "/api/payment/create", { amount: 5000 }, { as: "buyer-2" }),
            ({ body }) => body as AnOrder,
          ),
          ({ payToken }) => Effect.flatMap(Shop, ({ sheet }) => sheet(payToken, "approve")),
        )
        yield* call("POST", "/api/payment/execute", { payToken: forgotten.payToken }, { as: "buyer-2" })
        expect(yield* run(env, "audit", "forget", forgotten.orderId, "--why", "asked for it")).toMatchObject({
          code: 0,
        })
        yield* fault(gone, { fault: "errorCode", value: "TRANSACTION_NOT_FOUND" })
        yield* fault(dearer, { fault: "wrongAmount", value: 6000 })
        yield* fault(silent, { fault: "errorCode", value: "PAY_UNAUTHORIZED" })
        yield* simulator.changeSettings({ repeatedExecute: "charge" })
        yield* chargedThere(twice)

        const { code, out } = yield* run(env, ...since, "--json")
        const { counts, of } = reportOf(out)
        expect(code).toBe(1)
        expect(counts).toMatchObject({ asked: 5, agree: 0, open: 3, unanswered: 1, forgotten: 1 })
        expect(of(gone)).toMatchObject({
          outcome: "open",
          from: "settled.paid",
          to: "settled.paid",
          differences: [{ kind: "paid-here-only", ours: "5000 won", theirs: "no such payment" }],
        })
        expect(of(dearer)).toMatchObject({
          outcome: "open",
          differences: [
            { kind: "answer-differs", ours: "amount 5000", theirs: "amount 6000" },
            { kind: "answer-differs", ours: "amount 5000", theirs: "paidAndDiscounted 5000 of amount 6000" },
          ],
        })
        expect(of(twice)).toMatchObject({ outcome: "open", differences: [{ kind: "charged-again" }] })
        expect(of(silent)).toMatchObject({ outcome: "unanswered", why: "PAY_UNAUTHORIZED", differences: [] })
        expect(of(forgotten)).toMatchObject({ outcome: "forgotten" })

        expect(yield* unread(env, "reconcile", "--resume", "1")).toMatchObject({
          code: 1,
          err: expect.not.stringContaining("cannot be written"),
        })
        const table = yield* run(env, "reconcile", "--resume", "1")
        expect(table.code).toBe(1)
        expect(table.out).toContain(`open        ${gone.orderId}  5,000 won  settled.paid\n`)
        expect(table.out).toContain("paid-here-only: here 5000 won, there no such payment")

        yield* simulator.clearFaults
        const file = join(env["DATA_DIR"] ?? "", "report.csv")
        const csv = yield* run(env, "reconcile", "--resume", "1", "--format", "csv", "--out", file)
        expect(csv).toMatchObject({ code: 1, out: "" })
        const lines = readFileSync(file, "utf8").trimEnd().split("\n")
        expect(lines[0]).toBe(
          "orderId,checkoutId,openedAt,amount,outcome,difference,ours,theirs,from,to,transactionId,transactionIdThere,why",
        )
        // One for each difference; for what TossPay answered at last there is none, because it agrees.
        expect(lines).toHaveLength(1 + 5)
        expect(lines.some((one) => one.startsWith(silent.orderId))).toBe(false)
      }).pipe(Effect.provide(sleepy)),
    60_000,
  )

  it.live(
    "makes an alert of what is open, which ends when a later comparison finds nothing, or a person closes it",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const simulator = yield* TossPaySimulator
        const [gone, twice] = [yield* paid, yield* paid]
        const both = [gone.orderId, twice.orderId].sort()
        const compareAgain = run(env, ...since)
        const openOnes = Effect.map(
          Effect.flatMap(Alerts, ({ open }) => open),
          (open) => open.map(({ kind, subject }) => `${kind} ${subject}`).sort(),
        )
        const differOf = (...orders: ReadonlyArray<string>) => orders.map((order) => `books-differ ${order}`)
        const lose = fault(gone, { fault: "errorCode", value: "TRANSACTION_NOT_FOUND" })
        yield* simulator.changeSettings({ repeatedExecute: "charge" })
        yield* chargedThere(twice)

        yield* lose
        yield* compareAgain
        yield* compareAgain
        expect(yield* openOnes).toEqual(differOf(...both))
        const raised = yield* Effect.flatMap(Alerts, ({ latest }) => latest(10))
        expect(raised).toHaveLength(2)
        expect(raised.find(({ subject }) => subject === gone.orderId)?.detail).toMatch(
          /^opened 20\S+Z; paid-here-only: here 5000 won, there no such payment$/,
        )

        yield* simulator.clearFaults
        yield* compareAgain
        expect(yield* openOnes).toEqual(differOf(twice.orderId))

        const close = run(env, "alerts", "close", twice.orderId, "--why", "given back there", "--who", "Kim")
        expect(yield* close).toMatchObject({ code: 0 })
        expect(yield* close).toMatchObject({ code: 1 })
        yield* lose
        yield* compareAgain
        expect(yield* openOnes).toEqual(differOf(gone.orderId))
        expect((yield* run(env, "alerts", "--all")).out).toContain("closed by Kim: given back there")

        yield* chargedThere(twice)
        yield* compareAgain
        expect(yield* openOnes).toEqual(differOf(...both))
      }).pipe(Effect.provide(sleepy)),
    60_000,
  )

  it.live("leaves no difference unsaid: what could not be made an alert is compared again", () =>
    Effect.gen(function* () {
      const gone = yield* paid
      yield* fault(gone, { fault: "errorCode", value: "TRANSACTION_NOT_FOUND" })
      const begun = yield* beginRun("2020-01-01", null)
      const alerts = yield* Alerts
      const away = new Unavailable({ what: "DATABASE", retryable: true })
      const failing = Alerts.of({ ...alerts, raise: () => Effect.fail(away) })
      expect(yield* Effect.flip(Effect.provideService(books(begun), Alerts, failing))).toBe(away)
      const left = yield* findRun(begun.run)
      expect(left).toMatchObject({ asked: 0, endedAt: null })
      yield* books(left ?? expect.fail())
      expect(yield* alerts.open).toMatchObject([{ kind: "books-differ", subject: gone.orderId }])
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("names what it healed, although it died before that was on record", () =>
    Effect.gen(function* () {
      const refunded = yield* paid
      yield* refundedThere(refunded)
      const begun = yield* beginRun("2020-01-01", null)
      const away = new Unavailable({ what: "DATABASE", retryable: true })
      expect(yield* Effect.flip(betweenHealAndRecord(books(begun), Effect.fail(away)))).toBe(away)
      expect((yield* historyOf(refunded)).at(-1)).toMatchObject({ to: "settled.refunded" })
      const left = yield* findRun(begun.run)
      expect(left).toMatchObject({ asked: 0, endedAt: null })
      yield* fault(refunded, { fault: "http503", times: 2 })
      expect(yield* foundBy(yield* books(left ?? expect.fail()))).toMatchObject([healedOf(refunded)])
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("names what one process healed where another one goes on with the run", () =>
    Effect.gen(function* () {
      const refunded = yield* paid
      yield* refundedThere(refunded)
      const begun = yield* beginRun("2020-01-01", null)
      const second = yield* Effect.flip(betweenHealAndRecord(books(begun), Effect.orDie(books(begun))))
      expect(second).toMatchObject({ reason: `run ${begun.run} is being gone on with by somebody else` })
      expect(yield* foundBy(begun)).toMatchObject([healedOf(refunded)])
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("names what one process healed where another one had asked before it differed", () =>
    Effect.gen(function* () {
      const refunded = yield* paid
      yield* refundedThere(refunded)
      const begun = yield* beginRun("2020-01-01", null)
      const checkoutId = refunded.orderId.replace("test-", "")
      const step = { place: checkoutId, asked: 1, discrepancies: [], agreed: [checkoutId] }
      yield* Effect.flip(betweenHealAndRecord(books(begun), recordStep(begun, step)))
      const left = yield* findRun(begun.run)
      expect(yield* foundBy(yield* books(left ?? expect.fail()))).toMatchObject([healedOf(refunded)])
    }).pipe(Effect.provide(sleepy)),
  )

  it.live(
    "that was interrupted ends with 130, says how to go on, and asks nothing twice",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        yield* Effect.all(
          Array.from({ length: 30 }, () => created),
          { concurrency: 8 },
        )
        const { promise: moment, resolve } = Promise.withResolvers<void>()
        const partner = yield* between(env["TOSSPAY_BASE_URL"] ?? "", (_, count) => {
          if (count !== 12) return undefined
          resolve()
          return new Promise((done) => setTimeout(done, 500))
        })
        const through = { ...env, TOSSPAY_BASE_URL: partner.url }
        const stopped = yield* interruptedAt(moment, through, ...since)
        expect(stopped).toMatchObject({
          code: 130,
          out: "",
          err: expect.stringContaining("interrupted; go on with: reconcile --resume 1\n"),
        })
        expect(partner.calls).toHaveLength(16)
        const { code, out, err } = yield* run(through, "reconcile", "--resume", "1", "--json")
        expect({ code, err }).toEqual({ code: 0, err: "run 1: 14 of 30 checkouts to ask about\n" })
        expect(reportOf(out).counts).toMatchObject({ asked: 30, agree: 30 })
        expect(partner.calls).toHaveLength(30)
        expect(new Set(partner.calls.map(({ payToken }) => payToken)).size).toBe(30)
      }).pipe(Effect.scoped, Effect.provide(sleepy)),
    60_000,
  )

  it.live("is gone on with by one at a time: whoever comes second records nothing", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* created, yield* created].map(({ orderId }) => orderId.replace("test-", ""))
      const begun = yield* beginRun("2020-01-01", null)
      const step = { asked: 1, discrepancies: [], agreed: [] }
      const moved = yield* recordStep(begun, { ...step, place: one ?? null })
      expect(moved).toMatchObject({ run: begun.run, total: 2, asked: 1, place: one })
      expect(yield* recordStep(begun, { ...step, place: two ?? null })).toBeNull()
      expect(yield* findRun(begun.run)).toEqual(moved)
    }).pipe(Effect.provide(sleepy)),
  )

  it.live(
    "ends with 3 when TossPay is down, and goes on where it was when it is back",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        yield* Effect.all(
          Array.from({ length: 20 }, () => created),
          { concurrency: 8 },
        )
        const down = yield* run({ ...env, TOSSPAY_BASE_URL: "http://127.0.0.1:1" }, ...since)
        expect(down).toMatchObject({
          code: 3,
          out: "",
          err: expect.stringMatching(
            /TossPay does not answer at TOSSPAY_BASE_URL; go on with: reconcile --resume 1\n$/,
          ),
        })
        const { code, out } = yield* run(env, "reconcile", "--resume", "1", "--json")
        expect(code).toBe(0)
        expect(reportOf(out)).toMatchObject({
          counts: { asked: 20, agree: 20, unanswered: 0 },
          discrepancies: [],
        })
      }).pipe(Effect.provide(sleepy)),
    60_000,
  )

  it.live("waits as long as TossPay wants to be asked less often, and goes on", () =>
    Effect.gen(function* () {
      const { env } = yield* Shop
      const orders = [yield* paid, yield* paid, yield* paid]
      const simulator = yield* TossPaySimulator
      yield* simulator.setFault({
        call: "get-payment-status",
        fault: "http429",
        retryAfterSeconds: 1,
        times: 12,
      } as Fault)
      const { code, out, err } = yield* run({ ...env, LOG_LEVEL: "Info" }, ...since, "--json")
      expect(code).toBe(0)
      expect(err).toContain("TossPay asks to be asked less often: left alone for 1 s")
      expect(reportOf(out).counts).toMatchObject({ asked: orders.length, agree: orders.length })
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("ends for now, and says why, when TossPay wants to be left alone for too long", () =>
    Effect.gen(function* () {
      yield* fault(yield* paid, { fault: "http429" })
      const begun = yield* beginRun("2020-01-01", null)
      const tossPay = yield* TossPay
      const busy = TossPay.of({ ...tossPay, throttledForMs: Effect.succeed(601_000) })
      expect(yield* Effect.flip(Effect.provideService(books(begun), TossPay, busy))).toMatchObject({
        what: "TOSSPAY",
        cause: "THROTTLED",
      })
    }).pipe(Effect.provide(sleepy)),
  )

  it.live(
    "takes the checkouts of its period and no others, and refuses what makes no sense",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        yield* created
        const empty = reportOf(
          (yield* run(env, "reconcile", "--from", "2020-01-01", "--to", "2020-01-02", "--json")).out,
        )
        expect(empty).toMatchObject({ counts: { asked: 0, agree: 0 }, discrepancies: [] })
        const wrong = [
          [["--to", "2020-01-01"], "--to needs --from"],
          [["--from", "2020-01-02", "--to", "2020-01-01"], "--from must be before --to"],
          [["--from", "2020-02-30"], "a day that there is"],
          [["--from", "0000-01-01"], "a day that there is"],
          [["--from", "9999-12-31"], "nothing was opened yet at 9999-12-31T00:00:00.000Z or later"],
          [["--from", "2020-01-01", "--out", ""], "--out must name a file"],
          [
            ["--from", "2020-01-01", "--out", "/nowhere/at/all"],
            "the report cannot be written to /nowhere/at/all",
          ],
          [["--from", "2020-01-01", "--out", "/"], "it is a folder"],
          [["--resume", "7"], "there is no run 7"],
          [["--resume", "1", "--from", "2020-01-01"], "leave --from and --to out"],
          [["--out", "x"], "they need --from or --resume"],
        ] as const
        const answers = yield* Effect.forEach(wrong, ([flags]) => run(env, "reconcile", ...flags), {
          concurrency: 3,
        })
        expect(answers).toMatchObject(
          wrong.map(([, words]) => ({ code: 2, err: expect.stringContaining(words) })),
        )
      }).pipe(Effect.provide(sleepy)),
    60_000,
  )
})
