import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseOnly } from "../../app.ts"
import { type Difference, machineNamed, type ReplayReport, replayAll } from "../../audit/otherMachine.ts"
import { AnswerIsNo } from "../../errors.ts"
import { jsonFlag } from "../flags.ts"
import { progressBar } from "../progress.ts"

/** What another machine would make of every recorded checkout. */
export const replayCommand = Command.make(
  "replay",
  {
    machine: Flag.String("machine").pipe(
      Flag.withDescription(
        "The version of this build, or the file of another machine (a build's machines/index.js, or a .ts)",
      ),
    ),
    json: jsonFlag,
  },
  ({ machine: name, json }) =>
    Effect.gen(function* () {
      const machine = yield* machineNamed(name)
      const bar = progressBar("events")
      const report = yield* replayAll(machine, (events) => bar.show(events, 0)).pipe(
        Effect.ensuring(Effect.sync(bar.clear)),
      )
      yield* Console.log(json ? JSON.stringify(report) : inWords(report))
      if (report.differenceCount > 0) return yield* new AnswerIsNo()
    }).pipe(Effect.provide(databaseOnly)),
).pipe(
  Command.withDescription(
    "Before a deployment: which recorded checkouts would end elsewhere, or be illegal, under another machine (exit code 1 if any)",
  ),
)

/** How many checkouts are listed one by one. */
const mostListed = 50

const inWords = ({ checkouts, events, machineVersion, differenceCount, differences }: ReplayReport): string =>
  [
    `${checkouts} checkouts, ${events} events, replayed by machine version ${machineVersion}`,
    differenceCount === 0
      ? "each goes the way that is on record"
      : `${differenceCount} checkouts go another way`,
    ...table(differences.slice(0, mostListed)),
    ...(differenceCount > mostListed ? [`… and ${differenceCount - mostListed} more (--json)`] : []),
  ].join("\n")

const table = (differences: ReadonlyArray<Difference>): ReadonlyArray<string> => {
  if (differences.length === 0) return []
  const rows = differences.map((difference) => [
    difference.orderId,
    difference.kind,
    `${difference.version} ${difference.fact}`,
    `${difference.recorded} -> ${difference.replayed ?? "refused"}`,
    `${difference.endRecorded} -> ${difference.endReplayed ?? "nowhere"}`,
  ])
  const all = [["order", "what", "first at", "on record -> by this machine", "ends"], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
}
