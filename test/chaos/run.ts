/**
 * `npm run chaos -- --seed N --lifecycles N --servers N`: prints what happened and every law that was broken, and ends
 * with 1 if there was one. The seed fixes what is wanted and what goes wrong, not how processes interleave: the same seed
 * is a similar run, not the same one.
 */

import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Effect, Exit } from "effect"
import { chaos, type Outcome } from "./chaos.ts"
import { evidence, summary } from "./report.ts"

const usage = `usage: npm run chaos -- [--seed N] [--lifecycles N] [--servers N] [--standby] [--keep]

Kills real servers, restarts a real PostgreSQL and breaks calls to a simulated TossPay while buyers pay, then compares
the bank's ledger with the event log. Exit codes: 0 every law held, 1 one was broken, 2 wrong use.

  --seed N        what buyers want and what goes wrong; drawn and printed if absent. A real run is similar, not the
                  same, for the same seed: nobody can seed how processes interleave
  --lifecycles N  buyers, from the order to the end (2000)
  --servers N     serve processes that share one database, 1 to 8 (2)
  --standby       a synchronous standby takes over, once, instead of restarts: its primary is killed
  --keep          leave the folder with the server logs, the bank's journal and the database, and say where it is
`

const options = {
  seed: { type: "string" },
  lifecycles: { type: "string", default: "2000" },
  servers: { type: "string", default: "2" },
  standby: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

const wrongUse = (): never => {
  process.stderr.write(usage)
  process.exit(2)
}

const read = () => {
  try {
    return parseArgs({ options }).values
  } catch {
    return wrongUse()
  }
}

const whole = (text: string, min: number, max: number): number => {
  const value = Number(text)
  return /^\d+$/.test(text) && value >= min && value <= max ? value : wrongUse()
}

const values = read()
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const seed = whole(values.seed ?? String(Math.floor(Math.random() * 1_000_000)), 0, 0x7fff_ffff)
const lifecycles = whole(values.lifecycles, 1, 1_000_000)
const settings = {
  seed,
  lifecycles,
  servers: whole(values.servers, 1, 8),
  standby: values.standby,
  keep: values.keep,
  crowd: 32,
  kills: Math.max(2, Math.round(lifecycles / 50)),
  restarts: values.standby ? 1 : Math.max(1, Math.round(lifecycles / 250)),
  faultRate: 0.4,
  leaseMs: 1_500,
  ttlMs: 8_000,
  patienceMs: 180_000,
}

/** Who interrupts a run has not heard the judge: 130, as shells write it. */
const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (!Exit.isSuccess(exit)) return Cause.hasInterruptsOnly(exit.cause) ? 130 : 1
  return (exit.value as Outcome).wrong.length === 0 ? 0 : 1
}

const progress = (done: number, kills: number) => {
  if (done % 50 === 0 || done === lifecycles) {
    process.stderr.write(`${done} of ${lifecycles} lifecycles, ${kills} kills\r`)
  }
}

process.stdout.write(`seed ${seed}\n`)
chaos(settings, progress).pipe(
  Effect.tap((outcome) =>
    Effect.sync(() => process.stdout.write(`${evidence(outcome)}${summary(settings, outcome)}\n`)),
  ),
  NodeRuntime.runMain({ teardown: (exit, end) => end(exitCodeOf(exit)) }),
)
