import { request } from "node:https"
import { connect } from "node:tls"
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { type Certificate, makeAuthority } from "./certificates.ts"
import { anOrder, headersOf } from "./support.ts"

const authority = makeAuthority("Local CA")
const client = authority.issue("shop")
const tls = { ...authority.issue("simulator"), ca: authority.cert }
const server = simulatorServer({ tls })

const path = "/api-partner/v1/apps-in-toss/pay/make-payment"

/** A call over TLS that verifies the simulator; rejects when the handshake or the connection breaks. */
const call = (partnerUrl: string, certificate: Partial<Certificate>, method = "POST", at = path) =>
  Effect.tryPromise({
    try: () =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        const sent = request(
          `${partnerUrl}${at}`,
          { method, agent: false, ca: authority.cert, ...certificate, headers: headersOf() },
          (reply) => {
            let body = ""
            reply.setEncoding("utf8").on("data", (chunk: string) => {
              body += chunk
            })
            reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body })).on("error", reject)
          },
        )
        sent.on("error", reject).end(method === "POST" ? JSON.stringify(anOrder()) : undefined)
      }),
    catch: (cause) => cause as NodeJS.ErrnoException,
  })

describe("mutual TLS", () => {
  it.live("a client with a certificate of the right authority is let in", () =>
    Effect.gen(function* () {
      const { partnerUrl } = yield* SimulatorAddress
      expect(partnerUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
      const reply = yield* call(partnerUrl, client)
      expect(JSON.parse(reply.body).resultType).toBe("SUCCESS")
    }).pipe(Effect.provide(server)),
  )

  it.live(
    "a client without a certificate, or with one of another authority, is turned away in the handshake",
    () =>
      Effect.gen(function* () {
        const { partnerUrl, controlUrl } = yield* SimulatorAddress
        for (const certificate of [{}, makeAuthority("Local CA").issue("shop")]) {
          const error = yield* Effect.flip(call(partnerUrl, certificate))
          expect(error.code).toMatch(/^(ERR_SSL_|ECONNRESET|EPIPE)/)
        }
        const books = yield* Effect.promise(() =>
          fetch(`${controlUrl}/simulator/payments`).then((reply) => reply.json()),
        )
        expect(books).toEqual({ payments: [] })
      }).pipe(Effect.provide(server)),
  )

  it.live(
    "the partner API is nowhere without TLS, and sheets and controls are on a plain listener of their own",
    () =>
      Effect.gen(function* () {
        const { partnerUrl, controlUrl } = yield* SimulatorAddress
        expect(controlUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
        const status = (url: string, init?: RequestInit) =>
          Effect.promise(() => fetch(url, init).then((reply) => reply.status))
        expect(yield* status(`${controlUrl}${path}`, { method: "POST" })).toBe(404)
        expect(yield* status(`${controlUrl}/simulator/ledger`)).toBe(200)
        expect(yield* status(`${controlUrl}/`)).toBe(200)
        expect(yield* status(`${controlUrl}/healthz`)).toBe(200)
        expect((yield* call(partnerUrl, client, "GET", "/simulator/ledger")).status).toBe(404)
        expect((yield* call(partnerUrl, client, "GET", "/healthz")).status).toBe(200)
      }).pipe(Effect.provide(server)),
  )

  it.live("a lost reply ends the TLS connection without a byte", () =>
    Effect.gen(function* () {
      const { partnerUrl, controlUrl } = yield* SimulatorAddress
      yield* Effect.promise(() =>
        fetch(`${controlUrl}/simulator/faults`, {
          method: "POST",
          body: JSON.stringify({ call: "make-payment", fault: "replyLostAfter" }),
        }),
      )
      const heard = yield* Effect.promise(
        () =>
          new Promise<string>((resolve) => {
            let text = ""
            const body = JSON.stringify(anOrder())
            const socket = connect({
              host: "127.0.0.1",
              port: Number(new URL(partnerUrl).port),
              ca: authority.cert,
              ...client,
            })
            socket.on("data", (chunk) => {
              text += chunk.toString()
            })
            socket.on("error", () => {}).on("close", () => resolve(text))
            const head = Object.entries(headersOf()).map(([name, value]) => `${name}: ${value}\r\n`)
            socket.write(
              `POST ${path} HTTP/1.1\r\nhost: x\r\n${head.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
            )
          }),
      )
      expect(heard).toBe("")
    }).pipe(Effect.provide(server)),
  )

  it.live("a certificate that cannot be used stops the start with one line", () =>
    Effect.gen(function* () {
      const start = Effect.scoped(
        Effect.provide(SimulatorAddress, simulatorServer({ tls: { ...tls, key: "no key" } })),
      )
      const error = yield* Effect.flip(start)
      expect(error).toMatchObject({ _tag: "CannotStart", exitCode: 3 })
      expect(error.reason).toMatch(/^the simulator's certificate cannot be used: [^\n]+$/)
    }),
  )
})
