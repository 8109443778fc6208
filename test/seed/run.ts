/**
 * `npm run seed -- 100000`: the whole product on this machine, for the time being, with so many checkouts in its past. They
 * are made while it runs, so that there is something to look at from the beginning.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, ConfigProvider, Console, Effect, Layer } from "effect"
import { checkoutServer } from "../../server/app.ts"
import { announce } from "../../server/commands/announce.ts"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { seedCheckouts, withoutRecovery } from "./seedCheckouts.ts"

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

const product = Layer.unwrap(
  Effect.gen(function* () {
    const { partnerUrl, controlUrl } = yield* SimulatorAddress
    const dataDir = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-seed-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
    )
    const settings = { PORT: "0", DATA_DIR: dataDir, ...withoutRecovery, ...process.env }
    return Layer.merge(announce({ simulatorUrl: controlUrl }), seeding).pipe(
      Layer.provide(checkoutServer({ simulatorUrl: controlUrl, defaults: { tossPayBaseUrl: partnerUrl } })),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(settings))),
    )
  }),
)

NodeRuntime.runMain(Layer.launch(Layer.provide(product, simulatorServer({ port: 0 }))))
