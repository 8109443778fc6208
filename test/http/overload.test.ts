/** More requests than a server can work on, or more that do not come to an end: it says so at once, and does what it has begun. */

import { once } from "node:events"
import { connect } from "node:net"
import { it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { describe, expect } from "vitest"
import { between } from "../support/partner.ts"
import { Shop, shop, TossPaySimulator } from "../support/server.ts"

const atOnce = 3
const origin = "https://mini.example"

/** Calls to execute are held up until all of them are there and somebody lets them go. */
const [all, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
let waiting = 0

/** A shop that does no more at once, and whose calls to TossPay wait for what `hold` says. */
const busyShop = (hold: Parameters<typeof between>[1]) =>
  shop((partnerUrl) =>
    Effect.map(between(partnerUrl, hold), ({ url }) => ({
      REQUESTS_AT_ONCE: String(atOnce),
      ALLOWED_ORIGINS: origin,
      TOSSPAY_BASE_URL: url,
    })),
  )

const heldShop = busyShop(({ name }) => {
  if (name !== "execute-payment") return undefined
  waiting += 1
  if (waiting === atOnce) all.resolve()
  return go.promise
})

describe("a server that has as much to do as it can", () => {
  it.layer(heldShop, { excludeTestServices: true })((it) => {
    it.effect("tells the next to come again, ends well what it has begun, and is open again at once", () =>
      Effect.gen(function* () {
        const { call, sheet } = yield* Shop
        const orders = yield* Effect.forEach(Array.from({ length: atOnce }), () =>
          Effect.gen(function* () {
            const { body } = yield* call("POST", "/api/payment/create", { amount: 5000 })
            yield* sheet(body.payToken, "approve")
            return body as { readonly payToken: string; readonly orderId: string }
          }),
        )
        const paying = yield* Effect.forEach(orders, ({ payToken }) =>
          Effect.forkChild(call("POST", "/api/payment/execute", { payToken })),
        )
        yield* Effect.promise(() => all.promise)

        const refused = yield* call("POST", "/api/payment/create", { amount: 5000 }, { headers: { origin } })
        expect(refused.headers.get("access-control-allow-origin")).toBe(origin)
        expect((yield* call("GET", "/metrics")).body).toMatch(
          /^checkout_http_request_seconds_count\{method="POST",route="none",status="5xx"\} [1-9]/m,
        )
        expect(refused).toMatchObject({ status: 503, body: { ok: false, reason: "SERVER_BUSY" } })
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
        expect(yield* call("GET", "/healthz")).toMatchObject({ status: 200 })
        expect((yield* call("GET", "/api/payment/orders")).body.orders).toHaveLength(atOnce)

        go.resolve()
        for (const [index, answer] of (yield* Effect.forEach(paying, Fiber.join)).entries()) {
          expect(answer).toMatchObject({ status: 200, body: { ok: true, orderId: orders[index]?.orderId } })
        }
        expect(yield* call("POST", "/api/payment/create", { amount: 5000 })).toMatchObject({ status: 201 })
        const { ledger } = yield* TossPaySimulator
        expect((yield* ledger).filter(({ kind }) => kind === "charge")).toHaveLength(atOnce)
      }),
    )
  })
})

/** New orders, but for the first, are held up until as many are there as may be, and somebody lets them go. */
const mostNew = 2
let opening = Promise.withResolvers<void>()
let goOn = Promise.withResolvers<void>()
let minting = 0

const slowToOpen = busyShop(({ name }) => {
  if (name !== "make-payment") return undefined
  minting += 1
  if (minting > 1 && minting % mostNew === 1) opening.resolve()
  return minting === 1 ? undefined : goOn.promise
})

describe("more new orders than a server can open", () => {
  it.layer(slowToOpen, { excludeTestServices: true })((it) => {
    it.effect("keep nobody from ending what has begun", () =>
      Effect.gen(function* () {
        const { call, sheet, url } = yield* Shop
        const begun = yield* call("POST", create, { amount: 5000 })
        const { payToken } = begun.body
        yield* sheet(payToken, "approve")

        const news = yield* Effect.forEach(Array.from({ length: mostNew }), () =>
          Effect.forkChild(call("POST", create, { amount: 5000 })),
        )
        yield* Effect.promise(() => opening.promise)
        const refused = yield* call("POST", create, { amount: 5000 })
        expect(refused).toMatchObject({ status: 503, body: { reason: "SERVER_BUSY" } })
        expect(yield* call("POST", "/api/payment/execute", { payToken })).toMatchObject({ status: 200 })

        goOn.resolve()
        for (const answer of yield* Effect.forEach(news, Fiber.join)) expect(answer.status).toBe(201)
        expect(minting).toBe(1 + mostNew)

        // Whoever leaves makes no room: what was begun for them is still to be done.
        opening = Promise.withResolvers<void>()
        goOn = Promise.withResolvers<void>()
        const leaving = new AbortController()
        const gone = Array.from({ length: mostNew }, () =>
          fetch(`${url}${create}`, {
            method: "POST",
            headers: { "content-type": "application/json", "x-toss-user-key": "kim" },
            body,
            signal: leaving.signal,
          }).catch((cause: Error) => cause.name),
        )
        yield* Effect.promise(() => opening.promise)
        leaving.abort()
        expect(yield* Effect.promise(() => Promise.all(gone))).toEqual(gone.map(() => "AbortError"))
        for (let tries = 0; tries < 2 * mostNew; tries += 1)
          expect(yield* call("POST", create, { amount: 5000 })).toMatchObject({ status: 503 })
        expect(minting).toBe(1 + 2 * mostNew)
        goOn.resolve()
        const again = Effect.repeat(call("POST", create, { amount: 5000 }), {
          until: ({ status }) => status === 201,
        })
        expect((yield* again).status).toBe(201)
      }),
    )
  })
})

/** A request from there that has said so much, and says the rest when it is asked to. */
const slow = (port: number, address: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = connect(port, "127.0.0.1").setEncoding("latin1")
      socket.on("error", () => {})
      socket.write(
        `POST ${create} HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\nx-toss-user-key: kim\r\nx-forwarded-for: ${address}\r\ncontent-length: ${body.length}\r\n\r\n{`,
      )
      return socket
    }),
    (socket) => Effect.sync(() => socket.destroy()),
  )

