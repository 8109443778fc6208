import { Console, DateTime, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { checkoutsBeside } from "../app.ts"
import { type Reconciled, reconcile } from "../checkout/reconcile.ts"
import { paceBy } from "../checkout/recover.ts"
import { CurrentSettings } from "../config.ts"
import { AnswerIsNo, CannotStart, type Unavailable } from "../errors.ts"
import { reportFormats } from "../reconciliation/report.ts"
import { inWon } from "../text.ts"
import { tossPayIsAway } from "../tosspay/tosspay.ts"
import { whatIsAway, wrongUse } from "./complaints.ts"
import { jsonFlag, momentFlag } from "./flags.ts"
import { quietly } from "./quietly.ts"
import { type PeriodOptions, reconcilePeriod } from "./reconcilePeriod.ts"

/** Safe beside running servers: they share the work, and the pace. */
export const reconcileCommand = Command.make(
  "reconcile",
  {
    from: momentFlag(
      "from",
      "Compare with TossPay every checkout opened then or later: 2026-01-31, which is midnight UTC, or 2026-01-31T00:00:00+09:00",
    ),
    to: momentFlag("to", "Compare those opened before then; by default until now"),
    resume: Flag.Int("resume").pipe(
      Flag.withDescription("Go on with this run, or print its report again"),
      Flag.optional,
    ),
    format: Flag.Literals("format", reportFormats).pipe(
      Flag.withDescription("The report of a comparison: table, csv or json"),
      Flag.withDefault("table"),
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("The file that the report goes to; without it, standard output"),
      Flag.optional,
    ),
    json: jsonFlag,
  },
  ({ json, out, format, ...flags }) =>
    Effect.gen(function* () {
      const which = yield* whichOf(flags)
      if (which === null && (Option.isSome(out) || format !== "table")) {
        return yield* wrongUse("--format and --out are for a comparison: they need --from or --resume")
      }
      yield* which === null
        ? finishWhatIsDue(json)
        : reconcilePeriod({ which, format: json ? "json" : format, file: Option.getOrNull(out) })
    }).pipe(quietly, Effect.provide(checkoutsBeside)),
).pipe(
  Command.withDescription(
    "Finish what is due without the buyer, and list what waits for a person; or, with --from, compare a period " +
      "with TossPay's books, heal what is safe, and report what differs (exit code 1 if a person has to look)",
  ),
  Command.withExamples([
    { command: "tosspay-checkout reconcile", description: "Finish what is due now" },
    {
      command:
        "tosspay-checkout reconcile --from 2026-01-31T00:00:00+09:00 --to 2026-02-01T00:00:00+09:00 --format csv --out january-31.csv",
      description: "Compare a day in Korea with TossPay's books",
    },
    {
      command: "tosspay-checkout reconcile --resume 7",
      description: "Go on with run 7, or see its report again",
    },
  ]),
)

/** Which comparison is wanted; `null` for none. */
const whichOf = ({
  from,
  to,
  resume,
}: {
  readonly from: Option.Option<string>
  readonly to: Option.Option<string>
  readonly resume: Option.Option<number>
}): Effect.Effect<PeriodOptions["which"] | null, CannotStart> => {
  const [since, until] = [Option.getOrNull(from), Option.getOrNull(to)]
  if (Option.isSome(resume)) {
    return since === null && until === null
      ? Effect.succeed({ resume: resume.value })
      : wrongUse("--resume goes on with a period that is known: leave --from and --to out")
  }
  if (since === null) return until === null ? Effect.succeed(null) : wrongUse("--to needs --from")
  if (until !== null && until <= since) return wrongUse("--from must be before --to")
  return Effect.flatMap(DateTime.now, (now) =>
    since < DateTime.formatIso(now)
      ? Effect.succeed({ from: since, to: until })
      : wrongUse(`--from: nothing was opened yet at ${since} or later`),
  )
}

const finishWhatIsDue = Effect.fnUntraced(function* (json: boolean) {
  const result = yield* reconcile(paceBy(yield* CurrentSettings), (moved, due) =>
    Console.error(`${moved} moved, ${due} still due`),
  )
  yield* Console.log(json ? JSON.stringify(result) : inWords(result))
  if (result.isTossPayAway) return yield* Effect.mapError(tossPayIsAway, unfinishedStay)
  if (result.waiting.length + result.broken.length > 0) return yield* new AnswerIsNo()
})

const unfinishedStay = (error: Unavailable) =>
  new CannotStart({ exitCode: 3, reason: `${whatIsAway(error)}; the unfinished stay unfinished` })

const inWords = ({ moved, broken, left, waiting }: Reconciled): string =>
  [
    `${moved.length} checkouts moved`,
    ...moved.map(({ orderId, from, to }) => `  ${orderId}  ${from} -> ${to}`),
    ...broken.map((checkoutId) => `  ${checkoutId}  cannot be recovered: see the log`),
    `${left.unfinished} unfinished, ${left.due} of them due`,
    `${waiting.length} wait for a person`,
    ...waiting.map(
      ({ orderId, state, amount, since, meaning }) =>
        `  ${orderId}  ${state}  ${inWon(amount)}  since ${since}\n    ${meaning}`,
    ),
  ].join("\n")
