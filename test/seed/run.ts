/**
 * `npm run seed -- 100000`: the whole product on this machine, for the time being, with so many checkouts in its past. They
 * are made while it runs, so that there is something to look at from the beginning.
 */

import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Layer } from "effect"
import { announce } from "../../server/commands/announce.ts"
import { SimulatorAddress } from "../../server/simulator/index.ts"
import { productWith } from "./product.ts"
import { seedCheckouts } from "./seedCheckouts.ts"

const checkouts = Number(process.argv[2] ?? "1000")
const dayMs = 86_400_000

const seeding = Layer.effectDiscard(
  Effect.gen(function* () {
    const startedMs = performance.now()
    yield* seedCheckouts({
      checkouts,
      spanMs: 7 * dayMs,
      seed: 1,
      onProgress: (done) => {
        if (done % 1_000 === 0) process.stderr.write(`\r${done} of ${checkouts} checkouts`)
      },
    })
    yield* Console.log(`\nmade in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  }).pipe(
    Effect.tapCause((cause) => Console.error(`\nstopped: ${Cause.pretty(cause)}`)),
    Effect.forkScoped,
  ),
)

const announced = Layer.unwrap(
  Effect.map(SimulatorAddress, ({ controlUrl }) => announce({ simulatorUrl: controlUrl })),
)

NodeRuntime.runMain(Layer.launch(Layer.provide(Layer.merge(announced, seeding), productWith(process.env))))
