/**
 * One life from one seed: a few server processes whose clocks differ, a bank that misbehaves, a network that repeats and
 * reorders, buyers who close sheets, tap twice and vanish, processes that die or stand still at any await and lose the
 * database's answers; then the faults stop, and
 * everything has to end well.
 */

import { Cause, Effect, Exit, type Fiber, Layer, Random, References, Scope } from "effect"
import { type Checkout, mayBeDecided, stateInfo } from "../../machines/index.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { memoryEventLog } from "../../server/log/memory.ts"
import { Payers } from "../../server/payers/payers.ts"
import { type SimulatorOptions, TossPaySimulator } from "../../server/simulator/index.ts"
import { type Bug, type Death, makeProcess, type Outage, type Process, type Stall } from "../support/world.ts"
import { drawFault, drawLastingFault, drawRefundFault } from "./faults.ts"
import { isUnfinished, judge, type Told } from "./judges.ts"
import { unsteady } from "./network.ts"
import { SeededRandom } from "./random.ts"
import { badDays, standingStill, standingWorkers } from "./stages.ts"
import { runVirtually } from "./virtualTime.ts"

export interface Life {
  readonly checkouts: number
  readonly deaths: number
  /** Payments that went back. */
  readonly refunds: number
  /** Payments that a person decided. */
  readonly decisions: number
  /** Answers that buyers got and can be held against what is on record. */
  readonly told: number
  /** Broken laws; empty when all is well. */
  readonly wrong: ReadonlyArray<string>
}

/** In which share of lives the back office gives money back, faults last for days, and workers stand still again and again. */
export interface Shares {
  readonly refunds: number
  readonly lasting: number
  readonly standing: number
}

export const usualShares: Shares = { refunds: 0.3, lasting: 0.01, standing: 0.05 }

/**
 * Replays exactly: the same seed, the same life. `bug` is a mistake built into every process. Lives in which nobody gives money back,
 * no fault lasts and nobody stands still again and again are the same whether or not there are others.
 */
export const live = (seed: number, bug: Bug = {}, shares = usualShares): Life => {
  const random = new SeededRandom(seed)
  const ids = {
    payToken: () => `pt${random.hex(20)}`,
    transactionId: () => random.hex(36),
    refundNo: () => random.hex(36),
  }
  const dayAfter = new SeededRandom(seed + 1_000_003)
  const refunds = dayAfter.chance(shares.refunds) ? dayAfter : null
  const bad = new SeededRandom(seed + 2_000_003)
  const lasting = bad.chance(shares.lasting) ? bad : null
  const still = new SeededRandom(seed + 3_000_003)
  const stands = still.chance(shares.standing) ? still : null
  const habits = {
    repeatedExecute: random.pick(["reject", "charge"] as const),
    ...(refunds !== null && {
      repeatedRefund: refunds.pick(["reject", "refund"] as const),
      refundTakesMs: refunds.chance(0.2) ? refunds.whole(1, 30_000) : 0,
    }),
    ...(lasting !== null && { lapseAfterMs: lasting.pick([900_000, 7 * dayMs, 7 * dayMs, 7 * dayMs]) }),
  }
  const world = Layer.mergeAll(
    memoryEventLog,
    Payers.layerMemory,
    Layer.orDie(TossPaySimulator.layer({ ids, ...habits })),
  )
  const life = story(random, refunds, lasting, stands, bug, habits).pipe(
    Effect.provide(world),
    Random.withSeed(`life ${seed}`),
    Effect.withTracerEnabled(false),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.scoped,
  )
  return runVirtually(life, startMs)
}

