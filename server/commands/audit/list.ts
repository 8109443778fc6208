import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { stateNames } from "../../../machines/index.ts"
import { logBeside } from "../../app.ts"
import { search } from "../../audit/search.ts"
import type { AuditView } from "../../audit/view.ts"
import { isTakingTooLong } from "../../database/sqlstate.ts"
import type { CannotStart, Unavailable } from "../../errors.ts"
import { inWon, onOneLine } from "../../text.ts"
import { wrongUse } from "../complaints.ts"
import { jsonFlag, limitFlag, momentFlag } from "../flags.ts"

const optional = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

const amount = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.optional)

const mostListed = 10_000

/** Checkouts, newest first. */
export const listCommand = Command.make(
  "list",
  {
    state: Flag.Literals("state", stateNames).pipe(Flag.withDescription("In this state"), Flag.optional),
    from: momentFlag("from", "Opened at this moment or later (ISO 8601)"),
    to: momentFlag("to", "Opened before this moment (ISO 8601)"),
    min: amount("min", "At least this many won"),
    max: amount("max", "At most this many won"),
    user: optional("user", "Of this payer: a toss user key, or its fingerprint"),
    text: optional("text", "Mentions this: part of an item's name, order id or reference"),
    asOf: momentFlag("as-of", "As they stood at this moment (ISO 8601)"),
    limit: limitFlag(50, mostListed),
    json: jsonFlag,
  },
  ({ limit, json, state, min, max, user, text, from, to, asOf }) =>
    Effect.gen(function* () {
      const criteria = {
        state: Option.getOrUndefined(state),
        min: Option.getOrUndefined(min),
        max: Option.getOrUndefined(max),
        user: Option.getOrUndefined(user),
        text: Option.getOrUndefined(text),
        from: Option.getOrUndefined(from),
        to: Option.getOrUndefined(to),
        asOf: Option.getOrUndefined(asOf),
      }
      const { min: least = 0, max: most = Infinity } = criteria
      if (least > most) return yield* wrongUse(`no amount is at least ${least} and at most ${most} won`)
      if (criteria.from && criteria.to && criteria.from >= criteria.to)
        return yield* wrongUse("--from must be earlier than --to")
      const found = yield* search(criteria, limit + 1, null).pipe(
        Effect.catchTag(
          "Unavailable",
          (error): Effect.Effect<never, CannotStart | Unavailable> =>
            isTakingTooLong(error.cause) ? wrongUse(tooBroad) : Effect.fail(error),
        ),
      )
      const checkouts = found.slice(0, limit)
      const hasMore = found.length > limit
      yield* Console.log(json ? JSON.stringify({ checkouts, hasMore }) : asTable(checkouts))
      if (hasMore && !json) yield* Console.error(`the newest ${limit}; there are more (--limit, or --to)`)
    }).pipe(Effect.provide(logBeside)),
).pipe(Command.withDescription("List checkouts, newest first"))

const tooBroad =
  "the database took too long over this search: narrow it, best with --from and --to, or allow more than 30 s with statement_timeout in DATABASE_URL"

const asTable = (checkouts: ReadonlyArray<AuditView>): string => {
  if (checkouts.length === 0) return "no checkouts"
  const rows = [
    ["opened", "state", "amount", "order", "items", "reason"],
    ...checkouts.map(({ createdAt, at, amount, orderId, items, reason, broken }) => [
      createdAt,
      at,
      inWon(amount),
      orderId,
      items.map(({ name, quantity }) => `${quantity} × ${name}`).join(", "),
      broken === null ? (reason ?? "") : `BROKEN at ${broken.version}`,
    ]),
  ].map((row) => row.map(onOneLine))
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
