import { readFileSync } from "node:fs"
import { Console, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { noticeVerified } from "../../alerts/chain.ts"
import { postgresAlerts } from "../../alerts/postgres.ts"
import { databaseAndKeys } from "../../app.ts"
import { AnswerIsNo } from "../../errors.ts"
import { type ExportedCheckpoint, readExported } from "../../integrity/exported.ts"
import { placeOf } from "../../integrity/finding.ts"
import { CheckpointKeys } from "../../integrity/keys.ts"
import { ordinarily, type VerifyReport, verify } from "../../integrity/verify.ts"
import { inLines } from "../../text.ts"
import { wrongUse } from "../complaints.ts"
import { jsonFlag } from "../flags.ts"
import { progressBar } from "../progress.ts"

/** Holds the log against its chains, the machine, the table derived from it, and its checkpoints. */
export const verifyCommand = Command.make(
  "verify",
  {
    json: jsonFlag,
    fromStart: Flag.Boolean("from-start").pipe(
      Flag.withDescription("Read everything again, whatever was verified before"),
      Flag.withDefault(false),
    ),
    checkpoints: Flag.String("checkpoints").pipe(
      Flag.withDescription("A file that `audit checkpoints` wrote and that was kept elsewhere"),
      Flag.withDefault(""),
    ),
  },
  ({ json, fromStart, checkpoints }) =>
    Effect.gen(function* () {
      const exported = yield* exportedIn(checkpoints)
      const bar = progressBar("events")
      const report = yield* verify({ ...ordinarily, fromStart, exported }, bar.show).pipe(
        Effect.ensuring(Effect.sync(bar.clear)),
      )
      const external = externalOf(exported)
      yield* Console.log(
        json
          ? JSON.stringify({ ...report, external })
          : [inWords(report), ...externalInWords(external)].join("\n"),
      )
      // The answer stands, whether or not the alert could be raised.
      yield* noticeVerified(report).pipe(
        Effect.catchCause((cause) =>
          Effect.logWarning("the alert chain-broken could not be raised or ended", cause),
        ),
      )
      if (!report.ok) return yield* new AnswerIsNo()
    }).pipe(Effect.provide(Layer.provideMerge(postgresAlerts, databaseAndKeys))),
).pipe(
  Command.withDescription(
    "Check that nobody touched the log (exit code 1 and an alert if somebody did); what is wrong is named to the row",
  ),
)

const exportedIn = Effect.fnUntraced(function* (file: string) {
  if (file === "") return new Map<number, ExportedCheckpoint>()
  const keys = yield* CheckpointKeys
  const exported = yield* Effect.try({
    try: () => readExported(readFileSync(file, "utf8"), keys),
    catch: (cause) =>
      wrongUse(
        `--checkpoints must be a file that \`audit checkpoints\` wrote: ${cause instanceof Error ? cause.message : file}`,
      ),
  })
  if (exported.size > 0) return exported
  return yield* wrongUse(`--checkpoints: there is no checkpoint in ${file}`)
})

/** What was compared from outside the database. A file that was cut off short is seen by the number it ends with. */
const externalOf = (exported: ReadonlyMap<number, ExportedCheckpoint>) => {
  const upTo = [...exported.keys()].reduce((highest, number) => Math.max(highest, number), 0)
  return exported.size === 0 ? null : { checkpoints: exported.size, upTo }
}

const externalInWords = (external: ReturnType<typeof externalOf>): ReadonlyArray<string> =>
  external === null
    ? []
    : [`compared with ${external.checkpoints} checkpoints of the file, up to checkpoint ${external.upTo}`]

const inWords = ({
  ok,
  since,
  wholeAt,
  events,
  checkpoint,
  unsealed,
  unjudged,
  durationMs,
  findings,
  findingCount,
}: VerifyReport): string =>
  inLines([
    ok
      ? "the log is in order"
      : findingCount === 1
        ? "one thing is wrong"
        : `${findingCount} things are wrong`,
    ...findings.map((finding) => `  ${placeOf(finding)}  ${finding.kind}: ${finding.words}`),
    ...(findingCount > findings.length ? [`  and ${findingCount - findings.length} more`] : []),
    `${events} events read in ${(durationMs / 1_000).toFixed(1)} s`,
    ...(unjudged === 0
      ? []
      : [
          `a newer release wrote ${unjudged} of them: they are whole and in their order, and what they say only that release can judge`,
        ]),
    ...(since === null
      ? []
      : [
          `what lies before checkpoint ${since.checkpoint} was in order at ${since.verifiedAt} and was not read again (--from-start reads it)`,
          ...(wholeAt === null ? [] : [`the whole log was last read at ${wholeAt}`]),
        ]),
    checkpoint === null
      ? "no checkpoint yet: only the chains were checked"
      : `sealed up to checkpoint ${checkpoint.number} of ${checkpoint.sealedAt}, ${checkpoint.count} events; ${unsealed} are newer`,
  ])
