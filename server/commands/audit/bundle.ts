import { resolve } from "node:path"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { logBeside } from "../../app.ts"
import { writeBundle } from "../../audit/bundle.ts"
import { brokenWords } from "../../audit/view.ts"
import { AnswerIsNo } from "../../errors.ts"
import { wrongUse } from "../complaints.ts"
import { jsonFlag } from "../flags.ts"
import { orderArgument, theCheckout } from "./inputs.ts"

/** Everything about one checkout in a folder that can be checked without us. */
export const bundleCommand = Command.make(
  "bundle",
  {
    order: orderArgument,
    out: Flag.String("out").pipe(
      Flag.withDescription("The folder to make; without it, audit-<order id> here"),
      Flag.optional,
    ),
    json: jsonFlag,
  },
  ({ order, out, json }) =>
    Effect.gen(function* () {
      const record = yield* theCheckout(order, null)
      const folder = resolve(Option.getOrElse(out, () => `audit-${record.checkout.orderId}`))
      const files = yield* writeBundle(record, folder).pipe(
        Effect.catchTag("UnknownError", ({ cause }) =>
          wrongUse(
            `--out must be a folder that does not exist yet and can be made (${(cause as Error).message})`,
          ),
        ),
      )
      yield* Console.log(
        json
          ? JSON.stringify({ folder, files })
          : `${folder}\n${files.map((name) => `  ${name}`).join("\n")}`,
      )
      const { broken } = record.checkout
      if (broken === null) return
      yield* Console.error(brokenWords(broken))
      return yield* new AnswerIsNo()
    }).pipe(Effect.provide(logBeside)),
).pipe(
  Command.withDescription(
    "Make a folder about one checkout for an auditor, with what checks it (exit code 1 if its history is broken)",
  ),
)
