import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { checkoutServer } from "../app.ts"
import { defaultDataDir, lockDataDir } from "../dataDir.ts"
import { SimulatorAddress, simulatorServer } from "../simulator/index.ts"
import { announce } from "./announce.ts"

/** The whole product on one machine: embedded PostgreSQL, simulator, checkout server, demo mini-app. */
export const startCommand = Command.make("start", {}, () =>
  Layer.launch(Layer.provide(withSimulator, simulator)),
).pipe(Command.withDescription("Run everything on this machine, with a simulated TossPay"))

const simulator = Layer.unwrap(
  Effect.gen(function* () {
    const dataDir = process.env["DATA_DIR"] || defaultDataDir
    yield* lockDataDir(dataDir)
    return simulatorServer({ port: 0, journalFile: join(dataDir, "simulator.jsonl") })
  }),
)

const withSimulator = Layer.unwrap(
  Effect.map(SimulatorAddress, ({ partnerUrl, controlUrl }) =>
    announce({ simulatorUrl: controlUrl }).pipe(
      Layer.provide(checkoutServer({ simulatorUrl: controlUrl, defaults: { tossPayBaseUrl: partnerUrl } })),
    ),
  ),
)
