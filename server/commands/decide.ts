import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { stateMeanings } from "../../machines/index.ts"
import { checkoutsBeside } from "../app.ts"
import { type Decided, decideOutcome, decisionMeanings } from "../checkout/decideOutcome.ts"
import { AnswerIsNo } from "../errors.ts"
import { noSuch } from "./complaints.ts"
import { jsonFlag, whoFlag, whyFlag } from "./flags.ts"
import { quietly } from "./quietly.ts"

/** Safe beside running servers: whoever is faster, the log has one end of it. */
export const decideCommand = Command.make(
  "decide",
  {
    orderId: Argument.String("orderId").pipe(
      Argument.withDescription(
        "The order that reconcile lists as waiting: executing.review, failed.open or mismatched.open",
      ),
    ),
    why: whyFlag("why", "Why; goes on record"),
    who: whoFlag("Who decides; goes on record"),
    json: jsonFlag,
  },
  ({ orderId, why, who, json }) =>
    Effect.gen(function* () {
      const result = yield* decideOutcome(orderId, { who, why }).pipe(
        Effect.onInterrupt(() => Console.error(`interrupted; look with: audit show ${orderId}`)),
      )
      yield* Console.log(json ? JSON.stringify(result) : inWords(result))
      if (!result.decided) return yield* new AnswerIsNo()
    }).pipe(
      Effect.catchTag("Refusal", () => noSuch(`order ${orderId}`)),
      quietly,
      Effect.provide(checkoutsBeside),
    ),
).pipe(
  Command.withDescription(
    "Decide a payment that a day of questions left open, by what TossPay says of it now, " +
      "or ask at once about one that failed and may have been charged " +
      "(exit code 0: decided, 1: not decided, because nothing is open or TossPay does not say how it ended)",
  ),
)

const inWords = ({ reason, orderId, state, payStatus }: Decided): string =>
  [
    `${orderId}: ${decisionMeanings[reason]}`,
    ...(payStatus === null ? [] : [`TossPay says ${payStatus}.`]),
    `It is ${state}: ${stateMeanings[state]}`,
  ].join(" ")
