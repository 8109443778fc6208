/** A wire to the database that ends: by a goodbye, as a server that stops says it, as a cut cable shows, or unseen. */

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { Effect } from "effect"

export interface BreakingWire {
  /** The database, through the wire. */
  readonly url: string
  /** Ends every connection when the database has said something so many times from now on. */
  readonly breakAfter: (answers: number, how: "goodbye" | "cut") => void
  /** Cuts every connection, the youngest first or last, and lets nobody hear of one before all are cut. */
  readonly cut: (youngestFirst: boolean) => void
  /** Carries nothing more on any of its connections, and tells nobody; those that come later are as good as new. */
  readonly fallSilent: () => void
  /** Whether it has broken since it was last told to. */
  readonly hasBroken: () => boolean
}

export const breakingWire = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const { hostname, port } = new URL(url)
      const open = new Set<Socket>()
      const silent = new Set<Socket>()
      let left = Number.POSITIVE_INFINITY
      let how: "goodbye" | "cut" = "cut"
      let hasBroken = false
      const breakAll = () => {
        for (const socket of open) how === "goodbye" ? socket.end() : socket.resetAndDestroy()
        left = Number.POSITIVE_INFINITY
        hasBroken = true
      }
      const server = createServer((near) => {
        const far = connect(Number(port), hostname)
        open.add(near)
        near.on("close", () => {
          open.delete(near)
          far.destroy()
        })
        far.on("close", () => near.destroy())
        for (const end of [near, far]) end.on("error", () => {})
        near.pipe(far)
        far.on("data", (answer) => {
          if (silent.has(near)) return
          left -= 1
          if (left > 0) near.write(answer)
          else breakAll()
        })
      })
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const { port: wirePort } = server.address() as AddressInfo
      const close = async () => {
        for (const socket of open) socket.destroy()
        server.close()
        await once(server, "close")
      }
      const wire: BreakingWire = {
        url: Object.assign(new URL(url), { hostname: "127.0.0.1", port: String(wirePort) }).toString(),
        breakAfter: (answers, inWhichWay) => {
          left = answers
          how = inWhichWay
          hasBroken = false
        },
        cut: (youngestFirst) => {
          const sockets = [...open]
          for (const socket of youngestFirst ? sockets.reverse() : sockets) socket.resetAndDestroy()
          const untilMs = performance.now() + 20
          while (performance.now() < untilMs);
        },
        fallSilent: () => {
          for (const socket of open) silent.add(socket.unpipe().pause())
        },
        hasBroken: () => hasBroken,
      }
      return { wire, close }
    }),
    ({ close }) => Effect.promise(close),
  ).pipe(Effect.map(({ wire }) => wire))
