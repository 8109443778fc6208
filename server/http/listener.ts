/** What listens: the limits that hold before there is a request to look at. */

import type { Server } from "node:http"
import type { Duplex } from "node:stream"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import type { Settings } from "../config.ts"
import { CannotStart } from "../errors.ts"
import { messageOf } from "./messages.ts"
import { politeServer } from "./politeServer.ts"
import { closedDoors } from "./securityHeaders.ts"

/** How long a client may take, in milliseconds. */
export interface Patience {
  readonly headersTimeout: number
  /** The whole request, body included. */
  readonly requestTimeout: number
  /** Longer than proxies keep an idle connection (60 s), so that none of them uses one that was just closed. */
  readonly keepAliveTimeout: number
  /** How often all of this is looked at. */
  readonly connectionsCheckingInterval: number
}

const patience: Patience = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}

const largestHeaderBytes = 16_384

/** More than these are turned away at the door, so that those who are in are served. */
const mostConnections = 10_000

/** A server that waits for nobody for ever, and answers in the contract's shape even to what is no request. */
export const guardedServer = (allowed: Patience = patience): Server => {
  const server = politeServer({
    ...allowed,
    maxHeaderSize: largestHeaderBytes,
    // Nothing here changes protocols. A connection that did would leave Node's care, and its limits of time with it.
    shouldUpgradeCallback: () => false,
    // The gate looks, and says no in the contract's shape.
    requireHostHeader: false,
  })
  server.maxConnections = mostConnections
  // Whatever else somebody expects of us, they get an answer.
  server.on("checkExpectation", (request, answer) => server.emit("request", request, answer))
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const isThere = error.code !== "ECONNRESET" && socket.writable
    if (isThere) socket.end(bareAnswer(...(unreadable[error.code ?? ""] ?? unreadable.other)))
    else socket.destroy()
  })
  return server
}

const unreadable: Readonly<Record<string, readonly [status: string, reason: string]>> & {
  readonly other: readonly [string, string]
} = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "HEADERS_TOO_LARGE"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "REQUEST_TIMEOUT"],
  other: ["400 Bad Request", "INVALID_REQUEST"],
}

const bareAnswer = (status: string, reason: string): string => {
  const body = JSON.stringify({ ok: false, reason, message: messageOf(reason, "ko") })
  return [
    `HTTP/1.1 ${status}`,
    "content-type: application/json",
    "cache-control: no-store",
    ...Object.entries(closedDoors).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n")
}

/** Listens when it is built. When its scope closes it takes no more requests, and ends with those that it has. */
export const listener = ({ host, port, tossPay }: Settings) =>
  Layer.effect(
    HttpServer.HttpServer,
    Effect.gen(function* () {
      const server = guardedServer()
      const listening = yield* NodeHttpServer.make(() => server, {
        host,
        port,
        // A request that waits for an answer of TossPay gets it; what a second call brings is on record, for whoever asks again.
        gracefulShutdownTimeout: tossPay.timeoutMs + 1_000,
      }).pipe(Effect.mapError(({ cause }) => cannotListen(host, port, (cause as NodeJS.ErrnoException).code)))
      // Whoever has not come to an end by then never may: half a request, or an answer that nobody reads.
      yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      return listening
    }),
  )

const cannotListen = (host: string, port: number, code: string | undefined) =>
  new CannotStart({
    exitCode: 3,
    reason:
      code === "EADDRINUSE"
        ? `PORT ${port} on ${host} cannot be listened on; is something else running there?`
        : `HOST ${host} with PORT ${port} cannot be listened on (${code ?? "no reason given"})`,
  })
