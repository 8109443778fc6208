import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted } from "effect"
import { Webhook } from "standardwebhooks"
import { expect } from "vitest"
import type { AlertMessage, OrderMessage } from "../../server/subscriptions/messages.ts"
import { makeSend, retryAfterMs } from "../../server/webhook/webhook.ts"
import { asModule, programIn } from "../support/docs.ts"
import { Shop, shop } from "../support/server.ts"

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes, ok").toString("base64")}`

interface Received {
  readonly headers: Record<string, string>
  readonly body: string
  readonly path: string
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** A receiver that keeps what it gets and answers as it is told, the last answer for all that follow. */
const receiver = (...answers: ReadonlyArray<Answer>) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Array<Received> = []
      const server = createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray()).toString()
        received.push({ headers: request.headers as Record<string, string>, body, path: request.url ?? "" })
        const answer = answers[Math.min(received.length, answers.length) - 1]
        if (answer === undefined) response.writeHead(204).end()
        else answer(response, request)
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      return { received, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      }),
  )

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end()

const settled = {
  messageId: "019b0000-0000-7000-8000-000000000001_5_settled",
  kind: "settled",
  happenedAt: "2026-01-01T00:00:30.000Z",
  order: {
    orderId: "test-0001",
    state: "settled",
    at: "settled.paid",
    amount: 9_000,
    currency: "KRW",
    items: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:30.000Z",
    detail: "TossPay's own words",
    actions: [],
    safeToRetry: false,
    refund: null,
  },
  event: { data: { payToken: "canary" } } as never,
} satisfies OrderMessage

const sendTo = (url: string, message: OrderMessage | AlertMessage = settled) =>
  Effect.flatMap(makeSend({ url: Redacted.make(url), secret: Redacted.make(secret) }), (send) =>
    send(message),
  )

describe("a webhook", () => {
  it.live("is signed so that the receiver's own library verifies it, and says the same on every try", () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver(status(500), status(204))
      expect(Exit.isFailure(yield* Effect.exit(sendTo(url)))).toBe(true)
      yield* sendTo(url)
      const [first, second] = received
      expect(new Webhook(secret).verify(second?.body ?? "", second?.headers ?? {})).toEqual({
        type: "checkout.settled",
        timestamp: "2026-01-01T00:00:30.000Z",
        data: {
          order: {
            orderId: "test-0001",
            state: "settled",
            amount: 9_000,
            currency: "KRW",
            items: [],
            createdAt: "2026-01-01T00:00:00.000Z",
            refund: null,
          },
        },
      })
      expect(second?.body).toBe(first?.body)
      expect(second?.headers["webhook-id"]).toBe(settled.messageId)
      expect(first?.headers["webhook-id"]).toBe(settled.messageId)
      expect(second?.headers["content-type"]).toBe("application/json")
    }).pipe(Effect.scoped),
  )

  it.live("that is not answered with a 2xx is not delivered, a redirect too, which is not followed", () =>
    Effect.gen(function* () {
      const other = yield* receiver()
      for (const code of [301, 302, 307, 308, 400, 401, 404, 429, 500, 503]) {
        const { received, url } = yield* receiver(status(code, { location: other.url }))
        const error = yield* Effect.flip(sendTo(url))
        expect((error as Error).message).toBe(`the receiver answered ${code}`)
        expect(received).toHaveLength(1)
      }
      expect(other.received).toEqual([])
    }).pipe(Effect.scoped),
  )

  it.live("is put off as Retry-After asks, and left alone after a 410", () =>
    Effect.gen(function* () {
      const { url } = yield* receiver(status(503, { "retry-after": "120" }), status(410))
      expect(yield* Effect.flip(sendTo(url))).toMatchObject({ _tag: "Postpone", afterMs: 120_000 })
      expect(yield* Effect.flip(sendTo(url))).toMatchObject({ _tag: "Unsubscribe" })
    }).pipe(Effect.scoped),
  )

  it.live("is delivered by its status, whether the answer goes on for ever, breaks off or stands still", () =>
    Effect.gen(function* () {
      const endless: Answer = (response) => {
        response.writeHead(200)
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
          response.once("drain", more)
        }
        more()
      }
      const broken: Answer = (response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write("x", () => response.destroy())
      }
      const still: Answer = (response) => {
        response.writeHead(200)
        response.write("x")
      }
      const { url } = yield* receiver(endless, broken, still)
      yield* sendTo(url)
      yield* sendTo(url)
      yield* sendTo(url)
    }).pipe(Effect.scoped),
  )

  it.live("to nobody fails with the network's word and not with the URL", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sendTo("http://127.0.0.1:9/canary"))
      expect((error as Error).message).toMatch(/^no answer: [A-Z_]+$/)
    }).pipe(Effect.scoped),
  )

  it.live("about an alert holds what it is about", () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver()
      const alert = {
        alertId: "019b0000-0000-7000-8000-000000000002",
        kind: "mismatch",
        occurrence: "1",
        subject: "test-0001",
        detail: "AMOUNT_MISMATCH",
        raisedAt: "2026-01-01T00:00:30.000Z",
        endedAt: null,
        closedBy: null,
        closedWhy: null,
      } as const
      yield* sendTo(url, {
        messageId: `${alert.alertId}_1_alertRaised`,
        kind: "alertRaised",
        happenedAt: alert.raisedAt,
        alert,
      })
      const { alertId: id, occurrence: _, closedBy: __, closedWhy: ___, ...rest } = alert
      expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({
        type: "alert.raised",
        data: { alert: { id, ...rest } },
      })
    }).pipe(Effect.scoped),
  )

  it.effect("Retry-After is read in seconds and as a date", () =>
    Effect.sync(() => {
      const now = Date.UTC(2026, 0, 1)
      expect(retryAfterMs("30", now)).toBe(30_000)
      expect(retryAfterMs("Thu, 01 Jan 2026 00:01:00 GMT", now)).toBe(60_000)
      expect(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0)
      for (const word of [undefined, "", "soon", "-1", ["1", "2"]]) expect(retryAfterMs(word, now)).toBeNull()
    }),
  )
})

