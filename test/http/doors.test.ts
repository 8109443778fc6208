/** What is refused before there is a request to look at, and what every answer forbids. */

import { once } from "node:events"
import { type AddressInfo, connect } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, inject } from "vitest"
import { guardedServer } from "../../server/http/listener.ts"
import { closedDoors } from "../../server/http/securityHeaders.ts"
import { Shop, shop } from "../support/server.ts"

const live = { excludeTestServices: true }

/** What comes back on a connection until it is closed, by whichever side. */
const spoken = (port: number, words: string) =>
  Effect.promise(async () => {
    const socket = connect(port, "127.0.0.1")
    let heard = ""
    socket.on("data", (chunk) => {
      heard += chunk
    })
    socket.on("error", () => {})
    socket.write(words, "latin1")
    await once(socket, "close")
    const [head = "", body = ""] = heard.split("\r\n\r\n")
    return { head, status: Number(head.split(" ")[1]), body: body.startsWith("{") ? JSON.parse(body) : body }
  })

const get = (path: string, headers: Record<string, string> = {}) =>
  Effect.flatMap(Shop, ({ call }) => call("GET", path, undefined, { headers }))

describe("every answer", () => {
  it.layer(
    shop({ ADMIN_TOKEN: "the-back-office-7", ALLOWED_ORIGINS: "https://a.example" }),
    live,
  )((it) => {
    const pages = ["/", "/guide.html", "/audit/", "/docs", "/assets/nothing.js", "/openapi.json", "/metrics"]
    const answers = ["/api/payment/orders", "/admin/api/alerts", "/healthz", "/nowhere", "/demo.json"]

    it.effect.each([...pages, ...answers])(
      "forbids frames, guesses at types, and names as referrer: %s",
      (path) =>
        Effect.gen(function* () {
          const { headers } = yield* get(path)
          expect(headers.get("content-security-policy")).toMatch(/(^|; )frame-ancestors 'none'(;|$)/)
          expect(headers.get("content-security-policy")).toMatch(/^default-src '(none|self)'/)
          expect(headers.get("x-frame-options")).toBe("DENY")
          expect(headers.get("x-content-type-options")).toBe("nosniff")
          expect(headers.get("referrer-policy")).toBe("no-referrer")
        }),
    )

    it.effect.each(pages)("lets no page run an inline script: %s", (path) =>
      Effect.gen(function* () {
        const policy = (yield* get(path)).headers.get("content-security-policy") ?? ""
        const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? /default-src ([^;]*)/.exec(policy)?.[1]
        expect(scripts).not.toMatch(/unsafe|\*|http:|https:|data:|blob:|nonce/)
        if (path !== "/docs") expect(policy).not.toContain("unsafe")
      }),
    )

    it.effect("is the same to who asks for nothing and to who asks for somebody else's", () =>
      Effect.gen(function* () {
        const { call } = yield* Shop
        const { body } = yield* call("POST", "/api/payment/create", { amount: 500 }, { as: "owner" })
        const stranger = { as: "stranger" }
        const shown = ({ status, headers, body }: Effect.Success<ReturnType<typeof call>>) => {
          const { date: _, ...rest } = Object.fromEntries(headers)
          return { status, headers: rest, body }
        }
        const same = (path: string, theirs: unknown, nobodys: unknown) =>
          Effect.gen(function* () {
            const [one, other] = [
              yield* call("POST", path, theirs, stranger),
              yield* call("POST", path, nobodys, stranger),
            ]
            expect(one.status).toBe(404)
            expect(shown(one)).toEqual(shown(other))
          })
        // As long as a real one, so that not even the length of anything differs.
        const nobodys = "x".repeat(body.payToken.length)
        yield* same("/api/payment/execute", { payToken: body.payToken }, { payToken: nobodys })
        for (const outcome of ["started", "succeeded", "rejected", "unknown"]) {
          yield* same(
            "/api/payment/authentication",
            { payToken: body.payToken, outcome },
            { payToken: nobodys, outcome },
          )
        }
        const order = (orderId: string) => call("GET", `/api/payment/orders/${orderId}`, undefined, stranger)
        const theirs = yield* order(body.orderId)
        expect(theirs.status).toBe(404)
        expect(shown(theirs)).toEqual(shown(yield* order("x".repeat(body.orderId.length))))
      }),
    )

    it.effect("to a wrong token of the back office is the same, however near it is", () =>
      Effect.gen(function* () {
        const run = Effect.runPromiseWith(yield* Effect.context<Shop>())
        const right = "the-back-office-7"
        const near = fc.oneof(
          fc.nat(right.length - 1).map((length) => right.slice(0, length)),
          fc.string({ unit: fc.constantFrom("a", "7"), minLength: 1 }).map((more) => right + more),
          fc.nat(right.length - 1).map((at) => `${right.slice(0, at)}#${right.slice(at + 1)}`),
          fc.stringMatching(/^[\x21-\x7e]{0,300}$/),
        )
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(near, async (token) => {
              const { status, body } = await run(
                get("/admin/api/alerts", { authorization: `Bearer ${token}` }),
              )
              expect(status).toBe(401)
              expect(body).toEqual({ ok: false, reason: "UNAUTHENTICATED", message: "Please sign in." })
            }),
            { numRuns: 60, seed: inject("seed") },
          ),
        )
      }),
    )

    it.effect(
      "to a path that cannot be decoded is that there is nothing, whichever route it looks like",
      () =>
        Effect.gen(function* () {
          const { call } = yield* Shop
          const headers = { authorization: "Bearer the-back-office-7" }
          const { body: document } = yield* call("GET", "/openapi.json")
          const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
            Object.keys(methods).map((method) => [method.toUpperCase() as "GET" | "POST", path] as const),
          )
          expect(described.length).toBeGreaterThan(16)
          const routes = [...described, ...[...pages, ...answers].map((path) => ["GET", path] as const)]
          for (const [method, path] of routes) {
            for (const broken of [
              "%",
              "%zz",
              "%E0%A4%A",
              "%FF",
              "%C0%80",
              "%ED%A0%80",
              "%00",
              "a%0D%0Ab",
              ";%zz",
            ]) {
              const inside = path.replaceAll(/\{\w+\}/g, broken)
              for (const place of new Set([
                inside,
                `${inside}${broken}`,
                `${inside}/${broken}`,
                `/${broken}${inside}`,
              ])) {
                if (!place.includes("%")) continue
                const { status, body } = yield* call(method, place, method === "POST" ? {} : undefined, {
                  headers,
                })
                expect([status, body.reason], `${method} ${place}`).toEqual([404, "NOT_FOUND"])
                expect(body).toMatchObject({ ok: false, message: "There is nothing at this address." })
              }
            }
          }
        }),
    )

    it.effect.each([
      [
        "asks what it may, from another origin",
        "OPTIONS /api/payment/create",
        "origin: https://a.example\r\n",
        204,
      ],
      ["expects what nobody does", "GET /healthz", "expect: wonders\r\n", 200],
      ["is of an older HTTP and names no host", "GET /healthz", null, 200],
    ] as const)("is as closed to who %s", ([, line, headers, status]) =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const [version, host] = headers === null ? ["1.0", ""] : ["1.1", `host: shop\r\n${headers}`]
        const words = `${line} HTTP/${version}\r\n${host}connection: close\r\n\r\n`
        const answer = yield* spoken(Number(new URL(url).port), words)
        expect(answer.status).toBe(status)
        for (const [name, value] of Object.entries(closedDoors))
          expect(answer.head).toContain(`\r\n${name}: ${value}`)
      }),
    )

    it.effect("to what is no request is a no in the contract's shape, and nobody else notices", () =>
      Effect.gen(function* () {
        const { url } = yield* Shop
        const port = Number(new URL(url).port)
        const line = "GET /api/payment/orders HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n"
        const cases: ReadonlyArray<readonly [string, number, string]> = [
          [`${line}x-long: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
          [
            `${line}${Array.from({ length: 2_000 }, (_, index) => `x-${index}: 1\r\n`).join("")}\r\n`,
            431,
            "HEADERS_TOO_LARGE",
          ],
          [`${line}accept-language: en\nset-cookie: a=b\rc: d\r\n\r\n`, 400, "INVALID_REQUEST"],
          [`${line}x-nul: a\u0000b\r\n\r\n`, 400, "INVALID_REQUEST"],
          [`${line}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`, 400, "INVALID_REQUEST"],
          [`${line}transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\nabc`, 400, "INVALID_REQUEST"],
          ["nonsense\r\n\r\n", 400, "INVALID_REQUEST"],
          ["GET /audit HTTP/1.1\r\nhost: a b[c\r\nconnection: close\r\n\r\n", 400, "INVALID_REQUEST"],
          ["GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", 400, "INVALID_REQUEST"],
          [
            "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
            400,
            "INVALID_REQUEST",
          ],
        ]
        for (const [words, status, reason] of cases) {
          const answer = yield* spoken(port, words)
          expect([answer.status, answer.body.reason], words.slice(0, 120)).toEqual([status, reason])
          expect(answer.body).toMatchObject({ ok: false, message: expect.any(String) })
          expect(answer.head).not.toMatch(/set-cookie/i)
          for (const [name, value] of Object.entries(closedDoors))
            expect(answer.head).toContain(`\r\n${name}: ${value}`)
        }
        expect((yield* get("/healthz")).status).toBe(200)
      }),
    )
  })
})

describe("a slow client", () => {
  const hasty = {
    headersTimeout: 100,
    requestTimeout: 200,
    keepAliveTimeout: 100,
    connectionsCheckingInterval: 20,
  }
  const server = Effect.acquireRelease(
    Effect.promise(async () => {
      const server = guardedServer(hasty).on("request", (request, reply) => {
        request.on("end", () => reply.end("done")).resume()
      })
      // Effect's server takes connections over that ask for another protocol.
      server.on("upgrade", () => {})
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      return server
    }),
    (server) => Effect.sync(() => void server.close().closeAllConnections()),
  )

  it.live.each<readonly [string, string]>([
    ["in its first line", "POST / HT"],
    ["between headers", "POST / HTTP/1.1\r\nhost: shop\r\n"],
    ["in its body", "POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 5\r\n\r\nhe"],
    [
      "in its body, and asks for another protocol",
      "POST / HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: x\r\ncontent-length: 5\r\n\r\nhe",
    ],
  ])("that stops %s is let go, and told so", ([, words]) =>
    Effect.gen(function* () {
      const { port } = (yield* server).address() as AddressInfo
      const answer = yield* spoken(port, words)
      expect([answer.status, answer.body.reason]).toEqual([408, "REQUEST_TIMEOUT"])
    }),
  )

  it.live("that keeps a connection for nothing loses it", () =>
    Effect.gen(function* () {
      const { port } = (yield* server).address() as AddressInfo
      const answer = yield* spoken(port, "GET / HTTP/1.1\r\nhost: shop\r\n\r\n")
      expect(answer.status).toBe(200)
    }),
  )
})
