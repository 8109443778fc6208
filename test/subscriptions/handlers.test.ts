/** Handlers as shops write them, in plain JavaScript too: what one throws is on record, and what one returns is awaited. */

import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
import type { Handler } from "../../server/subscriptions/handler.ts"
import type { OrderMessage } from "../../server/subscriptions/messages.ts"
import { onSettled } from "../../server/subscriptions/subscription.ts"
import { settledOrder } from "../support/orders.ts"
import { recordsInPostgres } from "../support/records.ts"

/** The delivery to a handler that is asked once, when that try is on record. */
const deliveredTo = (handle: Handler<OrderMessage>) =>
  Effect.gen(function* () {
    const deliveries = yield* Deliveries
    yield* Layer.build(onSettled({ name: "ship", from: "beginning", tries: 1 }, handle))
    yield* settledOrder
    const [delivery] = yield* Effect.repeat(deliveries.list({}, 10, null), {
      until: ([found]) => found !== undefined && found.state !== "waiting",
    })
    return delivery
  }).pipe(Effect.timeout("20 seconds"), Effect.scoped, Effect.provide(recordsInPostgres))

const failsWith = (error: unknown) =>
  deliveredTo(async () => {
    throw error
  })

describe("what a handler fails with is on record in PostgreSQL", () => {
  it.live.each<[words: string, error: unknown, recorded: string]>([
    ["words", new Error("no such shelf"), "no such shelf"],
    ["words with a NUL byte in them", new Error("bad\u0000byte"), "bad byte"],
    ["several lines in colour", new Error("one\r\n\u001b[31mtwo"), "one [31mtwo"],
    ["an error without words", new TypeError(), "TypeError"],
    ["nothing", undefined, "undefined"],
    ["what cannot be made a text", Object.create(null), "an error that cannot be put into words"],
    ["a control character alone", "\u0000", "an error that cannot be put into words"],
  ])("where it is %s", ([, error, recorded]) =>
    Effect.gen(function* () {
      expect(yield* failsWith(error)).toMatchObject({ state: "dead", tries: 1, error: recorded })
    }),
  )
})

describe("a handler has done its work", () => {
  it.live.each<[words: string, result: unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a value", 7],
    ["a promise", Promise.resolve(7)],
    ["an Effect", Effect.succeed(7)],
  ])("when it returns %s", ([, result]) =>
    Effect.gen(function* () {
      // TypeScript would not have most of these; JavaScript asks nobody.
      const handle = (() => result) as Handler<OrderMessage>
      expect(yield* deliveredTo(handle)).toMatchObject({ state: "delivered", tries: 1 })
    }),
  )
})