const create = "/api/payment/create"
const body = JSON.stringify({ amount: 5000 })

describe("requests whose bodies are slow", () => {
  const env = { REQUESTS_AT_ONCE: String(atOnce), TRUSTED_PROXIES: "127.0.0.1, ::1" }
  it.layer(shop(env), { excludeTestServices: true })((it) => {
    it.effect("keep nobody from paying, nor those of one address any other; and are not without end", () =>
      Effect.gen(function* () {
        const { call, url } = yield* Shop
        const port = Number(new URL(url).port)
        const first = yield* slow(port, "203.0.113.1")
        // The server has accepted what came before this, and read it.
        yield* call("GET", "/healthz")
        yield* Effect.all(Array.from({ length: 12 * atOnce }, () => slow(port, "203.0.113.1")))
        yield* call("GET", "/healthz")
        expect(yield* call("POST", create, { amount: 5000 })).toMatchObject({ status: 201 })

        first.write(body.slice(1))
        const [answer] = yield* Effect.promise(() => once(first, "data"))
        expect(answer).toMatch(/^HTTP\/1\.1 201 /)

        // As many addresses as there is room for.
        for (let last = 1; last <= 8; last += 1)
          yield* Effect.all(Array.from({ length: 2 * atOnce }, () => slow(port, `198.51.100.${last}`)))
        // As soon as the server has taken them all.
        const refused = yield* Effect.repeat(call("POST", create, { amount: 5000 }), {
          until: ({ status }) => status !== 201,
          times: 200,
        })
        expect(refused).toMatchObject({ status: 503, body: { reason: "SERVER_BUSY" } })
        const { body: read } = yield* call("GET", "/api/payment/orders", undefined, { as: "kim" })
        expect(read.orders).toHaveLength(1)
      }).pipe(Effect.scoped),
    )
  })
})
