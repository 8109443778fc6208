import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { interrupted, run } from "../support/cli.ts"
import { Database, Shop, shop, TossPaySimulator } from "../support/server.ts"

/** `reconcile` beside the shop's server. */
const reconcile = (env: Readonly<Record<string, string>>, ...flags: ReadonlyArray<string>) =>
  run(env, "reconcile", ...flags)

/** A shop whose own recovery sleeps. */
const sleepy = shop({ RECOVERY_INTERVAL_MS: "3600000", CHECKOUT_TTL_MS: "50" })

const anOrder = Effect.gen(function* () {
  const { body } = yield* (yield* Shop).call("POST", "/api/payment/create", { amount: 5000 })
  return body as { readonly orderId: string; readonly payToken: string }
})

const untilDue = (count: number) =>
  Effect.gen(function* () {
    const sql = yield* Database
    while (true) {
      const [row] = yield* Effect.promise(
        () => sql`SELECT count(*)::integer AS due FROM checkout WHERE due_at <= clock_timestamp()`,
      )
      if (row?.["due"] === count) return
    }
  })

describe("reconcile", () => {
  it.live("finishes what a vanished buyer left, and says so", () =>
    Effect.gen(function* () {
      const { env, sheet } = yield* Shop
      const { orderId, payToken } = yield* anOrder
      yield* sheet(payToken, "approve")
      yield* untilDue(1)
      const { code, out } = yield* reconcile(env, "--json")
      expect(JSON.parse(out)).toMatchObject({
        moved: [{ orderId, from: "minted.ready", to: "settled.paid" }],
        left: { unfinished: 0, due: 0 },
        waiting: [],
      })
      expect(code).toBe(0)
      const again = yield* reconcile(env)
      expect(again).toMatchObject({ code: 0, out: expect.stringContaining("0 checkouts moved") })
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("ends with 1 and lists what waits for a person", () =>
    Effect.gen(function* () {
      const { env, sheet, call } = yield* Shop
      const { orderId, payToken } = yield* anOrder
      yield* sheet(payToken, "approve")
      const simulator = yield* TossPaySimulator
      yield* simulator.setFault({ call: "execute-payment", fault: "wrongAmount", times: 1 } as never)
      yield* simulator.setFault({
        call: "refund-payment",
        fault: "errorCode",
        value: "INACTIVE_USER",
      } as never)
      yield* call("POST", "/api/payment/execute", { payToken })
      const { code, out, err } = yield* reconcile(env)
      expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^[01] moved, 0 still due\n$/) })
      expect(out).toMatch(
        new RegExp(`1 wait for a person\n  ${orderId}  mismatched.charged  5,000 won  since 2`),
      )
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("ends with 3 and leaves what is due when TossPay is down", () =>
    Effect.gen(function* () {
      const { env } = yield* Shop
      yield* Effect.all(
        Array.from({ length: 30 }, () => anOrder),
        { concurrency: 8 },
      )
      yield* untilDue(30)
      const { code, err } = yield* reconcile({ ...env, TOSSPAY_BASE_URL: "http://127.0.0.1:1" })
      expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining("TossPay does not answer") })
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("does not say of a TossPay that it asks too often that it does not answer", () =>
    Effect.gen(function* () {
      const { env } = yield* Shop
      yield* Effect.all(
        Array.from({ length: 12 }, () => anOrder),
        { concurrency: 8 },
      )
      yield* untilDue(12)
      const simulator = yield* TossPaySimulator
      yield* simulator.setFault({ call: "get-payment-status", fault: "http429", times: "always" } as never)
      const { code, err } = yield* reconcile(env)
      expect({ code, err }).toEqual({
        code: 3,
        err: expect.stringContaining("asks to be asked less often; the"),
      })
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("ends with 130 when it is interrupted before it is done", () =>
    Effect.gen(function* () {
      const { env } = yield* Shop
      yield* anOrder
      yield* untilDue(1)
      const simulator = yield* TossPaySimulator
      yield* simulator.setFault({ call: "get-payment-status", fault: "slow", delayMs: 600_000 } as never)
      const { code } = yield* interrupted(
        { ...env, LOG_LEVEL: "Debug", TOSSPAY_TIMEOUT_MS: "2000" },
        "reconcile",
      )
      expect(code).toBe(130)
    }).pipe(Effect.provide(sleepy)),
  )

  it.live("needs to know where TossPay is", () =>
    Effect.gen(function* () {
      const { TOSSPAY_BASE_URL: _, ...env } = (yield* Shop).env
      expect(yield* reconcile(env)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^tosspay-checkout: TOSSPAY_BASE_URL must be/),
      })
    }).pipe(Effect.provide(sleepy)),
  )
})
