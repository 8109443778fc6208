/** What an effect writes to its log, instead of anywhere else. */

import { Effect, Layer, Logger, References } from "effect"

/** Every line of every level, as it would be printed; the effect is given them as they come. */
export const withLog = <A, E, R>(use: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const keep = Logger.map(Logger.formatJson, (line) => void lines.push(line))
    return use(lines).pipe(
      Effect.provide(Layer.merge(Logger.layer([keep]), Layer.succeed(References.MinimumLogLevel, "Trace"))),
    )
  })
