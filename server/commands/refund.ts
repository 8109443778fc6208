import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import type { RefundResult } from "../../machines/index.ts"
import { checkoutsBeside } from "../app.ts"
import { paceBy } from "../checkout/recover.ts"
import { refundCheckout } from "../checkout/refund.ts"
import { CurrentSettings } from "../config.ts"
import { AnswerIsNo } from "../errors.ts"
import { messageOf } from "../http/messages.ts"
import { inWon, onOneLine } from "../text.ts"
import { noSuch } from "./complaints.ts"
import { jsonFlag, whoFlag, whyFlag } from "./flags.ts"
import { quietly } from "./quietly.ts"

/** Safe beside running servers: all of them go by one claim. */
export const refundCommand = Command.make(
  "refund",
  {
    orderId: Argument.String("orderId").pipe(Argument.withDescription("The order that is to be given back")),
    why: whyFlag("reason", "Why; goes on record, and to TossPay as far as it allows"),
    who: whoFlag("Who wants it; goes on record"),
    json: jsonFlag,
  },
  ({ orderId, why, who, json }) =>
    Effect.gen(function* () {
      const settings = yield* CurrentSettings
      const refund = refundCheckout(settings.tossPay.timeoutMs, paceBy(settings))
      const result = yield* refund(orderId, { who, why }).pipe(
        Effect.onInterrupt(() =>
          Console.error(
            `interrupted; a server goes on with what is on record; look with: audit show ${orderId}`,
          ),
        ),
      )
      yield* Console.log(json ? JSON.stringify(result) : onOneLine(inWords(result)))
      if (result.outcome !== "refunded") return yield* new AnswerIsNo()
    }).pipe(
      Effect.catchTag("Refusal", () => noSuch(`order ${orderId}`)),
      quietly,
      Effect.provide(checkoutsBeside),
    ),
).pipe(
  Command.withDescription(
    "Give a payment back, in full (exit code 0: refunded, 1: refused, put off, or not known yet whether it was)",
  ),
)

const inWords = ({ outcome, orderId, reason, detail, refund }: RefundResult): string => {
  switch (outcome) {
    case "refunded":
      return `${orderId}: ${refund === null ? "all" : inWon(refund.amount)} given back${refund?.refundedAt === undefined ? "" : ` at ${refund.refundedAt}`}`
    case "refunding":
      if (reason === "REFUND_WAITS") return `${orderId}: not yet, ${reason}: ${messageOf(reason, "en")}`
      return `${orderId}: not known yet (${reason}); it is being found out, and never asked for twice`
    case "refused":
      return `${orderId}: refused, ${reason}: ${messageOf(reason, "en", detail, "REFUND_REFUSED")}`
  }
}
