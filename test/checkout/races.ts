/**
 * Races: several executors, the back office and recovery over one checkout and a bank that misbehaves, in whichever order
 * fast-check lets their awaits go on. A function over the log, so that every log is held to it.
 */

import { Effect, Fiber, References } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { statesOf } from "../../machines/index.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { judge, type Told } from "../simulation/judges.ts"
import { watchMoney } from "../support/inFlight.ts"
import { type Bug, makeProcess, type Process, type Stall, terms } from "../support/world.ts"

export interface Race {
  readonly executors: number
  /** After how long each of these gives the money back. */
  readonly refunders: ReadonlyArray<number>
  /** How often each of these processes looks for what is due. */
  readonly recoveries: ReadonlyArray<number>
  /** Where the executors stand still, one for each that does. */
  readonly stalls: ReadonlyArray<Stall>
  readonly faults: ReadonlyArray<object>
  readonly refundFaults: ReadonlyArray<object>
  readonly repeatedExecute: "reject" | "charge"
  /** In which order the awaits go on. */
  readonly order: fc.Scheduler
}

const anyFault = fc.constantFrom<object>(
  { fault: "replyLostBefore" },
  { fault: "replyLostAfter" },
  { fault: "slow", delayMs: 40_000 },
  { fault: "late", delayMs: 30_000 },
  { fault: "unreadable" },
  { fault: "http503", charged: true },
  { fault: "http404", charged: true },
  { fault: "resultType", value: "HTTP_TIMEOUT", charged: false },
  { fault: "errorCode", value: "COMMON_TIMEOUT" },
)

export const anyRace: fc.Arbitrary<Race> = fc.record({
  executors: fc.integer({ min: 2, max: 5 }),
  refunders: fc.array(fc.nat({ max: 20_000 }), { maxLength: 3 }),
  recoveries: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
  stalls: fc.array(
    fc.record({ atAwait: fc.integer({ min: 1, max: 6 }), forMs: fc.integer({ min: 1, max: 200_000 }) }),
    {
      maxLength: 2,
    },
  ),
  faults: fc.array(anyFault, { maxLength: 2 }),
  refundFaults: fc.array(anyFault, { maxLength: 2 }),
  repeatedExecute: fc.constantFrom("reject", "charge"),
  order: fc.scheduler(),
})

export interface Finish {
  /** The laws that it broke. */
  readonly wrong: ReadonlyArray<string>
  /** How often recovery took the checkout on while the executors were at it. */
  readonly takenOn: number
  /** How many refunds the bank made. */
  readonly refunds: number
}

/** Runs it to its end. `fastForward`: lets the log's own clock reach whatever is due. */
export const run = (race: Race, bug: Bug = {}, fastForward: Effect.Effect<void> = Effect.void) =>
  story(race, bug, fastForward).pipe(
    Effect.provide(TestClock.layer()),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.scoped,
    Effect.orDie,
  )

const story = Effect.fnUntraced(function* (
  { executors, refunders, recoveries, stalls, faults, refundFaults, repeatedExecute, order }: Race,
  bug: Bug,
  fastForward: Effect.Effect<void>,
) {
  yield* TestClock.setTime(Date.UTC(2026, 0, 1))
  let takenOn = 0
  const simulator = yield* TossPaySimulator
  yield* simulator.changeSettings({ repeatedExecute, repeatedRefund: "refund" })
  const { network, most } = watchMoney()
  const { database, passTime } = databaseTime()
  const first = yield* makeProcess({ network, database })
  const { checkout } = yield* first.create()
  const { payToken, order: bought } = checkout.context
  if (payToken === null) return { wrong: ["no payToken"], takenOn, refunds: 0 }
  yield* simulator.sheet(payToken, { action: "approve" } as never)
  for (const fault of faults)
    yield* simulator.setFault({ call: "execute-payment", times: 1, ...fault } as Fault)
  for (const fault of refundFaults)
    yield* simulator.setFault({ call: "refund-payment", times: 1, ...fault } as Fault)

  /** Each await waits until it is its turn. */
  const around: NonNullable<Parameters<typeof makeProcess>[0]>["around"] = (awaited) =>
    Effect.andThen(
      Effect.promise(() => order.schedule(Promise.resolve())),
      awaited,
    )
  const goOn = Effect.andThen(
    Effect.promise(() => order.waitNext(1)),
    turn,
  )
  const racer = (stall: Stall | null = null) => makeProcess({ network, around, database, bug, stall })
  const told: Array<Told> = []
  const fibers: Array<Fiber.Fiber<unknown>> = []
  for (let count = 0; count < executors; count += 1) {
    const execute = Effect.map((yield* racer(stalls[count])).execute(payToken), (answer) =>
      told.push({ what: "executed", orderId: bought.orderId, answer }),
    )
    fibers.push(yield* Effect.forkChild(Effect.exit(execute)))
  }
  for (const [index, afterMs] of refunders.entries()) {
    const refund = (yield* racer()).refund(bought.orderId, `person ${index}`)
    fibers.push(yield* Effect.forkChild(Effect.exit(Effect.delay(refund, afterMs))))
  }
  for (const looks of recoveries) {
    const { recover } = yield* racer()
    // Between two looks a lease runs out, if nobody has come to an end by then.
    const look = Effect.tap(recover, ({ length }) => {
      takenOn += length
      return Effect.sleep(terms.leaseMs + 5_000)
    })
    fibers.push(yield* Effect.forkChild(Effect.exit(Effect.repeat(look, { times: looks - 1 }))))
  }
  while (fibers.some((fiber) => fiber.pollUnsafe() === undefined)) {
    yield* order.count() > 0 ? goOn : passTime
  }

  yield* simulator.clearFaults
  yield* recoverAll(first, fastForward, passTime)
  const wrong = [...(yield* judge([bought.orderId], told))]
  if (most("execute-payment") > 1) {
    wrong.push(`one execute call in flight: there were ${most("execute-payment")} at once`)
  }
  if (most("refund-payment") > 1) {
    wrong.push(`one refund call in flight: there were ${most("refund-payment")} at once`)
  }
  if (told.length < executors) wrong.push("every executor gets an answer")
  const refunds = (yield* simulator.ledger).filter(({ kind }) => kind === "refund").length
  return { wrong, takenOn, refunds } satisfies Finish
})

/** Lets what has arrived from outside this process be taken in. */
const turn = Effect.promise(() => new Promise((done) => setImmediate(done)))

/** Virtual time that stands still while the database works: its own time is real. */
const databaseTime = () => {
  let working = 0
  const database = <A, E>(awaited: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      working += 1
      return Effect.ensuring(
        awaited,
        Effect.sync(() => {
          working -= 1
        }),
      )
    })
  const passTime = Effect.andThen(
    Effect.suspend(() => (working > 0 ? Effect.void : TestClock.adjust(1_000))),
    turn,
  )
  return { database, passTime }
}

const recoverAll = Effect.fnUntraced(function* (
  process: Process,
  fastForward: Effect.Effect<void>,
  passTime: Effect.Effect<void>,
) {
  const log = yield* EventLog
  for (let looks = 0; looks < 200; looks += 1) {
    const { unfinished } = yield* log.backlog
    const waiting = yield* log.unfinishedIn(statesOf("person"), 10)
    if (unfinished === waiting.length) return
    yield* fastForward
    yield* TestClock.adjust(15_000)
    const look = yield* Effect.forkChild(process.recover)
    while (look.pollUnsafe() === undefined) yield* passTime
    yield* Fiber.join(look)
  }
})
