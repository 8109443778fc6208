/**
 * Races: several executors and recovery over one checkout and a bank that misbehaves, in whichever order fast-check lets
 * their awaits go on. A function over the log, so that every log is held to it.
 */

import { Effect, Exit, Fiber, References } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { statesOf } from "../../machines/index.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { type Fault, TossPaySimulator } from "../../server/simulator/index.ts"
import { judge, type Told } from "../simulation/judges.ts"
import { watchExecutions } from "../support/inFlight.ts"
import { type Bug, makeProcess, type Process } from "../support/world.ts"

export interface Race {
  readonly executors: number
  readonly recoveries: number
  readonly faults: ReadonlyArray<object>
  readonly repeatedExecute: "reject" | "charge"
  /** In which order the awaits go on. */
  readonly order: fc.Scheduler
}

const executeFaults = fc.constantFrom<object>(
  { fault: "replyLostBefore" },
  { fault: "replyLostAfter" },
  { fault: "slow", delayMs: 40_000 },
  { fault: "late", delayMs: 30_000 },
  { fault: "unreadable" },
  { fault: "http503", charged: true },
  { fault: "resultType", value: "HTTP_TIMEOUT", charged: false },
  { fault: "errorCode", value: "COMMON_TIMEOUT" },
)

export const anyRace: fc.Arbitrary<Race> = fc.record({
  executors: fc.integer({ min: 2, max: 5 }),
  recoveries: fc.integer({ min: 0, max: 2 }),
  faults: fc.array(executeFaults, { maxLength: 2 }),
  repeatedExecute: fc.constantFrom("reject", "charge"),
  order: fc.scheduler(),
})

/** Runs it to its end; gives the laws that it broke. `fastForward`: lets the log's own clock reach whatever is due. */
export const run = (race: Race, bug: Bug = {}, fastForward: Effect.Effect<void> = Effect.void) =>
  story(race, bug, fastForward).pipe(
    Effect.provide(TestClock.layer()),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.scoped,
    Effect.orDie,
  )

const story = Effect.fnUntraced(function* (
  { executors, recoveries, faults, repeatedExecute, order }: Race,
  bug: Bug,
  fastForward: Effect.Effect<void>,
) {
  yield* TestClock.setTime(Date.UTC(2026, 0, 1))
  const simulator = yield* TossPaySimulator
  yield* simulator.changeSettings({ repeatedExecute })
  const { network, most } = watchExecutions()
  const first = yield* makeProcess({ network })
  const { checkout } = yield* first.create()
  const { payToken, order: bought } = checkout.context
  if (payToken === null) return ["no payToken"]
  yield* simulator.sheet(payToken, { action: "approve" } as never)
  for (const fault of faults)
    yield* simulator.setFault({ call: "execute-payment", times: 1, ...fault } as Fault)

  /** Each await waits until it is its turn. */
  const around: NonNullable<Parameters<typeof makeProcess>[0]>["around"] = (awaited) =>
    Effect.andThen(
      Effect.promise(() => order.schedule(Promise.resolve())),
      awaited,
    )
  const racer = () => makeProcess({ network, around, bug })
  const told: Array<Told> = []
  const fibers: Array<Fiber.Fiber<unknown>> = []
  for (let count = executors; count > 0; count -= 1) {
    const execute = Effect.map((yield* racer()).execute(payToken), (answer) =>
      told.push({ what: "executed", orderId: bought.orderId, answer }),
    )
    fibers.push(yield* Effect.forkChild(Effect.exit(execute)))
  }
  for (let count = recoveries; count > 0; count -= 1) {
    fibers.push(yield* Effect.forkChild(Effect.exit((yield* racer()).recover)))
  }
  while (fibers.some((fiber) => fiber.pollUnsafe() === undefined)) {
    if (order.count() > 0) yield* Effect.promise(() => order.waitNext(1))
    else yield* TestClock.adjust(500)
    yield* turn
  }
  const failures = fibers.filter((fiber) => {
    const exit = fiber.pollUnsafe()
    return exit !== undefined && Exit.isSuccess(exit) && Exit.isExit(exit.value) && Exit.isFailure(exit.value)
  })

  yield* simulator.clearFaults
  yield* recoverAll(first, fastForward)
  const wrong = [...(yield* judge([bought.orderId], told))]
  if (most() > 1) wrong.push(`one execute call in flight: there were ${most()} at once`)
  if (told.length + failures.length < executors) wrong.push("every executor gets an answer")
  return wrong
})

/** Lets what has arrived from outside this process be taken in. */
const turn = Effect.promise(() => new Promise((done) => setImmediate(done)))

const recoverAll = Effect.fnUntraced(function* (process: Process, fastForward: Effect.Effect<void>) {
  const log = yield* EventLog
  for (let looks = 0; looks < 200; looks += 1) {
    const { unfinished } = yield* log.backlog
    const waiting = yield* log.unfinishedIn(statesOf("person"), 10)
    if (unfinished === waiting.length) return
    yield* fastForward
    yield* TestClock.adjust(15_000)
    const look = yield* Effect.forkChild(process.recover)
    while (look.pollUnsafe() === undefined) {
      yield* TestClock.adjust(1_000)
      yield* turn
    }
    yield* Fiber.join(look)
  }
})
