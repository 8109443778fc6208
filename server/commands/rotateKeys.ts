import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { databaseOnly } from "../app.ts"
import { CurrentSettings } from "../config.ts"
import { AnswerIsNo } from "../errors.ts"
import { dataKeysOf } from "../payers/dataKeyVariables.ts"
import { type Rotated, rotateKeys } from "../payers/rotateKeys.ts"
import { jsonFlag } from "./flags.ts"
import { progressBar } from "./progress.ts"

/** The last but one step of changing DATA_KEY: docs/runbook.md has all of them. */
export const rotateKeysCommand = Command.make("rotate-keys", { json: jsonFlag }, ({ json }) =>
  Effect.gen(function* () {
    const { dataKeys, dataDir } = yield* CurrentSettings
    const bar = progressBar("keys")
    const rotated = yield* rotateKeys(yield* dataKeysOf(dataKeys, dataDir), bar.show).pipe(
      Effect.ensuring(Effect.sync(bar.clear)),
    )
    yield* Console.log(json ? JSON.stringify(rotated) : inWords(rotated))
    if (rotated.left > 0) return yield* new AnswerIsNo()
  }).pipe(Effect.provide(databaseOnly)),
).pipe(
  Command.withDescription(
    "Wrap with DATA_KEY what the keys of DATA_KEY_PREVIOUS wrap. Can be stopped and begun again (exit code 1 if some are left)",
  ),
)

const inWords = ({ rewrapped, left }: Rotated): string =>
  left === 0
    ? `${rewrapped} keys wrapped anew; none needs DATA_KEY_PREVIOUS any more`
    : [
        `${rewrapped} keys wrapped anew; ${left} are not: their key is not in DATA_KEY_PREVIOUS,`,
        "or a server still writes with the one before (then run this again when none does)",
      ].join("\n")
