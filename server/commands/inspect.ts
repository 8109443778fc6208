import { createInterface } from "node:readline"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { withoutSecrets } from "../../machines/index.ts"
import { logBeside } from "../app.ts"
import { openInspector, replayHistory, watchLive } from "../audit/inspector.ts"
import type { EventRow } from "../log/chain.ts"
import { theCheckout } from "./audit/inputs.ts"
import { wrongUse } from "./complaints.ts"
import { jsonFlag } from "./flags.ts"

/** Shows a recorded checkout, or what happens now, in the Stately inspector. */
export const inspectCommand = Command.make(
  "inspect",
  {
    order: Argument.String("order").pipe(
      Argument.withDescription("The order id, the payToken, or the id of the checkout; none with --live"),
      Argument.optional,
    ),
    live: Flag.Boolean("live").pipe(
      Flag.withDescription("Show what happens from now on, instead of one order"),
      Flag.withDefault(false),
    ),
    sample: Flag.Finite("sample").pipe(
      Flag.withDescription("With --live: this part of all checkouts, above 0 and up to 1"),
      Flag.withDefault(1),
    ),
    speed: Flag.Finite("speed").pipe(
      Flag.withDescription("So many times as fast as it happened; no pause is longer than 5 s"),
      Flag.withDefault(1),
    ),
    step: Flag.Boolean("step").pipe(
      Flag.withDescription("Go on with every Enter, instead of by the clock"),
      Flag.withDefault(false),
    ),
    port: Flag.Int("port").pipe(
      Flag.withDescription("Where the inspector listens, on this machine's network"),
      Flag.withDefault(8080),
    ),
    exit: Flag.Boolean("exit").pipe(
      Flag.withDescription("End with the history, instead of staying for those who look"),
      Flag.withDefault(false),
    ),
    json: jsonFlag,
  },
  ({ order, live, sample, speed, step, port, exit, json }) =>
    Effect.gen(function* () {
      if (live === Option.isSome(order)) return yield* wrongUse("inspect needs an order, or --live")
      if (!(sample > 0 && sample <= 1)) return yield* wrongUse("--sample must be above 0 and at most 1")
      if (!(speed > 0)) return yield* wrongUse("--speed must be above 0")
      if (!(port > 0 && port < 65_536)) return yield* wrongUse("--port must be 1 to 65535")
      const record = Option.isSome(order) ? yield* theCheckout(order.value, null) : null
      const inspecting = yield* openInspector(port)
      yield* Console.error(`the inspector is at ${inspecting.url} (Ctrl-C ends)`)
      const tell = (event: EventRow) =>
        Console.log(json ? JSON.stringify(withoutSecrets(event)) : inWords(event))
      if (record === null) {
        return yield* watchLive(inspecting, sample, tell)
      }
      const pause = step
        ? yield* enters
        : (gapMs: number) => Effect.sleep(Math.min(gapMs / speed, longestPauseMs))
      yield* replayHistory(inspecting, record.checkout.orderId, record.events, (row, gapMs) =>
        Effect.andThen(pause(gapMs), tell(row)),
      )
      yield* inspecting.arrived
      if (!exit) return yield* Effect.never
    }).pipe(Effect.scoped, Effect.provide(logBeside)),
).pipe(
  Command.withDescription("Replay a recorded checkout in the Stately inspector, or watch live traffic there"),
)

const longestPauseMs = 5_000

const inWords = ({ version, recordedAt, type, to, checkoutId }: EventRow): string =>
  `${checkoutId}  ${String(version).padStart(3)}  ${recordedAt}  ${type}  → ${to}`

/** Waits for the next Enter; when the input ends there is nothing more to wait for. */
const enters = Effect.acquireRelease(
  Effect.sync(() => createInterface({ input: process.stdin })),
  (lines) => Effect.sync(() => lines.close()),
).pipe(
  Effect.map((lines) => {
    const each = lines[Symbol.asyncIterator]()
    return () => Effect.asVoid(Effect.promise(() => each.next()))
  }),
)
