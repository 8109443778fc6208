import { Layer } from "effect"
import { Command } from "effect/cli"
import { checkoutServer } from "../app.ts"
import { announce } from "./announce.ts"

/** The checkout server alone, configured by the environment: what a container runs. */
export const serveCommand = Command.make("serve", {}, () =>
  Layer.launch(Layer.provide(announce({ simulatorUrl: null }), checkoutServer())),
).pipe(Command.withDescription("Run the checkout server, configured by the environment"))
