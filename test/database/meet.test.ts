import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { describe, it } from "@effect/vitest"
import { Effect, Logger, Redacted } from "effect"
import { expect } from "vitest"
import { meetDatabase } from "../../server/database/meet.ts"
import { bridge, takeDown } from "../support/bridge.ts"
import { freshDatabaseUrl, postgresUrl } from "../support/database.ts"

/** A way to this worker's PostgreSQL that is closed until somebody opens it. */
const closedWay = Effect.acquireRelease(
  Effect.promise(async () => {
    const made = bridge()
    const { server } = made
    const open = async (port: number) => {
      server.listen(port, "127.0.0.1")
      await once(server, "listening")
      return (server.address() as AddressInfo).port
    }
    // Opened and closed once, to have a port that is its own.
    const port = await open(0)
    server.close()
    await once(server, "close")
    return { port, open: () => open(port), ...made }
  }),
  takeDown,
)

const hangsUp = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = createServer((socket) => void socket.on("error", () => {}).end()).listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }),
  (server) => Effect.sync(() => server.close()),
).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

describe("a server that starts", () => {
  it.live("waits for a database that is away, says so, and goes on when it is there", () =>
    Effect.gen(function* () {
      const way = yield* closedWay
      const url = Object.assign(new URL(yield* freshDatabaseUrl), { port: String(way.port) })
      const said: Array<string> = []
      const opensWhenTold = Logger.make(({ message }) => {
        said.push(String(message))
        void way.open()
      })
      const met = yield* meetDatabase(Redacted.make(url.toString()), 60_000).pipe(
        Effect.provide(Logger.layer([opensWhenTold])),
      )
      expect(met).toEqual({ isPooled: false })
      expect(said).toEqual([
        expect.stringMatching(/^the database of DATABASE_URL is away \(.+\); waiting for it/),
      ])
      expect(said[0]).not.toContain(url.password)
    }),
  )

  it.live("does not wait longer than it may", () =>
    Effect.gen(function* () {
      const { port } = yield* closedWay
      const url = Redacted.make(`postgres://a:b@127.0.0.1:${port}/c`)
      expect(yield* Effect.flip(meetDatabase(url, 1))).toMatchObject({
        exitCode: 3,
        reason: expect.stringMatching(/^the database of DATABASE_URL cannot be reached: /),
      })
    }),
  )

  it.live(
    "does not wait for ever for somebody who lets in and hangs up, as a proxy does that has nobody behind it",
    () =>
      Effect.gen(function* () {
        const port = yield* hangsUp
        const url = Redacted.make(`postgres://a:b@127.0.0.1:${port}/c`)
        expect(yield* Effect.flip(meetDatabase(url, 1))).toMatchObject({
          exitCode: 3,
          reason: "the database of DATABASE_URL cannot be reached: the database does not answer",
        })
      }),
  )

  it.live.each([
    ["a user who is not let in", { password: "wrong" }],
    ["a database that does not exist", { pathname: "/nowhere" }],
  ])("does not wait for %s", ([, change]) =>
    Effect.gen(function* () {
      const url = Object.assign(new URL(postgresUrl()), change)
      const refused = yield* Effect.flip(meetDatabase(Redacted.make(url.toString()), 3_600_000))
      expect(refused.exitCode).toBe(3)
    }),
  )
})
