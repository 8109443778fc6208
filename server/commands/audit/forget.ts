import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { logBeside } from "../../app.ts"
import { type ForgetResult, forgetPayer } from "../../audit/forget.ts"
import { AnswerIsNo } from "../../errors.ts"
import { jsonFlag, whoFlag, whyFlag } from "../flags.ts"

/** Destroys the key under which a payer's toss user key is kept. Cannot be undone. */
export const forgetCommand = Command.make(
  "forget",
  {
    payer: Argument.String("payer").pipe(
      Argument.withDescription("An order of the person, the toss user key, or its fingerprint"),
    ),
    why: whyFlag("why", "The reason, for the record"),
    who: whoFlag("On whose word, for the record"),
    json: jsonFlag,
  },
  ({ payer, why, who, json }) =>
    Effect.gen(function* () {
      const result = yield* forgetPayer(payer, { who, why }).pipe()
      yield* Console.log(json ? JSON.stringify(result) : inWords(result))
      if (result.outcome !== "forgotten") return yield* new AnswerIsNo()
    }).pipe(Effect.provide(logBeside)),
).pipe(
  Command.withDescription(
    "Forget a payer for good: the toss user key cannot be read again, so no refund can be made either (exit code 1 if it cannot be done now)",
  ),
)

const inWords = ({ outcome, payer, checkouts, unfinished }: ForgetResult): string => {
  switch (outcome) {
    case "forgotten":
      return `${payer} is forgotten; ${checkouts} checkouts stay, and their chains still verify`
    case "unknown":
      return `${payer} is not kept here: never remembered, or forgotten already`
    case "unfinished":
      return [
        "not forgotten: TossPay still has to be asked about",
        ...unfinished.map((orderId) => `  ${orderId}`),
      ].join("\n")
  }
}
