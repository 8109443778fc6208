/** What the audit commands are told, and how they end when that is no use. */

import { Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { type AsOf, readAsOf } from "../../audit/asOf.ts"
import { readCheckout } from "../../audit/read.ts"
import type { CannotStart } from "../../errors.ts"
import { noSuch, wrongUse } from "../complaints.ts"

export const orderArgument = Argument.String("order").pipe(
  Argument.withDescription("The order id, the payToken, or the id of the checkout"),
)

export const asOfFlag = Flag.String("as-of").pipe(
  Flag.withDescription("As it stood at a version (3) or a moment (2026-01-31T09:00Z)"),
  Flag.optional,
)

export const asOfFrom = (text: Option.Option<string>): Effect.Effect<AsOf | null, CannotStart> => {
  if (Option.isNone(text)) return Effect.succeed(null)
  const asOf = readAsOf(text.value)
  return asOf === null
    ? wrongUse(
        `--as-of must be a version, or a day or a time with zone in ISO 8601, not ${JSON.stringify(text.value)}`,
      )
    : Effect.succeed(asOf)
}

/** The checkout of that name, or the answer no. A version that it has not reached is no time at which it stood. */
export const theCheckout = (name: string, asOf: AsOf | null) =>
  readCheckout(name, asOf).pipe(
    Effect.filterOrElse(
      ({ events }) => asOf === null || !("version" in asOf) || asOf.version <= (events.at(-1)?.version ?? 0),
      ({ checkout, events }) =>
        wrongUse(`--as-of: ${checkout.orderId} has no such version, its last is ${events.at(-1)?.version}`),
    ),
    Effect.catchTag("Refusal", () => {
      const when = asOf === null ? "" : " at that time"
      return noSuch(`checkout with order id, payToken or id ${name}${when}`)
    }),
  )
