/**
 * One life from one seed: a few server processes, a bank that misbehaves, buyers who close sheets, tap twice and
 * vanish, processes that die at any await; then the faults stop, and everything has to end well.
 */

import { Effect, Exit, type Fiber, Layer, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import { stateInfo } from "../../machines/index.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payer.ts"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import { type Bug, type Death, makeProcess, type Process } from "../support/world.ts"
import { drawFault } from "./faults.ts"
import { judge } from "./judges.ts"
import { SeededRandom } from "./random.ts"

export interface Life {
  readonly checkouts: number
  readonly deaths: number
  /** Broken laws; empty when all is well. */
  readonly wrong: ReadonlyArray<string>
}

/** Replays exactly: the same seed, the same life. `bug` is a mistake built into every process. */
export const live = (seed: number, bug: Bug = {}): Effect.Effect<Life> => {
  const random = new SeededRandom(seed)
  const ids = {
    payToken: () => `pt${random.hex(20)}`,
    transactionId: () => random.hex(36),
    refundNo: () => random.hex(36),
  }
  const world = Layer.mergeAll(
    memoryEventLog,
    Payers.layerMemory,
    Layer.orDie(TossPaySimulator.layer({ ids, repeatedExecute: random.pick(["reject", "charge"]) })),
    TestClock.layer(),
  )
  return story(random, bug).pipe(
    Effect.provide(world),
    Random.withSeed(`life ${seed}`),
    Effect.scoped,
    Effect.orDie,
  )
}

const story = Effect.fnUntraced(function* (random: SeededRandom, bug: Bug) {
  const simulator = yield* TossPaySimulator
  const scope = yield* Scope.make()
  const processes: Array<Process> = []
  for (let count = random.whole(1, 3); count > 0; count -= 1)
    processes.push(yield* makeProcess(drawDeath(random), bug))

  const orderIds: Array<string> = []
  const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
  /** Starts something on a process that may be dead already, and does not wait for it. */
  const go = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.map(Effect.forkIn(Effect.exit(effect), scope), (fiber) => {
      fibers.push(fiber)
      return fiber
    })
  const pause = Effect.suspend(() => TestClock.adjust(random.whole(0, 20_000)))

  for (let faults = random.whole(0, 4); faults > 0; faults -= 1) yield* simulator.setFault(drawFault(random))

  for (let buyers = random.whole(1, 5); buyers > 0; buyers -= 1) {
    const creating = yield* go(random.pick(processes).create())
    yield* pause
    const created = creating.pollUnsafe()
    const recorded = created !== undefined && Exit.isSuccess(created) ? created.value : null
    if (recorded === null || !Exit.isSuccess(recorded)) continue
    const { payToken, order } = recorded.value.checkout.context
    orderIds.push(order.orderId)
    if (payToken === null) continue

    const report = (outcome: "started" | "succeeded" | "rejected" | "unknown") =>
      go(random.pick(processes).report(payToken, outcome))
    if (random.chance(0.6)) yield* report("started")
    yield* Effect.ignore(simulator.sheet(payToken, { action: drawAction(random) }))
    if (random.chance(0.3)) yield* pause
    if (random.chance(0.5)) yield* report(random.pick(["succeeded", "rejected", "unknown"]))
    for (let taps = random.whole(0, 3); taps > 0; taps -= 1) {
      yield* go(random.pick(processes).execute(payToken))
      if (random.chance(0.4)) yield* pause
      if (random.chance(0.2)) yield* go(random.pick(processes).recover)
    }
  }
  yield* pause

  // The faults stop, and one healthy process is left to clean up.
  yield* simulator.clearFaults
  const healthy = yield* makeProcess(null, bug)
  const open = (yield* simulator.payments).map((payment) => payment.orderNo)
  const all = [...new Set([...orderIds, ...open])]
  for (let stepMs = 10_000, looks = 0; looks < mostLooks && !(yield* allEnded(all)); looks += 1) {
    yield* TestClock.adjust(stepMs)
    const look = yield* go(healthy.recover)
    for (let waits = 0; waits < 8 && look.pollUnsafe() === undefined; waits += 1)
      yield* TestClock.adjust(waits * 1_500)
    stepMs = Math.min(stepMs * 2, longestStepMs)
  }
  const wrong = yield* judge(all)
  yield* Scope.close(scope, Exit.void)
  return { checkouts: all.length, deaths: processes.filter((process) => process.isDead()).length, wrong }
})

/** With these, faults that stopped are followed for more than two days. */
const mostLooks = 60
const longestStepMs = 3_600_000

const drawDeath = (random: SeededRandom): Death | null =>
  random.chance(0.4) ? { atAwait: random.whole(1, 25), when: random.pick(["before", "after"]) } : null

const drawAction = (random: SeededRandom) =>
  random.chance(0.8) ? "approve" : random.pick(["close", "decline"] as const)

const allEnded = Effect.fnUntraced(function* (orderIds: ReadonlyArray<string>) {
  const log = yield* EventLog
  for (const orderId of orderIds) {
    const recorded = yield* log.find({ by: "orderId", value: orderId })
    if (recorded === null) continue
    const { owner } = stateInfo(recorded.checkout.state)
    if (owner !== "nobody" && owner !== "person") return false
  }
  return true
})
