import { Command } from "effect/cli"
import { bundleCommand } from "./audit/bundle.ts"
import { checkpointsCommand } from "./audit/checkpoints.ts"
import { exportCommand } from "./audit/export.ts"
import { forgetCommand } from "./audit/forget.ts"
import { listCommand } from "./audit/list.ts"
import { replayCommand } from "./audit/replay.ts"
import { showCommand } from "./audit/show.ts"
import { verifyCommand } from "./audit/verify.ts"

/** Everything that looks into the log. */
export const auditCommand = Command.make("audit").pipe(
  Command.withDescription("Look into the event log, and check it"),
  Command.withSubcommands([
    listCommand,
    showCommand,
    verifyCommand,
    exportCommand,
    bundleCommand,
    checkpointsCommand,
    replayCommand,
    forgetCommand,
  ]),
)
