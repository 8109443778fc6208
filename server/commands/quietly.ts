import { Effect, References } from "effect"

/** What happened is in a command's answer; only what went wrong is worth a line of log. */
export const quietly = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.updateService(command, References.MinimumLogLevel, (level) => (level === "Info" ? "Warn" : level))
