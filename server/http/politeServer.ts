/** How a server stops: whoever it has let in is answered, and is told that this connection brings no other answer. */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from "node:http"
import type { Socket } from "node:net"

/** For so long a connection that stands idle may still bring a request: one that was on its way when the server stopped. */
const lastCallMs = 250

/** For so long at most a server takes the connections that were made before it stopped: under load others come all the time. */
const openDoorMs = 1_000

/** For so long the rest of half a request is waited for. Nothing was done for it yet, so whoever sends it comes again. */
const lastWordsMs = 2_000

/** Lets the event loop read what has come. */
const turn = () => new Promise<void>((done) => setImmediate(done))

export const politeServer = (options: ServerOptions): Server => {
  let isStopping = false

  class Answer extends ServerResponse<IncomingMessage> {
    override writeHead(...head: [status: number]) {
      if (isStopping) this.shouldKeepAlive = false
      return super.writeHead(...head)
    }
  }

  const server = createServer({ ...options, ServerResponse: Answer })

  /** With what each asked last; `null` before its first request has come so far that it is known. */
  const connections = new Map<Socket, IncomingMessage | null>()
  let taken = 0
  server.on("connection", (socket) => {
    taken += 1
    connections.set(socket, null)
    socket.once("close", () => connections.delete(socket))
  })
  server.on("request", (request) => connections.set(request.socket, request))

  /** Node takes one connection in a turn. Those that it has not taken are reset when it stops listening. */
  const takeBacklog = async () => {
    const untilMs = performance.now() + openDoorMs
    await turn()
    for (let before = -1; before !== taken && performance.now() < untilMs; ) {
      before = taken
      await turn()
    }
  }

  const closeIdle = server.closeIdleConnections.bind(server)
  const letGo = (stoppedForMs: number) => {
    closeIdle()
    for (const [socket, request] of connections) {
      // Proxies and browsers open connections before they need them. Node takes one that has not asked for anything for busy.
      const isSilent = socket.bytesRead === 0
      const isHalf = request === null || !request.complete
      if (isSilent || (isHalf && stoppedForMs > lastWordsMs)) socket.destroy()
    }
  }
  // Node's `close` does this at once, and so resets the connections that a request is on its way on.
  server.closeIdleConnections = () => {}

  const close = server.close.bind(server)
  server.close = (closed) => {
    void takeBacklog().then(() => {
      // Not before: whoever is told to go comes again at once, as long as there is somebody who listens.
      isStopping = true
      close(closed)
      // After a turn, so that what has come is read; and again, as an answer that began before the stop may take its time.
      const sinceMs = performance.now()
      const rounds = setInterval(() => setImmediate(() => letGo(performance.now() - sinceMs)), lastCallMs)
      server.once("close", () => clearInterval(rounds))
    })
    return server
  }
  return server
}
