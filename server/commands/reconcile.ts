import { Console, Effect, References } from "effect"
import { Command } from "effect/cli"
import { checkoutsBeside } from "../app.ts"
import { type Reconciled, reconcile } from "../checkout/reconcile.ts"
import { paceBy } from "../checkout/recover.ts"
import { CurrentSettings } from "../config.ts"
import { AnswerIsNo, CannotStart } from "../errors.ts"
import { databaseIsAway, jsonFlag } from "./flags.ts"

/** Finishes what is due and lists what waits for a person. Safe beside running servers: they share the work. */
export const reconcileCommand = Command.make("reconcile", { json: jsonFlag }, ({ json }) =>
  Effect.gen(function* () {
    const result = yield* reconcile(paceBy(yield* CurrentSettings), (moved, due) =>
      Console.error(`${moved} moved, ${due} still due`),
    ).pipe(Effect.catchTag("Unavailable", () => databaseIsAway))
    yield* Console.log(json ? JSON.stringify(result) : inWords(result))
    if (result.isTossPayAway) return yield* tossPayIsAway
    if (result.waiting.length + result.broken.length > 0) return yield* new AnswerIsNo()
  }).pipe(
    // The moves are in the answer; only what went wrong is worth a line of log.
    Effect.updateService(References.MinimumLogLevel, (level) => (level === "Info" ? "Warn" : level)),
    Effect.provide(checkoutsBeside),
  ),
).pipe(
  Command.withDescription(
    "Finish what is due without the buyer, and list what waits for a person (exit code 1 if there is any)",
  ),
)

const inWords = ({ moved, broken, left, waiting }: Reconciled): string =>
  [
    `${moved.length} checkouts moved`,
    ...moved.map(({ orderId, from, to }) => `  ${orderId}  ${from} -> ${to}`),
    ...broken.map((checkoutId) => `  ${checkoutId}  cannot be recovered: see the log`),
    `${left.unfinished} unfinished, ${left.due} of them due`,
    `${waiting.length} wait for a person`,
    ...waiting.map(
      ({ orderId, state, amount, since, meaning }) =>
        `  ${orderId}  ${state}  ${amount} won  since ${since}\n    ${meaning}`,
    ),
  ].join("\n")

const tossPayIsAway = new CannotStart({
  exitCode: 3,
  reason: "TossPay does not answer at TOSSPAY_BASE_URL; the unfinished stay unfinished",
})
