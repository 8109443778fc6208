import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type Alert, Alerts, alertKinds, closableKinds } from "../alerts/alerts.ts"
import { closeAbout } from "../alerts/notice.ts"
import { recordsBeside } from "../app.ts"
import { AnswerIsNo } from "../errors.ts"
import { inLines } from "../text.ts"
import { jsonFlag, whoFlag, whyFlag } from "./flags.ts"

/** More than a person reads at one sitting. */
const mostShown = 200

const close = Command.make(
  "close",
  {
    orderId: Argument.String("orderId").pipe(Argument.withDescription("The order that the alert is about")),
    why: whyFlag("why", "Why nothing more is to be done; goes on record"),
    who: whoFlag("Who says so; goes on record"),
    json: jsonFlag,
  },
  ({ orderId, who, why, json }) =>
    Effect.gen(function* () {
      const closed = yield* closeAbout(orderId, who, why)
      yield* Console.log(
        json
          ? JSON.stringify({ closed })
          : closed
            ? `${orderId}: closed; it is an alert again only if something else comes up`
            : `${orderId}: no alert about it is open that can be closed (${closableKinds.join(", ")})`,
      )
      if (!closed) return yield* new AnswerIsNo()
    }).pipe(Effect.provide(recordsBeside)),
).pipe(
  Command.withDescription(
    `Close the alerts about an order that a person has dealt with: ${closableKinds.join(", ")} (exit code 1 if there is none)`,
  ),
)

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
    }).pipe(Effect.provide(recordsBeside)),
).pipe(
  Command.withDescription(
    "List open alerts (exit code 1 if there are any); what to do is in docs/runbook.md",
  ),
  Command.withSubcommands([close]),
)

const inWords = ({ kind, subject, detail, raisedAt, endedAt, closedBy, closedWhy }: Alert): string =>
  inLines([
    `${kind}  ${subject}  since ${raisedAt}${endedAt === null ? "" : `, over since ${endedAt}`}`,
    `  ${alertKinds[kind]} ${detail}`,
    ...(closedWhy === null ? [] : [`  closed by ${closedBy}: ${closedWhy}`]),
  ])
