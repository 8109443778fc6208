import { Console, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { SimulatorAddress, simulatorServer } from "../simulator/index.ts"

/** A stand-in for TossPay's partner API, of use on its own. */
export const simulatorCommand = Command.make(
  "simulator",
  {
    port: Flag.Int("port").pipe(
      Flag.withDescription("Where to listen; 0 for any free port"),
      Flag.withDefault(3100),
    ),
    host: Flag.String("host").pipe(
      Flag.withDescription("The address to listen on"),
      Flag.withDefault("127.0.0.1"),
    ),
    journal: Flag.String("journal").pipe(
      Flag.withDescription("A file that keeps its payments over a restart"),
      Flag.withDefault(""),
    ),
  },
  ({ port, host, journal }) =>
    Layer.launch(
      Layer.effectDiscard(
        Effect.flatMap(SimulatorAddress, ({ partnerUrl, controlUrl }) =>
          Console.log(
            `  partner API       ${partnerUrl}\n  sheets, switches  ${controlUrl}/\nready on ${partnerUrl}`,
          ),
        ),
      ).pipe(Layer.provide(simulatorServer({ port, host, ...(journal !== "" && { journalFile: journal }) }))),
    ),
).pipe(Command.withDescription("Run the TossPay simulator"))