const story = Effect.fnUntraced(function* (
  random: SeededRandom,
  /** What the back office does is drawn from here; `null` for nothing. */
  refunds: SeededRandom | null,
  /** What lasts is drawn from here; `null` for nothing. */
  lasting: SeededRandom | null,
  /** Where workers stand still again and again is drawn from here; `null` for once at most. */
  stands: SeededRandom | null,
  bug: Bug,
  { repeatedExecute, repeatedRefund }: Pick<SimulatorOptions, "repeatedExecute" | "repeatedRefund">,
) {
  const simulator = yield* TossPaySimulator
  // A bank that moves money again must not get a call twice, nor may one copy of it be answered and the other travel on:
  // what is assumed of the network is in docs/guarantees.md.
  const mayRepeat = Effect.map(simulator.faults, (faults) => ({
    "execute-payment": repeatedExecute === "reject" && faults.length === 0,
    "refund-payment": repeatedRefund !== "refund" && faults.length === 0,
  }))
  const network = unsteady(random, mayRepeat)
  const scope = yield* Scope.make()
  const processes: Array<Process> = []
  for (let count = random.whole(1, 3); count > 0; count -= 1) {
    processes.push(
      yield* makeProcess({
        death: drawDeath(random),
        stall: drawStall(random),
        outage: drawOutage(random),
        bug,
        network,
        skewMs: drawSkewMs(random),
        ...(stands !== null && { around: standingStill(stands) }),
      }),
    )
  }

  const orderIds = new Set<string>()
  const told: Array<Told> = []
  const defects: Array<string> = []
  /** Starts something on a process that may be dead already, and does not wait for it. */
  const go = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.forkIn(
      Effect.tap(Effect.exit(effect), (exit) =>
        Effect.sync(() => {
          if (Exit.isFailure(exit) && Cause.hasDies(exit.cause))
            defects.push(`no defect: ${Cause.squash(exit.cause)}`)
        }),
      ),
      scope,
    )
  let decisions = 0
  const decide = (process: Process, orderId: string) =>
    go(
      Effect.map(process.decide(orderId), ({ decided }) => {
        if (decided) decisions += 1
      }),
    )
  /** What a buyer sends may be held up on the way, overtaken by what comes later, and come twice. */
  const deliver = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const late = Effect.delay(effect, random.chance(0.2) ? random.whole(1, 30_000) : 0)
      return random.chance(0.1) ? Effect.andThen(go(late), go(effect)) : go(late)
    })
  /** In some lives the processes look for what is due all the time, in the others now and then. */
  const isBusy = random.chance(0.15) || stands !== null
  const pause = Effect.gen(function* () {
    if (!isBusy) return yield* Effect.sleep(random.whole(0, 20_000))
    for (let looks = random.whole(0, 6); looks > 0; looks -= 1) {
      yield* Effect.sleep(random.whole(1_000, 5_000))
      yield* go(random.pick(processes).recover)
    }
  })

  for (let faults = random.whole(0, 4); faults > 0; faults -= 1) yield* simulator.setFault(drawFault(random))
  if (refunds?.chance(0.5)) yield* simulator.setFault(drawRefundFault(refunds))
  if (lasting !== null) yield* simulator.setFault(drawLastingFault(lasting))

  for (let buyers = random.whole(1, 5); buyers > 0; buyers -= 1) {
    const idempotencyKey = `buyer ${buyers}`
    const create = Effect.suspend(() => random.pick(processes).create({ idempotencyKey }))
    const creating = yield* go(create)
    if (random.chance(0.2)) yield* go(create)
    yield* pause
    const recorded = outcomeOf(creating)
    if (recorded === null) continue
    const { payToken, order } = recorded.checkout.context
    orderIds.add(order.orderId)
    if (random.chance(0.2)) {
      const again = yield* go(create)
      yield* pause
      const same = outcomeOf(again)
      if (same !== null) told.push({ what: "created", orderId: order.orderId, answer: same })
    }
    if (payToken === null) continue

    const report = (outcome: "started" | "succeeded" | "rejected" | "unknown") =>
      deliver(random.pick(processes).report(payToken, outcome))
    if (random.chance(0.6)) yield* report("started")
    yield* Effect.ignore(simulator.sheet(payToken, { action: drawAction(random) }))
    if (random.chance(0.3)) yield* pause
    if (random.chance(0.5)) yield* report(random.pick(["succeeded", "rejected", "unknown"]))
    for (let taps = random.whole(0, 3); taps > 0; taps -= 1) {
      yield* deliver(
        Effect.map(random.pick(processes).execute(payToken), (answer) =>
          told.push({ what: "executed", orderId: order.orderId, answer }),
        ),
      )
      if (random.chance(0.4)) yield* pause
      if (random.chance(0.2)) yield* go(random.pick(processes).recover)
    }
    if (refunds === null) continue
    // The back office gives it back, perhaps twice, and perhaps before it is paid.
    for (let times = refunds.whole(1, 3); times > 0; times -= 1) {
      const refund = refunds.pick(processes).refund(order.orderId, `person ${times}`)
      yield* go(Effect.delay(refund, refunds.whole(0, 60_000)))
      if (refunds.chance(0.5)) yield* Effect.sleep(refunds.whole(0, 20_000))
    }
    if (repeatedRefund !== "refund" && refunds.chance(0.1)) yield* go(simulator.dashboardRefund(payToken))
  }
  yield* pause

  if (lasting !== null) yield* badDays(lasting, { bug, network }, processes, orderIds, go, decide)
  if (stands !== null) yield* standingWorkers(stands, bug, go)

  // The faults stop, and one healthy process is left to clean up, with a person who decides what waits for one.
  yield* simulator.clearFaults
  const healthy = yield* makeProcess({ bug, skewMs: drawSkewMs(random) })
  for (const payment of yield* simulator.payments) orderIds.add(payment.orderNo)
  for (let stepMs = 10_000, looks = 0; looks < mostLooks; looks += 1) {
    const open = yield* stillOpen(orderIds)
    if (open.length === 0) break
    for (const checkout of open) {
      if (mayBeDecided(checkout)) yield* decide(healthy, checkout.context.order.orderId)
    }
    yield* Effect.sleep(stepMs)
    const look = yield* go(healthy.recover)
    for (let waits = 0; waits < 8 && look.pollUnsafe() === undefined; waits += 1)
      yield* Effect.sleep(waits * 1_500)
    stepMs = Math.min(stepMs * 2, longestStepMs)
  }
  const undecided = (yield* stillOpen(orderIds))
    .filter(mayBeDecided)
    .map(({ context }) => `convergence: ${context.order.orderId} still waits for a person's decision`)
  const wrong = [...defects, ...undecided, ...(yield* judge(orderIds, told))]
  const back = (yield* simulator.ledger).filter(({ kind }) => kind === "refund").length
  yield* Scope.close(scope, Exit.void)
  const deaths = processes.filter((process) => process.isDead()).length
  return { checkouts: orderIds.size, deaths, refunds: back, decisions, told: told.length, wrong }
})

