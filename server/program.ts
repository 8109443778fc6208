/**
 * `tosspay-checkout`: one program for everything a person runs. Exit codes: 0 ok, 1 the answer is no (or a defect),
 * 2 wrong use, 3 something that it needs cannot be reached, 130 interrupted before it was done.
 */

import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit } from "effect"
import { CliError, Command } from "effect/cli"
import { adminCommand } from "./commands/admin.ts"
import { alertsCommand } from "./commands/alerts.ts"
import { auditCommand } from "./commands/audit.ts"
import { complaintOf, reasonsOf } from "./commands/complaints.ts"
import { decideCommand } from "./commands/decide.ts"
import { deliveriesCommand } from "./commands/deliveries.ts"
import { inspectCommand } from "./commands/inspect.ts"
import { migrateCommand } from "./commands/migrate.ts"
import { reconcileCommand } from "./commands/reconcile.ts"
import { refundCommand } from "./commands/refund.ts"
import { rotateKeysCommand } from "./commands/rotateKeys.ts"
import { serveCommand } from "./commands/serve.ts"
import { simulatorCommand } from "./commands/simulator.ts"
import { startCommand } from "./commands/start.ts"
import { AnswerIsNo } from "./errors.ts"
import { version } from "./version.ts"

const program = Command.make("tosspay-checkout").pipe(
  Command.withDescription("TossPay checkout for Apps in Toss mini-apps."),
  Command.withSubcommands([
    startCommand,
    serveCommand,
    simulatorCommand,
    migrateCommand,
    reconcileCommand,
    auditCommand,
    inspectCommand,
    deliveriesCommand,
    alertsCommand,
    refundCommand,
    decideCommand,
    adminCommand,
    rotateKeysCommand,
  ]),
)

/** One line, also for what only we can mend; where that happened is shown to whoever wants to see everything. */
const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const complaint = complaintOf(error)
  if (complaint !== null) return complaint.reason
  return process.env["LOG_LEVEL"] === "Debug"
    ? Cause.pretty(cause)
    : `this should not have happened: ${reasonsOf(error)} (LOG_LEVEL=Debug shows where)`
}

/** These run until they are told to stop, and then have done all they were to do. */
const servers = ["start", "serve", "simulator"]

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return servers.includes(process.argv[2] ?? "") ? 0 : interrupted
  const error = Cause.squash(exit.cause)
  return complaintOf(error)?.exitCode ?? (CliError.isCliError(error) ? 2 : 1)
}

const interrupted = 130

program.pipe(
  Command.run({ version }),
  Effect.tapCause((cause) =>
    Effect.sync(() => {
      const error = Cause.squash(cause)
      const isSaid =
        Cause.hasInterruptsOnly(cause) || CliError.isCliError(error) || error instanceof AnswerIsNo
      if (!isSaid) process.stderr.write(`tosspay-checkout: ${explain(cause)}\n`)
    }),
  ),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, end) => end(exitCodeOf(exit)),
  }),
)
