/** What can be done to the server and around it, as commands that run on the real thing and on the model alike. */

import { Clock, Effect, type Fiber } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect } from "vitest"
import type { SheetOutcome } from "../../server/checkout/report.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { makeProcess, type Process } from "../support/world.ts"
import { type Known, type Model, type Moved, wrongAnswer, wrongNow, wrongRefund, wrongView } from "./model.ts"

/** The real thing: server processes one after the other, over one log and one bank. */
export interface Real {
  process: Process
  readonly run: <A>(effect: Effect.Effect<A, unknown, TossPaySimulator>) => Promise<A>
}

type Command = fc.AsyncCommand<Model, Real>

/** Runs it while time passes, as long as it takes; two minutes are more than any request waits. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber: Fiber.Fiber<A, E> = yield* Effect.forkChild(effect)
    for (let seconds = 0; seconds < 120 && fiber.pollUnsafe() === undefined; seconds += 1)
      yield* TestClock.adjust(1_000)
    const exit = fiber.pollUnsafe()
    return exit === undefined ? yield* Effect.die(new Error("no answer in two minutes")) : yield* exit
  })

const command = (
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Command => ({
  check,
  toString: () => name,
  run: async (model, real) => {
    await run(model, real)
    model.nowMs = await real.run(Clock.currentTimeMillis)
    for (const known of model.checkouts) none(wrongNow(known, await movedFor(real, known)))
  },
})

const none = (wrong: ReadonlyArray<string>) => expect(wrong.join("; ")).toBe("")

const movedFor = (real: Real, { orderId }: Known): Promise<Moved> =>
  real.run(
    Effect.gen(function* () {
      const ledger = yield* (yield* TossPaySimulator).ledger
      const count = (kind: "charge" | "refund") =>
        ledger.filter((entry) => entry.kind === kind && entry.orderNo === orderId).length
      return { charges: count("charge"), refunds: count("refund") }
    }),
  )

const aboutOne = (name: string, run: (known: Known, model: Model, real: Real) => Promise<void>) =>
  fc.nat({ max: 2 }).map((which) =>
    command(
      `${name} ${which}`,
      (model, real) => run(model.checkouts[which % model.checkouts.length] as Known, model, real),
      (model) => model.checkouts.length > 0,
    ),
  )

const create = fc.constant(
  command(
    "create",
    async (model, real) => {
      const { checkout } = await real.run(inTime(real.process.create()))
      const { payToken, order } = checkout.context
      if (payToken === null) return expect(model.troubled, "no payToken").toBe(true)
      const openedAtMs = await real.run(Clock.currentTimeMillis)
      const fresh = { approved: false, turnedAway: false, toldPaid: false, toldSafe: false, ...notBack }
      model.checkouts.push({ orderId: order.orderId, payToken, amount: order.amount, openedAtMs, ...fresh })
    },
    (model) => model.checkouts.length < 3,
  ),
)

const notBack = { askedBack: false, toldBack: false }

const approve = aboutOne("approve", async (known, _, real) => {
  const status = await real.run(
    Effect.flatMap(TossPaySimulator, (simulator) =>
      Effect.orElseSucceed(simulator.sheet(known.payToken, { action: "approve" } as never), () => null),
    ),
  )
  if (status === "PAY_APPROVED") known.approved = true
})

const report = (outcome: SheetOutcome) =>
  aboutOne(`report ${outcome}`, async (known, _, real) => {
    await real.run(inTime(Effect.ignore(real.process.report(known.payToken, outcome))))
  })

const execute = aboutOne("execute", async (known, model, real) => {
  model.nowMs = await real.run(Clock.currentTimeMillis)
  const answer = await real.run(inTime(real.process.execute(known.payToken)))
  none(wrongAnswer(known, model, answer, (await movedFor(real, known)).charges))
  known.toldPaid ||= answer.outcome === "paid"
  known.toldSafe ||= answer.safeToRetry
})

const refund = aboutOne("refund", async (known, model, real) => {
  // Asked for before it can be refused: a dead process leaves no answer.
  known.askedBack = true
  const answer = await real.run(inTime(real.process.refund(known.orderId)))
  none(wrongRefund(known, model, answer, await movedFor(real, known)))
  known.toldBack ||= answer.outcome === "refunded"
})

const read = aboutOne("read", async (known, _, real) => {
  const view = await real.run(inTime(real.process.read(known.orderId)))
  none(wrongView(known, view, await movedFor(real, known)))
  known.toldSafe ||= view.safeToRetry
})

const pass = fc.integer({ min: 1, max: 240 }).map((seconds) =>
  command(`${seconds} s pass`, async (_, real) => {
    await real.run(TestClock.adjust(seconds * 1_000))
  }),
)

const recover = fc.constant(
  command("recover", async (_, real) => {
    await real.run(inTime(real.process.recover))
  }),
)

const trouble = fc
  .record({
    call: fc.constantFrom("execute-payment", "get-payment-status", "refund-payment"),
    kind: fc.constantFrom<object>(
      { fault: "replyLostBefore" },
      { fault: "replyLostAfter" },
      { fault: "late", delayMs: 30_000 },
      { fault: "http503", charged: false },
      { fault: "http404", charged: true },
      { fault: "errorCode", value: "COMMON_NOT_ENOUGH_CASH" },
      { fault: "errorCode", value: "COMMON_BREAK_TIME_OF_BANK" },
    ),
  })
  .map(({ call, kind }) =>
    command(`trouble with ${call}: ${JSON.stringify(kind)}`, async (model, real) => {
      model.troubled = true
      await real.run(
        Effect.flatMap(TossPaySimulator, (simulator) =>
          simulator.setFault({ call, times: 1, ...kind } as Fault),
        ),
      )
    }),
  )

/** The process dies in the middle of a request, and another one takes its place. */
const crash = fc
  .tuple(fc.nat({ max: 2 }), fc.integer({ min: 1, max: 8 }), fc.constantFrom("executing", "refunding"))
  .map(([which, atAwait, what]) =>
    command(
      `die at await ${atAwait} of ${what} ${which}`,
      async (model, real) => {
        model.troubled = true
        const known = model.checkouts[which % model.checkouts.length] as Known
        known.askedBack ||= what === "refunding"
        await real.run(
          Effect.gen(function* () {
            const mortal = yield* makeProcess({ death: { atAwait, when: "after" } })
            const request =
              what === "executing" ? mortal.execute(known.payToken) : mortal.refund(known.orderId)
            yield* Effect.forkDetach(Effect.exit<unknown, unknown, never>(request))
            yield* TestClock.adjust(1_000)
          }) as Effect.Effect<void, unknown, TossPaySimulator>,
        )
      },
      (model) => model.checkouts.length > 0,
    ),
  )

export const anyCommands = fc.commands(
  [
    create,
    create,
    approve,
    approve,
    report("started"),
    report("succeeded"),
    report("rejected"),
    report("unknown"),
    execute,
    execute,
    execute,
    refund,
    read,
    pass,
    recover,
    trouble,
    crash,
  ],
  { maxCommands: 40 },
)
