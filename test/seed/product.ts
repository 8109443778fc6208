/** The whole product in this process, with a state of its own that goes when the layer does; for programs that fill it. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ConfigProvider, Effect, Layer } from "effect"
import { checkoutServer } from "../../server/app.ts"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { withoutRecovery } from "./seedCheckouts.ts"

export const productWith = (env: Readonly<Record<string, string | undefined>>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { partnerUrl, controlUrl } = yield* SimulatorAddress
      const dataDir = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "tosspay-checkout-seed-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
      )
      const settings = { PORT: "0", DATA_DIR: dataDir, ...withoutRecovery, ...env }
      return checkoutServer({ simulatorUrl: controlUrl, defaults: { tossPayBaseUrl: partnerUrl } }).pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(settings))),
      )
    }),
  ).pipe(Layer.provideMerge(simulatorServer({ port: 0 })))
