import { Command } from "effect/cli"
import { checkpointsCommand } from "./audit/checkpoints.ts"
import { verifyCommand } from "./audit/verify.ts"

/** Everything that looks into the log. */
export const auditCommand = Command.make("audit").pipe(
  Command.withDescription("Look into the event log, and check it"),
  Command.withSubcommands([verifyCommand, checkpointsCommand]),
)
