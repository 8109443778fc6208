/** Tells answers without an end that the server is about to stop: it waits for every answer. */

import { Context, Effect, Latch, Layer } from "effect"

export class Draining extends Context.Service<Draining, Latch.Latch>()("tosspay-checkout/http/Draining") {
  static readonly layer = Layer.effect(Draining, Latch.make())
}

/** To be built after what drains, so that its end comes first. */
export const endStreamsFirst = Layer.effectDiscard(
  Effect.flatMap(Draining, (draining) => Effect.addFinalizer(() => draining.open)),
)
