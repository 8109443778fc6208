/** `npm run seed -- 100000`: the whole product on this machine, for the time being, with so many checkouts in its past. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, Layer } from "effect"
import { checkoutServer } from "../../server/app.ts"
import { announce } from "../../server/commands/announce.ts"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { seedCheckouts } from "./seedCheckouts.ts"

const checkouts = Number(process.argv[2] ?? "1000")
const dayMs = 86_400_000

const seeded = Layer.effectDiscard(
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
  }),
)

const product = Layer.unwrap(
  Effect.gen(function* () {
    const { partnerUrl, controlUrl } = yield* SimulatorAddress
    const dataDir = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-seed-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
    )
    const settings = { PORT: "0", DATA_DIR: dataDir, ...process.env }
    return announce({ simulatorUrl: controlUrl }).pipe(
      Layer.provide(seeded),
      Layer.provide(checkoutServer({ simulatorUrl: controlUrl, defaults: { tossPayBaseUrl: partnerUrl } })),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(settings))),
    )
  }),
)

NodeRuntime.runMain(Layer.launch(Layer.provide(product, simulatorServer({ port: 0 }))))
