import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { logBeside } from "../../app.ts"
import { timelineText } from "../../audit/timeline.ts"
import { jsonFlag } from "../flags.ts"
import { asOfFlag, asOfFrom, orderArgument, theCheckout } from "./inputs.ts"

/** One checkout whole: where it stands, how it got there, by whom and on what evidence. */
export const showCommand = Command.make(
  "show",
  { order: orderArgument, asOf: asOfFlag, json: jsonFlag },
  ({ order, asOf, json }) =>
    Effect.gen(function* () {
      const record = yield* theCheckout(order, yield* asOfFrom(asOf))
      yield* Console.log(json ? JSON.stringify(record) : timelineText(record))
    }).pipe(Effect.provide(logBeside)),
).pipe(Command.withDescription("Show one checkout: its timeline, who caused each step, and the evidence"))
