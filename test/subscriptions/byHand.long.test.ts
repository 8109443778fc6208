/** What a person does about deliveries and alerts: over HTTP for the back office, and by commands beside the server. */

import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { query } from "../../server/database/postgres.ts"
import { Deliveries } from "../../server/subscriptions/deliveries.ts"
import { bareEnvironment } from "../support/environment.ts"
import { Database, Shop, shop } from "../support/server.ts"

const cliPath = fileURLToPath(new URL("../../server/cli.ts", import.meta.url))
const token = "a-token-of-this-test"

/** A webhook that nobody answers; the first message of it is there after one payment. */
const away = {
  ADMIN_TOKEN: token,
  WEBHOOK_URL: "http://127.0.0.1:9/canary-path",
  WEBHOOK_SECRET: `whsec_${Buffer.from("a secret of thirty-two bytes, ok").toString("base64")}`,
}

const run = (...command: ReadonlyArray<string>) =>
  Effect.flatMap(Shop, ({ env }) =>
    Effect.promise(async () => {
      const child = spawn(process.execPath, [cliPath, ...command], {
        env: { ...bareEnvironment, ...env, LOG_LEVEL: "Error" },
        stdio: ["ignore", "pipe", "pipe"],
      })
      let [out, err] = ["", ""]
      child.stdout.on("data", (chunk) => {
        out += chunk
      })
      child.stderr.on("data", (chunk) => {
        err += chunk
      })
      const [code] = await once(child, "close")
      return { code, out, err }
    }),
  )

const admin = (
  method: "GET" | "POST",
  path: string,
  { authorization = `Bearer ${token}`, body }: { authorization?: string; body?: unknown } = {},
) =>
  Effect.flatMap(Shop, ({ call }) => call(method, `/admin/api${path}`, body, { headers: { authorization } }))

const settle = Effect.gen(function* () {
  const { call, sheet } = yield* Shop
  const { payToken, orderId } = (yield* call("POST", "/api/payment/create", { amount: 5_000 })).body
  yield* sheet(payToken, "approve")
  yield* call("POST", "/api/payment/execute", { payToken })
  return orderId as string
})

/** The delivery of this order, once its first try has failed. */
const failedDelivery = (orderId: string) =>
  admin("GET", `/deliveries?subject=${orderId}`).pipe(
    Effect.repeat({ until: ({ body }) => body.deliveries[0]?.error !== null && body.deliveries.length > 0 }),
    Effect.map(({ body }) => body.deliveries[0]),
  )

const statusOf = (body: { subscriptions: ReadonlyArray<{ subscription: string }> }, name: string) =>
  body.subscriptions.find(({ subscription }) => subscription === name)