/** Any time will do, if clocks that are off by hours still show a date. */
const startMs = Date.UTC(2026, 0, 1)

/** With these, faults that stopped are followed for more than two days. */
const mostLooks = 60
const longestStepMs = 3_600_000

const dayMs = 86_400_000

const drawDeath = (random: SeededRandom): Death | null =>
  random.chance(0.4) ? { atAwait: random.whole(1, 25), when: random.pick(["before", "after"]) } : null

/** From a moment to longer than any lease. */
const drawStall = (random: SeededRandom): Stall | null =>
  random.chance(0.3) ? { atAwait: random.whole(1, 25), forMs: random.whole(1_000, 300_000) } : null

const drawOutage = (random: SeededRandom): Outage | null =>
  random.chance(0.3) ? { atAwait: random.whole(1, 25), when: random.pick(["before", "after"]) } : null

const drawAction = (random: SeededRandom) =>
  random.chance(0.8) ? "approve" : random.pick(["close", "decline"] as const)

/** Most clocks are right to the second; some are off by hours. */
const drawSkewMs = (random: SeededRandom): number =>
  random.chance(0.3) ? random.whole(-7_200_000, 7_200_000) : 0

/** What it came to, if it has; `null` if it failed or is still under way. */
const outcomeOf = <A, E>(fiber: Fiber.Fiber<Exit.Exit<A, E>>): A | null => {
  const exit = fiber.pollUnsafe()
  return exit !== undefined && Exit.isSuccess(exit) && Exit.isSuccess(exit.value) ? exit.value.value : null
}

/** Something has still to become of these: by the server, by a person's decision, or because their money is on its way back. */
const stillOpen = Effect.fnUntraced(function* (orderIds: Iterable<string>) {
  const log = yield* EventLog
  const open: Array<Checkout> = []
  for (const orderId of orderIds) {
    const recorded = yield* log.find({ by: "orderId", value: orderId })
    if (recorded === null) continue
    const { checkout } = recorded
    const { refund, owner } = stateInfo(checkout.state)
    // A mismatch may be found while somebody gives it back already, and that may come to nothing.
    const isToldOfRefund = owner === "person" && checkout.context.payment?.payStatus === "REFUND_PROGRESS"
    const isGoingBack = refund === "refunding" || isToldOfRefund
    if (isUnfinished(checkout) || mayBeDecided(checkout) || isGoingBack) open.push(checkout)
  }
  return open
})
