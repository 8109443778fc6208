/** What comes after the buyers in some lives: faults that last for days, or workers that stand still again and again. */

import { Effect } from "effect"
import { TossPaySimulator } from "../../server/simulator/index.ts"
import type { Send } from "../../server/tosspay/transport.ts"
import { type Bug, makeProcess, type Process } from "../support/world.ts"
import { drawLastingFault, drawShortFault } from "./faults.ts"
import type { SeededRandom } from "./random.ts"

/** Starts something and does not wait for it. */
type Go = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<unknown, never, R>

/** Whoever has not authenticated does so now, and everybody pays. */
const everybodyPays = (go: Go, worker: () => Process) =>
  Effect.gen(function* () {
    const simulator = yield* TossPaySimulator
    for (const { payToken } of yield* simulator.payments) {
      yield* Effect.ignore(simulator.sheet(payToken, { action: "approve" }))
      yield* go(worker().execute(payToken))
    }
  })

/** One process that does not die looks now and then, the faults change, and a person tries to decide. */
export const badDays = Effect.fnUntraced(function* (
  random: SeededRandom,
  { bug, network }: { readonly bug: Bug; readonly network: (send: Send) => Send },
  /** Those that are there already, and may be dead. */
  processes: ReadonlyArray<Process>,
  orderIds: Iterable<string>,
  go: Go,
  decide: (process: Process, orderId: string) => Effect.Effect<unknown>,
) {
  const simulator = yield* TossPaySimulator
  const patient = yield* makeProcess({ bug, network })
  yield* everybodyPays(go, () => patient)
  for (let hours = random.whole(12, 72); hours > 0; hours -= 1) {
    if (random.chance(0.02)) yield* simulator.setFault(drawLastingFault(random))
    if (random.chance(0.005)) yield* simulator.clearFaults
    for (let looks = random.whole(1, 12); looks > 0; looks -= 1) {
      yield* go(patient.recover)
      if (random.chance(0.1)) yield* go(random.pick(processes).recover)
      yield* Effect.sleep(3_600_000 / 12)
    }
    for (const orderId of orderIds) if (random.chance(0.1)) yield* decide(patient, orderId)
  }
})

/** Workers that stand still share what is due, while calls come to nothing, get lost or arrive late. */
export const standingWorkers = Effect.fnUntraced(function* (random: SeededRandom, bug: Bug, go: Go) {
  const simulator = yield* TossPaySimulator
  const workers: Array<Process> = []
  for (let count = random.whole(2, 3); count > 0; count -= 1)
    workers.push(yield* makeProcess({ bug, around: standingStill(random) }))
  yield* everybodyPays(go, () => random.pick(workers))
  for (let looks = random.whole(20, 60); looks > 0; looks -= 1) {
    if (random.chance(0.4)) yield* simulator.setFault(drawShortFault(random))
    yield* go(random.pick(workers).recover)
    yield* Effect.sleep(random.whole(1_000, 10_000))
  }
})

/** After any await: with an answer that is not on record, or with a record that nothing has followed from yet. */
export const standingStill =
  (random: SeededRandom) =>
  <A, E, R>(awaited: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() =>
      random.chance(0.1) ? Effect.tap(awaited, Effect.sleep(random.whole(1_000, 200_000))) : awaited,
    )
