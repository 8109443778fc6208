/**
 * The simulator as a server. Without TLS one listener serves everything. With it the partner API asks every client for
 * a certificate, as TossPay does, and sheets and controls move to a plain listener of their own, for browsers.
 */

import { createServer, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { NodeHttpServer } from "@effect/platform-node"
import { ByteSize, Context, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpMiddleware, HttpRouter } from "effect/http"
import { CannotStart } from "../errors.ts"
import { controlRoutes, healthRoute, indexRoute, partnerRoutes, sheetRoutes } from "./http.ts"
import { type SimulatorOptions, TossPaySimulator } from "./simulator.ts"

export interface MutualTls {
  /** The simulator's own certificate and key, PEM. */
  readonly cert: string
  readonly key: string
  /** Who signs the client certificates that are let in, PEM. */
  readonly ca: string
}

export interface ServerOptions extends SimulatorOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined
  /** Of the partner API, and of everything else without `tls`. Default 0: any free port. */
  readonly port?: number | undefined
  /** Of sheets and controls, with `tls` only. Default 0: any free port. */
  readonly controlPort?: number | undefined
  readonly tls?: MutualTls | undefined
}

/** Where a running simulator is found; base URLs without a slash at the end. */
export class SimulatorAddress extends Context.Service<
  SimulatorAddress,
  {
    /** What a shop takes for TossPay's base URL. */
    readonly partnerUrl: string
    /** Sheets, controls and the front page; the same as `partnerUrl` without TLS. */
    readonly controlUrl: string
  }
>()("tosspay-checkout/simulator/SimulatorAddress") {}

/**
 * A simulator that listens as soon as it is built and stops at once when its scope closes. Fails with one line to read
 * when a port is taken, or when the journal or a certificate cannot be used.
 */
export const simulatorServer = (
  options: ServerOptions = {},
): Layer.Layer<TossPaySimulator | SimulatorAddress, CannotStart> =>
  Layer.effect(SimulatorAddress, listenEverywhere(options)).pipe(
    Layer.provideMerge(TossPaySimulator.layer(options)),
    Layer.provide(NodeHttpServer.layerHttpServices),
  )

const forServers = Layer.merge(partnerRoutes, healthRoute)
const forPeople = Layer.mergeAll(sheetRoutes, controlRoutes, indexRoute)

const listenEverywhere = Effect.fnUntraced(function* (options: ServerOptions) {
  const { tls, host = "127.0.0.1", port = 0, controlPort = 0 } = options
  if (tls === undefined) {
    const url = yield* listen(Layer.merge(forServers, forPeople), createServer(), host, port)
    return { partnerUrl: `http://${url}`, controlUrl: `http://${url}` }
  }
  const mutual = yield* Effect.try({
    try: () => createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }),
    catch: (cause) => cannotStart(`the simulator's certificate cannot be used: ${(cause as Error).message}`),
  })
  const partner = yield* listen(forServers, mutual, host, port)
  const control = yield* listen(Layer.merge(forPeople, healthRoute), createServer(), host, controlPort)
  return { partnerUrl: `https://${partner}`, controlUrl: `http://${control}` }
})

/** No call comes near this; the real limit is not known. */
const largestBodyBytes = 1_000_000

/** Serves the routes until the scope closes. Gives host and port as a URL wants them. */
const listen = Effect.fnUntraced(function* (
  routes: typeof forServers,
  node: Server,
  host: string,
  port: number,
) {
  const app = yield* HttpRouter.toHttpEffect(routes)
  const server = yield* Effect.mapError(
    NodeHttpServer.make(() => node, { host, port, disablePreemptiveShutdown: true }),
    ({ cause }) => cannotStart(`port ${port} on ${host} cannot be listened on: ${codeOf(cause)}`),
  )
  yield* server.serve(app).pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(largestBodyBytes)),
    // TossPay leaves no spans in the shop's traces.
    Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true),
  )
  // A rehearsal ends when it is told to, also in the middle of a slow reply.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      node.close()
      node.closeAllConnections()
    }),
  )
  return reachable(node.address() as AddressInfo)
})

/** Who listens on every address is reached on the loopback one. */
const reachable = ({ address, family, port }: AddressInfo): string => {
  if (family === "IPv6") return `[${address === "::" ? "::1" : address}]:${port}`
  return `${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`
}

const cannotStart = (reason: string) => new CannotStart({ exitCode: 3, reason })

const codeOf = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === "EADDRINUSE" ? "something else is running there" : (code ?? message)
}
