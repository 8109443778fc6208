/** Other ways to this worker's PostgreSQL than its own port. */

import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { Effect } from "effect"
import { postgresUrl } from "./database.ts"

interface Bridge {
  readonly server: Server
  readonly sockets: ReadonlySet<Socket>
}

/** Hands on what comes in to this worker's PostgreSQL, and back. */
export const bridge = (): Bridge => {
  const server = createServer()
  const sockets = new Set<Socket>()
  server.on("connection", (near) => {
    const far = connect(Number(new URL(postgresUrl()).port), "127.0.0.1")
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to).on("error", () => {})
      from.on("error", () => {})
    }
  })
  return { server, sockets }
}

export const takeDown = ({ server, sockets }: Bridge) =>
  Effect.sync(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

/** A bridge in a place of its own: a port of an address, or a socket of a folder. */
export const bridgeAt = (
  place: { readonly host: string; readonly port: number } | { readonly path: string },
) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const made = bridge()
      made.server.listen(place)
      await once(made.server, "listening")
      return made
    }),
    takeDown,
  )