describe("the receiver of docs/webhooks.md", () => {
  it.live("takes what is signed and refuses what is not", () =>
    Effect.gen(function* () {
      const listening = "listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
      const program = programIn("webhooks.md", "js")
      expect(program).toContain("listen(4000)")
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, asModule(program.replace("listen(4000)", listening)), {
            env: { PATH: process.env["PATH"] ?? "", WEBHOOK_SECRET: secret },
            stdio: ["ignore", "pipe", "inherit"],
          }),
        ),
        (started) =>
          Effect.promise(async () => {
            started.kill("SIGKILL")
            await once(started, "exit")
          }),
      )
      let said = ""
      child.stdout.on("data", (chunk) => {
        said += chunk
      })
      yield* Effect.promise(() => expect.poll(() => said, { timeout: 30_000 }).toMatch(/^\d+\n/))
      const url = `http://127.0.0.1:${Number.parseInt(said, 10)}/`
      yield* sendTo(url)
      yield* Effect.promise(() => expect.poll(() => said).toContain(`${settled.messageId} checkout.settled`))
      const forged = yield* Effect.promise(() => fetch(url, { method: "POST", body: "{}" }))
      expect(forged.status).toBe(401)
    }).pipe(Effect.scoped),
  )
})

it.live(
  "a payment that settles is posted, once it is tried again; and no secret and nothing of the payer is in it",
  () =>
    Effect.gen(function* () {
      const { received, url } = yield* receiver(status(500), status(204))
      const told = yield* Effect.gen(function* () {
        const { call, sheet } = yield* Shop
        const as = "canary-user-key"
        const created = yield* call("POST", "/api/payment/create", { amount: 5_000 }, { as })
        const { payToken, orderId } = created.body
        yield* sheet(payToken, "approve")
        expect((yield* call("POST", "/api/payment/execute", { payToken }, { as })).status).toBe(200)
        yield* Effect.promise(() => expect.poll(() => received.length, { timeout: 30_000 }).toBe(2))
        yield* Effect.promise(() =>
          expect
            .poll(async () => (await Effect.runPromise(call("GET", "/metrics"))).body, { timeout: 10_000 })
            .toContain('checkout_deliveries_waiting{subscription="webhook"} 0'),
        )
        const metrics = (yield* call("GET", "/metrics")).body
        expect(metrics).toMatch(/checkout_moves_total\{[^}]*type="PaymentExecuted"[^}]*\} [1-9]/)
        expect(metrics).toContain('checkout_alerts_open{kind="mismatch"} 0')
        expect(metrics).toContain("checkout_database_up 1")
        const [first, second] = received
        const verified = new Webhook(secret).verify(second?.body ?? "", second?.headers ?? {})
        expect(verified).toMatchObject({
          type: "checkout.settled",
          data: { order: { orderId, amount: 5_000 } },
        })
        expect(first?.headers["webhook-id"]).toBe(second?.headers["webhook-id"])
        return { payToken, as }
      }).pipe(Effect.provide(shop({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret })))
      for (const { body } of received) {
        for (const canary of [told.payToken, told.as, secret]) expect(body).not.toContain(canary)
      }
    }).pipe(Effect.scoped),
)
