/** Two batches that hold the same claims the other way round: what two servers write when their buyers try again at once. */

import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { open } from "../../machines/index.ts"
import { Database } from "../../server/database/postgres.ts"
import { sendAppends } from "../../server/log/appendStatement.ts"
import { type Append, appendOf } from "../../server/log/eventLog.ts"
import { anOrder, startOfTime } from "../support/checkouts.ts"
import { freshDatabase } from "../support/database.ts"

const buyers = 40

const opening = (batch: number, nth: number, payer: string): Append => {
  const id = `019b0000-0000-7000-8000-${String(batch * 1_000 + nth).padStart(12, "0")}`
  const order = anOrder({ orderId: `test-${id}`, payer })
  return appendOf(null, open(id, order, startOfTime), null, [
    { kind: "key", value: `key-${batch >> 1}`, fingerprint: "same" },
  ])
}

describe("two batches whose claims cross", () => {
  it.layer(freshDatabase)((it) => {
    it.effect(
      "wait for each other and never in a circle: each claim is one checkout's, and nobody is told to come again",
      () =>
        Effect.gen(function* () {
          const sql = yield* Database
          for (let round = 0; round < 10; round += 1) {
            const forth = Array.from({ length: buyers }, (_, nth) => opening(2 * round, nth, `buyer-${nth}`))
            const back = Array.from({ length: buyers }, (_, nth) =>
              opening(2 * round + 1, nth, `buyer-${buyers - 1 - nth}`),
            )
            const failures = yield* Effect.promise(() =>
              Promise.all([sendAppends(sql, forth), sendAppends(sql, back)]),
            )
            const tags = failures.flat().map((failure) => failure?._tag ?? "written")
            expect(tags.filter((tag) => tag === "written")).toHaveLength(buyers)
            expect(tags.filter((tag) => tag === "ClaimTaken")).toHaveLength(buyers)
          }
        }),
    )
  })
})
