import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { expect } from "vitest"
import { ClientCertificate } from "../../server/tosspay/certificate.ts"
import { makeTransport } from "../../server/tosspay/transport.ts"

const patient = 30_000
const settings = { certFile: null, keyFile: null, caFile: null, testPayment: true, timeoutMs: patient }

/** A real server in TossPay's place; what it does with a request is the test's to say. */
const bank = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Server>((resolve) => {
          const server = createServer(answer).listen(0, "127.0.0.1", () => resolve(server))
        }),
    ),
    (server) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      }),
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`))

const ask = (baseUrl: string, timeoutMs = patient) =>
  Effect.flatMap(makeTransport({ ...settings, baseUrl, timeoutMs }), (send) =>
    send("execute-payment", "user-1", { payToken: "T" }),
  ).pipe(Effect.provide(ClientCertificate.layer(settings)))

describe("what a call to TossPay comes to", () => {
  it.live("is the reply, to a request that names the call, the buyer and what is asked", () =>
    Effect.gen(function* () {
      const heard: Array<unknown> = []
      const url = yield* bank(async (request, response) => {
        const body = (await request.toArray()).join("")
        heard.push([request.method, request.url, request.headers["x-toss-user-key"], body])
        expect(request.headers["content-type"]).toBe("application/json")
        response.writeHead(418).end("{}")
      })
      expect(yield* ask(url)).toEqual({ _tag: "Reply", status: 418, body: "{}" })
      expect(heard).toEqual([
        ["POST", "/api-partner/v1/apps-in-toss/pay/execute-payment", "user-1", '{"payToken":"T"}'],
      ])
    }),
  )

  it.live("is lost when no answer comes in time: it was sent, and may have charged", () =>
    Effect.gen(function* () {
      const url = yield* bank(() => {})
      expect(yield* ask(url, 60)).toEqual({ _tag: "Lost", cause: "TIMEOUT" })
    }),
  )

  it.live("is lost when the answer does not come to its end in time", () =>
    Effect.gen(function* () {
      const url = yield* bank((_, response) => response.writeHead(200).write('{"resultType":'))
      expect(yield* ask(url, 200)).toEqual({ _tag: "Lost", cause: "TIMEOUT" })
    }),
  )

  it.live("is lost when the connection breaks after the request was sent", () =>
    Effect.gen(function* () {
      const url = yield* bank((request) => request.socket.destroy())
      expect(yield* ask(url)).toEqual({ _tag: "Lost", cause: "CONNECTION_LOST" })
    }),
  )

  it.live("waits for no other call: none is answered before two hundred are there", () =>
    Effect.gen(function* () {
      const waiting: Array<() => void> = []
      const url = yield* bank((_, response) => {
        waiting.push(() => response.end("{}"))
        if (waiting.length >= 200) for (const answer of waiting) answer()
      })
      const send = yield* makeTransport({ ...settings, baseUrl: url })
      const calls = Array.from({ length: 200 }, () => send("make-payment", "user-1", {}))
      const replies = yield* Effect.all(calls, { concurrency: "unbounded" })
      expect(replies).toEqual(calls.map(() => ({ _tag: "Reply", status: 200, body: "{}" })))
    }).pipe(Effect.provide(ClientCertificate.layer(settings))),
  )

  it.live("was never sent when nobody can be reached", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(bank(() => {}))
      expect(yield* ask(gone)).toEqual({ _tag: "NotSent" })
      expect(yield* ask("http://nobody.invalid")).toEqual({ _tag: "NotSent" })
    }),
  )

  it.live("is lost when it is larger than TossPay's replies ever are", () =>
    Effect.gen(function* () {
      const size = (bytes: number) =>
        Effect.flatMap(
          bank((_, response) => {
            response.writeHead(200, { "content-length": bytes }).end(Buffer.alloc(bytes, " "))
          }),
          (url) => ask(url),
        )
      expect(yield* size(1_000_001)).toEqual({ _tag: "Lost", cause: "CONNECTION_LOST" })
      expect(yield* size(1_000_000)).toMatchObject({ body: " ".repeat(1_000_000) })
    }),
  )

  it.live("is given up with whoever asked for it", () =>
    Effect.gen(function* () {
      let broken: (value: unknown) => void = () => {}
      const cut = new Promise((resolve) => {
        broken = resolve
      })
      let arrive: (value: unknown) => void = () => {}
      const arrived = new Promise((resolve) => {
        arrive = resolve
      })
      const url = yield* bank((request) => {
        request.socket.on("close", broken)
        arrive(null)
      })
      const asking = yield* Effect.forkChild(ask(url))
      yield* Effect.promise(() => arrived)
      yield* Fiber.interrupt(asking)
      yield* Effect.promise(() => cut)
    }),
  )
})

describe("a certificate", () => {
  it.live("that cannot be read stops the start, and the message names the variable", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(ClientCertificate.layer({ ...settings, keyFile: "/nowhere/key.pem" })),
      )
      expect(error).toMatchObject({
        exitCode: 3,
        reason: "TOSSPAY_KEY_FILE cannot be read: /nowhere/key.pem",
      })
    }),
  )
})
