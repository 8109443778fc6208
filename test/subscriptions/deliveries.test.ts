import { Layer } from "effect"
import { expect, it } from "vitest"
import { readDeliveryId } from "../../server/subscriptions/deliveries.ts"
import { memoryDeliveries } from "../../server/subscriptions/memory.ts"
import { postgresDeliveries } from "../../server/subscriptions/postgres.ts"
import { freshDatabase } from "../support/database.ts"
import { deliveryLaws } from "./deliveryLaws.ts"

deliveryLaws("memory", memoryDeliveries)
deliveryLaws("PostgreSQL", Layer.orDie(Layer.provide(postgresDeliveries, freshDatabase)))

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
