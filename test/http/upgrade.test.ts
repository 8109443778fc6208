/** A rolling upgrade: for a while a server of this version works beside one whose machine is newer. */

import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { query } from "../../server/database/postgres.ts"
import { EventLog } from "../../server/log/eventLog.ts"
import { postgresEventLog } from "../../server/log/postgres.ts"
import { takenOnByNewer } from "../support/newerRelease.ts"
import { Database, Shop, shop } from "../support/server.ts"

const versionOf = (orderId: string) =>
  Effect.gen(function* () {
    const sql = yield* Database
    const [row] = yield* query(() => sql`SELECT version FROM checkout WHERE order_id = ${orderId}`)
    return row?.["version"] as number
  })

describe("beside a newer server", () => {
  it.layer(shop({ RECOVERY_INTERVAL_MS: "20" }), { excludeTestServices: true })((it) => {
    it.effect.each([
      ["by a move of its own", "BuyerAsked", ["minted", "asked"]],
      ["by a move that both know", "TokenExpired", ["minted", "lapsing"]],
    ] as const)(
      "what the newer has taken on, %s, is left to it, and the buyer is asked to come again",
      ([, type, to]) =>
        Effect.gen(function* () {
          const { call, sheet } = yield* Shop
          const create = call("POST", "/api/payment/create", { amount: 5000 })
          const [{ body: theirs }, { body: ours }] = [yield* create, yield* create]
          const sql = yield* Database
          yield* query(() => takenOnByNewer(sql, theirs.orderId.slice(-36), type, to))
          const before = yield* versionOf(theirs.orderId)
          const log = yield* Effect.provide(EventLog, postgresEventLog)
          expect(yield* Effect.flip(log.movesAbout(["settled.paid"], null, 1_000))).toMatchObject({
            what: "SERVER_OUTDATED",
          })

          const execute = (payToken: string) => call("POST", "/api/payment/execute", { payToken })
          for (const answer of [
            yield* execute(theirs.payToken),
            yield* call("GET", `/api/payment/orders/${theirs.orderId}`),
          ]) {
            expect(answer).toMatchObject({ status: 503, body: { ok: false, reason: "SERVER_OUTDATED" } })
            expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
          }

          // Meanwhile recovery has looked at what is overdue, and everything else goes on as ever.
          yield* sheet(ours.payToken, "approve")
          expect(yield* execute(ours.payToken)).toMatchObject({ status: 200, body: { ok: true } })
          expect(yield* versionOf(theirs.orderId)).toBe(before)
        }),
    )
  })
})
