import { randomBytes } from "node:crypto"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { Console, Effect, Option, Redacted } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseOnly } from "../app.ts"
import { isName, roles, tokenLine } from "../backOffice/operators.ts"
import { latestUses, type RecordedUse } from "../backOffice/uses.ts"
import { CannotStart } from "../errors.ts"
import { wrongUse } from "./complaints.ts"
import { jsonFlag, limitFlag } from "./flags.ts"

/** Makes a token. It is shown once: what is kept is its hash. */
const tokenCommand = Command.make(
  "token",
  {
    name: Flag.String("name").pipe(Flag.withDescription("Whose it is; goes on record with every use")),
    role: Flag.Literals("role", roles).pipe(
      Flag.withDescription("read, refund (reads too), or all"),
      Flag.withDefault("read" as const),
    ),
    file: Flag.String("file").pipe(
      Flag.withDescription("The file of ADMIN_TOKENS_FILE: the line is added to it instead of printed"),
      Flag.optional,
    ),
    json: jsonFlag,
  },
  ({ name, role, file, json }) =>
    Effect.gen(function* () {
      if (!isName(name)) {
        return yield* wrongUse("--name must be 1 to 100 characters of one line")
      }
      const token = Redacted.make(randomBytes(32).toString("base64url"))
      const line = tokenLine(name, role, token)
      if (Option.isSome(file)) yield* addLine(file.value, line)
      const words = [
        Redacted.value(token),
        ...(Option.isSome(file) ? [] : ["", "the line for ADMIN_TOKENS_FILE:", line]),
      ]
      yield* Console.log(
        json ? JSON.stringify({ name, role, token: Redacted.value(token), line }) : words.join("\n"),
      )
      yield* Console.error("the token is shown this once; servers know it after a restart")
    }),
).pipe(Command.withDescription("Make a token of the back office for one person or program"))

const addLine = (file: string, line: string) =>
  Effect.try({
    try: () => {
      const isOpenLine = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, "utf8"))
      appendFileSync(file, `${isOpenLine ? "\n" : ""}${line}\n`, { mode: 0o600 })
    },
    catch: () => new CannotStart({ exitCode: 3, reason: `${file} cannot be written to` }),
  })

/** Who did what in the back office. */
const usesCommand = Command.make(
  "uses",
  {
    who: Flag.String("who").pipe(Flag.withDescription("Of this name only"), Flag.optional),
    order: Flag.String("order").pipe(Flag.withDescription("Of this order only"), Flag.optional),
    limit: limitFlag(50, 10_000),
    json: jsonFlag,
  },
  ({ who, order, limit, json }) =>
    Effect.gen(function* () {
      const filter = { who: Option.getOrNull(who), orderId: Option.getOrNull(order) }
      const uses = yield* latestUses(filter, limit)
      yield* Console.log(
        json ? JSON.stringify({ uses }) : uses.length === 0 ? "no uses" : uses.map(inWords).join("\n"),
      )
    }).pipe(Effect.provide(databaseOnly)),
).pipe(Command.withDescription("List who did what in the back office, the latest first"))

const inWords = ({ usedAt, who, role, operation, orderId, isAllowed }: RecordedUse): string =>
  [usedAt, `${who} (${role})`, operation, orderId ?? "", isAllowed ? "" : "REFUSED"].join("  ").trimEnd()

export const adminCommand = Command.make("admin").pipe(
  Command.withDescription("Tokens of the back office, and what was done with them"),
  Command.withSubcommands([tokenCommand, usesCommand]),
)
