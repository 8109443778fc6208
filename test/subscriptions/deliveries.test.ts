import { randomUUID } from "node:crypto"
import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { Deliveries, readDeliveryId } from "../../server/subscriptions/deliveries.ts"
import { memoryDeliveries } from "../../server/subscriptions/memory.ts"
import { postgresDeliveries } from "../../server/subscriptions/postgres.ts"
import { freshDatabase } from "../support/database.ts"
import { deliveryLaws } from "./deliveryLaws.ts"

deliveryLaws("memory", memoryDeliveries)
deliveryLaws("PostgreSQL", Layer.orDie(Layer.provide(postgresDeliveries, freshDatabase)))

it.effect(
  "taking from a long queue costs at most in proportion to its length, whatever PostgreSQL believes of it",
  () =>
    Effect.gen(function* () {
      const deliveries = yield* Deliveries
      const worker = randomUUID()
      const takeMs = Effect.fnUntraced(function* (name: string, waiting: number) {
        yield* deliveries.register(name, { checkouts: null })
        yield* deliveries.hold(name, worker, 45_000)
        const notices = Array.from({ length: waiting }, () => ({
          ...({ kind: "settled", topic: randomUUID(), version: 5, subject: "order" } as const),
          happenedAt: new Date().toISOString(),
        }))
        yield* deliveries.enqueue(
          name,
          "checkouts",
          null,
          { position: 1, topic: randomUUID(), version: 5 },
          notices,
        )
        const beganMs = performance.now()
        for (let times = 0; times < 20; times += 1) {
          expect(yield* deliveries.take(name, worker, 8, 45_000)).toHaveLength(8)
        }
        return performance.now() - beganMs
      })
      const shortMs = yield* takeMs("short", 200)
      expect((yield* takeMs("long", 20_000)) / shortMs).toBeLessThan(300)
    }).pipe(Effect.provide(Layer.orDie(Layer.provide(postgresDeliveries, freshDatabase)))),
)

it("a word that names no delivery is not read as one", () => {
  const id = "ship:00000000-0000-4000-8000-000000000001_5_settled"
  expect(readDeliveryId(id)).not.toBeNull()
  for (const word of [
    "",
    "ship",
    id.slice(5),
    `${id}x`,
    id.replace("_5_", "_0_"),
    `${id}\n`,
    id.replace("ship", "a b"),
  ]) {
    expect(readDeliveryId(word)).toBeNull()
  }
})
