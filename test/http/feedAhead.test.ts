import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { insertRow, unhindered } from "../integrity/attacker.ts"
import { run } from "../support/cli.ts"
import { Database, Shop, shop } from "../support/server.ts"

const token = "the-back-office-7"

/** A row that is chained as it should be, where no transaction will be for a long time. */
const putAhead = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const { body } = yield* call("POST", "/api/payment/create", { amount: 5_000 })
  yield* sheet(body.payToken, "approve")
  yield* call("POST", "/api/payment/execute", { payToken: body.payToken })
  const sql = yield* Database
  const [paid] = yield* Effect.promise(() => sql<[{ id: string }]>`SELECT checkout_id AS id FROM checkout`)
  const refund = { who: "mallory", why: "why not" }
  yield* Effect.promise(() =>
    unhindered(sql, () =>
      insertRow(sql, paid.id, { type: "RefundStarted", to: "settled.refunding", data: refund }, 9e12),
    ),
  )
})

describe("a feed in which somebody put a row ahead of every transaction", () => {
  it.live.each(["/events", "/events/stream"])("is unavailable at %s, which says what to do", (path) =>
    Effect.gen(function* () {
      yield* putAhead
      const { status, body } = yield* (yield* Shop).call("GET", `/admin/api${path}`, undefined, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(status).toBe(503)
      expect(body).toMatchObject({
        reason: "FEED_UNAVAILABLE",
        message: expect.stringContaining("audit verify"),
      })
    }).pipe(Effect.provide(shop({ ADMIN_TOKEN: token }))),
  )

  it.live(
    "is not exported, and the command blames neither the file nor the program that reads it",
    () =>
      Effect.gen(function* () {
        yield* putAhead
        const { env } = yield* Shop
        expect(yield* run(env, "audit", "export")).toMatchObject({
          code: 3,
          out: "",
          err: expect.stringMatching(
            /^tosspay-checkout: the feed gives out nothing, .*`audit verify` names them\n$/,
          ),
        })
      }).pipe(Effect.provide(shop({ ADMIN_TOKEN: token }))),
    300_000,
  )
})
