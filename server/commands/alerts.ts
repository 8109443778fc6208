import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { type Alert, Alerts, alertKinds } from "../alerts/alerts.ts"
import { recordsBeside } from "../app.ts"
import { AnswerIsNo } from "../errors.ts"
import { asComplaints } from "./complaints.ts"
import { jsonFlag } from "./flags.ts"

/** More than a person reads at one sitting. */
const mostShown = 200

/** Lists what a person should know of. What to do about each is in docs/runbook.md. */
export const alertsCommand = Command.make(
  "alerts",
  {
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("Those that have ended too, the latest first"),
      Flag.withDefault(false),
    ),
    json: jsonFlag,
  },
  ({ all, json }) =>
    Effect.gen(function* () {
      const service = yield* Alerts
      const open = yield* service.open
      const alerts = all ? yield* service.latest(mostShown) : open
      yield* Console.log(
        json
          ? JSON.stringify({ alerts })
          : alerts.length === 0
            ? "no alerts"
            : alerts.map(inWords).join("\n"),
      )
      if (open.length > 0) return yield* new AnswerIsNo()
    }).pipe(asComplaints, Effect.provide(recordsBeside)),
).pipe(
  Command.withDescription(
    "List open alerts (exit code 1 if there are any); what to do is in docs/runbook.md",
  ),
)

const inWords = ({ kind, subject, detail, raisedAt, endedAt }: Alert): string =>
  [
    `${kind}  ${subject}  since ${raisedAt}${endedAt === null ? "" : `, over since ${endedAt}`}`,
    `  ${alertKinds[kind]} ${detail}`,
  ].join("\n")
