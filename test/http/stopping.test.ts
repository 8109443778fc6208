/** A server that stops answers everybody whom it has let in, and waits for nobody else. */

import { once } from "node:events"
import type { Server } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { expect } from "vitest"
import { guardedServer } from "../../server/http/listener.ts"
import { Shop, shop } from "../support/server.ts"

const turn = () => new Promise<void>((done) => setImmediate(done))

/** It answers `/late` only when it does not listen any more. */
const doorkeeper = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = guardedServer().on("request", async ({ url }, reply) => {
      while (url === "/late" && server.listening) await turn()
      reply.end("done")
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }),
  (server) => Effect.sync(() => server.closeAllConnections()),
)

const asked = (path: string) => `GET ${path} HTTP/1.1\r\nhost: shop\r\n\r\n`

const visitor = (server: Server): Socket =>
  connect((server.address() as AddressInfo).port, "127.0.0.1").setEncoding("latin1")

/** What comes from now on until the connection is closed; fails if it is reset. */
const rest = async (socket: Socket): Promise<string> => {
  let heard = ""
  socket.on("data", (chunk) => {
    heard += chunk
  })
  await once(socket, "close")
  return heard
}

/** Has begun to stop, and takes no more connections. */
const closedDoor = async (server: Server) => {
  const closed = once(server, "close")
  server.close()
  while (server.listening) await turn()
  return { closed }
}

const lastAnswer = /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*connection: close\r\n(?:.*\r\n)*\r\ndone$/i

describe("a server that stops", () => {
  it.live("answers the request that comes on a connection that it kept, and says that it is the last", () =>
    Effect.gen(function* () {
      const server = yield* doorkeeper
      yield* Effect.promise(async () => {
        const kept = visitor(server)
        kept.write(asked("/"))
        await once(kept, "data")
        const { closed } = await closedDoor(server)
        kept.write(asked("/"))
        expect(await rest(kept)).toMatch(lastAnswer)
        await closed
      })
    }),
  )

  it.live("answers what it was asked before, and says that it is the last", () =>
    Effect.gen(function* () {
      const server = yield* doorkeeper
      yield* Effect.promise(async () => {
        const waiting = visitor(server)
        waiting.write(asked("/late"))
        await once(server, "request")
        const { closed } = await closedDoor(server)
        expect(await rest(waiting)).toMatch(lastAnswer)
        await closed
      })
    }),
  )

  it.live("answers on every connection that was made before, although it has not taken it yet", () =>
    Effect.gen(function* () {
      const server = yield* doorkeeper
      yield* Effect.promise(async () => {
        const queue = Array.from({ length: 20 }, () => visitor(server))
        const answers = queue.map((socket) => {
          socket.write(asked("/"))
          return rest(socket)
        })
        await turn()
        const { closed } = await closedDoor(server)
        for (const answer of answers) expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
        await closed
      })
    }),
  )

  it.live("lets go of a connection that is kept for nothing", () =>
    Effect.gen(function* () {
      const server = yield* doorkeeper
      yield* Effect.promise(async () => {
        const kept = visitor(server)
        kept.write(asked("/"))
        await once(kept, "data")
        const { closed } = await closedDoor(server)
        expect(await rest(kept)).toBe("")
        await closed
      })
    }),
  )

  /** Says this and nothing more, and leaves the connection open. */
  const standing = (words: string) =>
    Effect.gen(function* () {
      const socket = yield* Effect.acquireRelease(
        Effect.map(Shop, ({ url }) => connect(Number(new URL(url).port), "127.0.0.1")),
        (socket) => Effect.sync(() => socket.destroy()),
      )
      socket.on("error", () => {})
      yield* Effect.promise(() => once(socket, "connect"))
      if (words !== "") socket.write(words)
      // The server has accepted what came before this, and read it.
      yield* (yield* Shop).call("GET", "/healthz")
      return socket
    })

  const stopped = (env: Record<string, string>, words: string) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(shop(env), scope)
      const socket = yield* Effect.provideContext(standing(words), context)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.promise(async () => {
        if (!socket.closed) await once(socket, "close")
      })
    })

  it.live("does not wait for a connection that never asked for anything", () =>
    // Half of what it would give a request.
    Effect.timeout(stopped({ TOSSPAY_TIMEOUT_MS: "15000" }, ""), "8 seconds"),
  )

  it.live.each([
    "GET /healthz HTT",
    "POST /api/payment/create HTTP/1.1\r\nhost: shop\r\ncontent-length: 9\r\n\r\n{",
  ])("waits for half a request far shorter than for TossPay, as nothing was done for it: %j", (words) =>
    Effect.timeout(stopped({ TOSSPAY_TIMEOUT_MS: "15000" }, words), "8 seconds"),
  )
})
