import { describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { expect } from "vitest"
import { paid } from "../support/buying.ts"
import { interruptedAt, run } from "../support/cli.ts"
import { Shop, TossPaySimulator } from "../support/server.ts"
import { command, office, refund, refunds, settled, startedFor } from "./refunding.ts"

describe("refund", () => {
  it.live(
    "gives the payment back and ends with 0, once, whoever asks again",
    () =>
      Effect.gen(function* () {
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ repeatedRefund: "refund" })
        const both = yield* Effect.all([command(orderId), command(orderId, "--who", "lee", "--json")], {
          concurrency: 2,
        })
        expect(both[0]).toMatchObject({
          code: 0,
          err: "",
          out: expect.stringMatching(new RegExp(`^${orderId}: 5,000 won given back at 2.*\n$`)),
        })
        expect(both[1].code).toBe(0)
        expect(JSON.parse(both[1].out)).toMatchObject({ outcome: "refunded", orderId, reason: "REFUNDED" })
        expect(yield* refund(orderId)).toMatchObject({ status: 200 })
        expect(yield* refunds).toHaveLength(1)
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "ends with 1 where it is refused, 2 where it is used wrongly, 3 where the database is away",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const done = yield* paid
        yield* settled(done)
        const [refused, unknown, blank, reasonless, nobody, longName, away] = yield* Effect.all(
          [
            command(done.orderId),
            command("nothing"),
            run(env, "refund", done.orderId, "--reason", "  "),
            run(env, "refund", done.orderId),
            run(env, "refund", done.orderId, "--reason", "x", "--who", " "),
            run(env, "refund", done.orderId, "--reason", "x", "--who", "x".repeat(101)),
            run(
              { ...env, DATABASE_URL: "postgres://postgres@127.0.0.1:1/nowhere" },
              ...["refund", done.orderId, "--reason", "x"],
            ),
          ],
          { concurrency: 3 },
        )
        expect(refused).toMatchObject({
          code: 1,
          err: "",
          out: `${done.orderId}: refused, SETTLEMENT_COMPLETE: TossPay has settled this payment and refunds it no more.\n`,
        })
        expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("there is no order nothing") })
        expect(blank).toMatchObject({
          code: 2,
          err: expect.stringContaining('--reason: "  ". Expected: 1 to 200 characters'),
        })
        expect(reasonless).toMatchObject({ code: 2 })
        for (const wrong of [nobody, longName]) {
          expect(wrong).toMatchObject({
            code: 2,
            err: expect.stringContaining("Expected: 1 to 100 characters"),
          })
        }
        expect(away).toMatchObject({ code: 3, err: expect.stringContaining("DATABASE_URL") })
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "that TossPay puts off ends with 1, and says that it will be made by itself",
    () =>
      Effect.gen(function* () {
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ refundsPerDay: 1_000 })
        expect(yield* command(orderId)).toMatchObject({
          code: 1,
          out: `${orderId}: not yet, REFUND_WAITS: The refund is noted and will be made by itself as soon as TossPay lets us; nothing more is to be done.\n`,
        })
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "that is interrupted while TossPay is called says that a server goes on with it, and how to look",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        yield* (yield* TossPaySimulator).changeSettings({ refundTakesMs: 2_000 })
        const called = yield* Effect.forkChild(
          Effect.repeat(startedFor(orderId), { until: ({ length }) => length > 0 }),
        )
        const words = ["refund", orderId, "--reason", "x"]
        expect(yield* interruptedAt(Effect.runPromise(Fiber.join(called)), env, ...words)).toMatchObject({
          code: 130,
          out: "",
          err: `interrupted; a server goes on with what is on record; look with: audit show ${orderId}\n`,
        })
        const looked = yield* run(env, "audit", "show", orderId)
        expect(looked.out).toContain("RefundStarted")
      }).pipe(Effect.provide(office)),
    60_000,
  )

  it.live(
    "of a payer who was forgotten is refused with the reason",
    () =>
      Effect.gen(function* () {
        const { env } = yield* Shop
        const { orderId } = yield* paid
        expect(yield* run(env, "audit", "forget", orderId, "--why", "asked for it")).toMatchObject({
          code: 0,
        })
        expect(yield* command(orderId)).toMatchObject({
          code: 1,
          out: expect.stringMatching(`^${orderId}: refused, PAYER_FORGOTTEN: The buyer was forgotten.*\n$`),
        })
        expect(yield* startedFor(orderId)).toEqual([])
      }).pipe(Effect.provide(office)),
    60_000,
  )
})
