/** For tests of what is built on this: the whole engine in one process, without a database and without a network. */

import { Effect, Layer, Option } from "effect"
import { memoryAlerts } from "../alerts/memory.ts"
import { Catalog } from "../catalog.ts"
import { Advance } from "../checkout/advance.ts"
import { memoryEventLog } from "../log/memory.ts"
import { Payers } from "../payers/payers.ts"
import { TossPaySimulator } from "../simulator/index.ts"
import { memoryDeliveries } from "../subscriptions/memory.ts"
import { guarded } from "../tosspay/breaker.ts"
import { tossPayOver } from "../tosspay/client.ts"
import type { Wire } from "../tosspay/outcome.ts"
import { TossPay } from "../tosspay/tosspay.ts"
import type { Send } from "../tosspay/transport.ts"

export { memoryAlerts } from "../alerts/memory.ts"
export { memoryEventLog } from "../log/memory.ts"
export { TossPaySimulator } from "../simulator/index.ts"
export { memoryDeliveries } from "../subscriptions/memory.ts"

/** Sends calls to a simulator in this process. Time is Effect's clock, so a test's own clock rules the simulator too. */
export const sendTo =
  (simulator: TossPaySimulator["Service"], timeoutMs: number): Send =>
  (call, userKey, body) =>
    simulator
      .call(call, { "x-toss-user-key": userKey, "content-type": "application/json" }, JSON.stringify(body))
      .pipe(
        Effect.map(
          (reply): Wire => (reply._tag === "Lost" ? { _tag: "Lost", cause: "CONNECTION_LOST" } : reply),
        ),
        Effect.timeoutOption(timeoutMs),
        Effect.map(Option.getOrElse((): Wire => ({ _tag: "Lost", cause: "TIMEOUT" }))),
      )

/** Everything that the use cases need: a log in memory, and a simulated TossPay that is provided as well. */
export const inMemory = (timeoutMs = 15_000) =>
  Advance.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        memoryEventLog,
        memoryDeliveries,
        memoryAlerts,
        Payers.layerMemory,
        Catalog.layer(null),
        Layer.effect(
          TossPay,
          Effect.flatMap(TossPaySimulator, (simulator) =>
            Effect.map(guarded(sendTo(simulator, timeoutMs)), tossPayOver),
          ),
        ),
      ),
    ),
    Layer.provideMerge(TossPaySimulator.layer()),
  )
