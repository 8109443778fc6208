import { closeSync, openSync, writeSync } from "node:fs"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseOnly } from "../../app.ts"
import { exportCheckpoints } from "../../integrity/exported.ts"
import { wrongUse } from "../complaints.ts"
import { jsonFlag } from "../flags.ts"

/** Writes the checkpoints to a file, to be kept where whoever owns the database cannot reach it. */
export const checkpointsCommand = Command.make(
  "checkpoints",
  {
    json: jsonFlag,
    out: Flag.String("out").pipe(Flag.withDescription("The file to write, one JSON object a line")),
    entries: Flag.Boolean("entries").pipe(
      Flag.withDescription("With what each of them sealed (105 bytes an event): then rows can be named"),
      Flag.withDefault(false),
    ),
  },
  ({ json, out, entries }) =>
    Effect.gen(function* () {
      const file = yield* Effect.acquireRelease(
        Effect.try({
          try: () => openSync(out, "w", 0o600),
          catch: () => wrongUse(`--out must be a file that can be written: ${out}`),
        }),
        (opened) => Effect.sync(() => closeSync(opened)),
      )
      const result = yield* exportCheckpoints(entries, (line) => void writeSync(file, `${line}\n`)).pipe()
      yield* Console.log(
        json
          ? JSON.stringify({ ...result, file: out })
          : `${result.checkpoints} checkpoints over ${result.events} events in ${out}`,
      )
    }).pipe(Effect.scoped, Effect.provide(databaseOnly)),
).pipe(Command.withDescription("Write the signed checkpoints to a file, to be kept elsewhere"))
