import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { checkoutServer } from "../app.ts"
import { defaultDataDir, lockDataDir, noteSimulator } from "../dataDir.ts"
import { text } from "../environment.ts"
import { SimulatorAddress, simulatorServer } from "../simulator/index.ts"
import { announce } from "./announce.ts"

/** The whole product on one machine: embedded PostgreSQL, simulator, checkout server, demo mini-app. */
export const startCommand = Command.make("start", {}, () =>
  Layer.launch(Layer.provide(withSimulator, simulator)),
).pipe(Command.withDescription("Run everything on this machine, with a simulated TossPay"))

const ownDataDir = Effect.map(text("DATA_DIR"), (given) => given ?? defaultDataDir)

const simulator = Layer.unwrap(
  Effect.gen(function* () {
    const dataDir = yield* ownDataDir
    yield* lockDataDir(dataDir)
    return simulatorServer({ port: 0, journalFile: join(dataDir, "simulator.jsonl") })
  }),
)

const withSimulator = Layer.unwrap(
  Effect.gen(function* () {
    const { partnerUrl, controlUrl } = yield* SimulatorAddress
    if ((yield* text("TOSSPAY_BASE_URL")) === null) yield* noteSimulator(yield* ownDataDir, partnerUrl)
    return announce({ simulatorUrl: controlUrl }).pipe(
      Layer.provide(checkoutServer({ simulatorUrl: controlUrl, defaults: { tossPayBaseUrl: partnerUrl } })),
    )
  }),
)