describe("deliveries by hand", () => {
  it.live("of a subscription are ordered again together, and a paused one goes on, over HTTP", () =>
    Effect.gen(function* () {
      const deliveries = yield* Deliveries
      const orders = [yield* settle, yield* settle, yield* settle]
      yield* Effect.forEach(orders, failedDelivery)
      const failing = yield* admin("GET", "/deliveries?failing=true")
      expect(failing.body.deliveries.map(({ subject }: { subject: string }) => subject).sort()).toEqual(
        [...orders].sort(),
      )
      expect(statusOf(failing.body, "webhook")).toMatchObject({ waiting: 3, failing: 3, dead: 0 })
      // Paused, nothing of it is tried while this looks.
      yield* deliveries.pause("webhook", "the receiver answered 410")
      const sql = yield* Database
      yield* query(() => sql`UPDATE delivery SET state = 'dead' WHERE subject IN ${sql(orders.slice(1))}`)
      const retryAll = (body: unknown, subscription = "webhook") =>
        admin("POST", `/subscriptions/${subscription}/retry`, { body })
      expect(yield* retryAll({ state: "dead" }, "alerts")).toMatchObject({ body: { retried: 0 } })
      expect((yield* retryAll({ state: "delivered" })).status).toBe(422)
      expect((yield* retryAll({})).status).toBe(422)
      expect(yield* retryAll({ state: "dead" })).toMatchObject({ status: 200, body: { retried: 2 } })
      expect(yield* retryAll({ state: "dead" })).toMatchObject({ body: { retried: 0 } })
      const unknown = {
        status: 404,
        body: {
          reason: "SUBSCRIPTION_NOT_FOUND",
          detail: "there is no such subscription, only alerts, webhook",
        },
      }
      expect(yield* retryAll({ state: "dead" }, "typo")).toMatchObject(unknown)
      expect(yield* admin("POST", "/subscriptions/typo/resume")).toMatchObject(unknown)
      const resume = admin("POST", "/subscriptions/webhook/resume")
      expect(yield* resume).toMatchObject({ status: 200, body: { resumed: true } })
      expect(yield* resume).toMatchObject({ status: 200, body: { resumed: false } })
      yield* Effect.forEach(orders.slice(1), (orderId) =>
        admin("GET", `/deliveries?subject=${orderId}`).pipe(
          Effect.repeat({ until: ({ body }) => body.deliveries[0].tries > 0 }),
        ),
      )
    }).pipe(Effect.provide(shop(away))),
  )

  it.live(
    "are listed, shown and ordered again over HTTP and by command",
    () =>
      Effect.gen(function* () {
        const orderId = yield* settle
        const delivery = yield* failedDelivery(orderId)
        expect(delivery).toMatchObject({
          subscription: "webhook",
          kind: "settled",
          subject: orderId,
          state: "waiting",
          tries: 1,
          error: expect.stringMatching(/^no answer: [A-Z_]+$/),
        })
        expect((yield* admin("GET", "/deliveries", { authorization: "Bearer wrong" })).status).toBe(401)
        expect((yield* admin("GET", "/deliveries?cursor=nonsense")).status).toBe(422)
        expect((yield* admin("POST", "/deliveries/nonsense/retry")).status).toBe(404)
        const retried = yield* admin("POST", `/deliveries/${delivery.id}/retry`)
        expect(retried).toMatchObject({ status: 200, body: { id: delivery.id, state: "waiting" } })
        expect((yield* admin("GET", "/alerts")).body).toEqual({ alerts: [] })

        const [listed, shown, nobodys, unknown, nobodysToo, everything, notPaused, alerts] =
          yield* Effect.all(
            [
              run("deliveries", "list", "--subscription", "webhook", "--json"),
              run("deliveries", "show", delivery.id, "--json"),
              run("deliveries", "show", "nonsense"),
              run("deliveries", "retry", "--subscription", "typo", "--state", "dead"),
              run("deliveries", "resume", "typo"),
              run("deliveries", "retry"),
              run("deliveries", "resume", "webhook", "--json"),
              run("alerts", "--json"),
            ],
            { concurrency: "unbounded" },
          )
        expect(listed.code).toBe(0)
        expect(JSON.parse(listed.out)).toMatchObject({
          deliveries: [{ id: delivery.id, subject: orderId }],
          subscriptions: [{ subscription: "alerts" }, { subscription: "webhook", waiting: 1, dead: 0 }],
          cursor: null,
        })
        expect(JSON.parse(shown.out)).toMatchObject({
          message: { type: "checkout.settled", data: { order: { orderId, state: "settled" } } },
        })
        expect(nobodys).toEqual({
          code: 1,
          out: "",
          err: "tosspay-checkout: there is no such delivery\n",
        })
        for (const answer of [unknown, nobodysToo]) {
          expect(answer).toEqual({
            code: 2,
            out: "",
            err: "tosspay-checkout: there is no such subscription, only alerts, webhook\n",
          })
        }
        expect([everything.code, everything.out]).toEqual([2, ""])
        expect(everything.err).toContain("say which")
        expect([notPaused.code, JSON.parse(notPaused.out)]).toEqual([1, { resumed: false }])
        expect([alerts.code, JSON.parse(alerts.out)]).toEqual([0, { alerts: [] }])
        const again = yield* run(
          "deliveries",
          "retry",
          "--subscription",
          "webhook",
          "--from",
          "2026-01-01",
          "--json",
        )
        expect([again.code, JSON.parse(again.out)]).toEqual([0, { retried: 1 }])
        for (const { out, err } of [listed, shown, again]) expect(out + err).not.toContain("canary-path")
      }).pipe(Effect.provide(shop(away))),
    180_000,
  )
})
