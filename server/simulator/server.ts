/**
 * The simulator as a server. Without TLS one listener serves everything. With it the partner API asks every client for
 * a certificate, as TossPay does, and sheets and controls move to a plain listener of their own, for browsers.
 */

import { createServer, type Server } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ByteSize, Context, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpMiddleware, HttpRouter } from "effect/http"
import { CannotStart } from "../errors.ts"
import { controlRoutes, healthRoute, indexRoute, sheetRoutes } from "./http.ts"
import { largestBodyBytes, partnerHandler } from "./partner.ts"
import { type SimulatorOptions, TossPaySimulator } from "./simulator.ts"

interface MutualTls {
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
 * when a port is taken, when the journal or a certificate cannot be used, and with NODE_ENV=production.
 */
export const simulatorServer = (
  options: ServerOptions = {},
): Layer.Layer<TossPaySimulator | SimulatorAddress, CannotStart> =>
  Layer.effect(SimulatorAddress, listenEverywhere(options)).pipe(
    Layer.provideMerge(TossPaySimulator.layer(options)),
    Layer.provide(NodeHttpServer.layerHttpServices),
    (server) => Layer.unwrap(Effect.as(refuseInProduction, server)),
  )

/** It moves no real money; running it where real money is expected is a mistake worth stopping. */
const refuseInProduction = Effect.suspend(() =>
  process.env["NODE_ENV"] === "production"
    ? Effect.fail(cannotStart("NODE_ENV must not be production: the simulator is not TossPay", 2))
    : Effect.void,
)

const forPeople = Layer.mergeAll(sheetRoutes, controlRoutes, indexRoute, healthRoute)

const listenEverywhere = Effect.fnUntraced(function* (options: ServerOptions) {
  const { tls, host = "127.0.0.1", port = 0, controlPort = 0 } = options
  const partner = yield* partnerHandler
  const people = yield* handlerOf(forPeople)
  if (tls === undefined) {
    const everything = createServer((request, response) => {
      if (!partner(request, response)) people(request, response)
    })
    const url = `http://${yield* listen(everything, host, port)}`
    return { partnerUrl: url, controlUrl: url }
  }
  const health = yield* handlerOf(healthRoute)
  const mutual = yield* Effect.try({
    try: () => createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }),
    catch: (cause) => cannotStart(`the simulator's certificate cannot be used: ${(cause as Error).message}`),
  })
  mutual.on("request", (request, response) => {
    if (!partner(request, response)) health(request, response)
  })
  return {
    partnerUrl: `https://${yield* listen(mutual, host, port)}`,
    controlUrl: `http://${yield* listen(createServer(people), host, controlPort)}`,
  }
})

/** A listener for node:http that ends its requests when the scope closes. */
const handlerOf = Effect.fnUntraced(function* (routes: typeof forPeople) {
  const app = yield* HttpRouter.toHttpEffect(routes)
  return yield* NodeHttpServer.makeHandler(app, { scope: yield* Effect.scope }).pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(largestBodyBytes)),
    // TossPay leaves no spans in the shop's traces.
    Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true),
  )
})

/** Listens until the scope closes. Gives host and port as a URL wants them. */
const listen = (node: Server, host: string, port: number) =>
  Effect.acquireRelease(
    Effect.callback<AddressInfo, CannotStart>((resume) => {
      node.once("error", (cause: NodeJS.ErrnoException) => {
        const why =
          cause.code === "EADDRINUSE" ? "something else is running there" : (cause.code ?? cause.message)
        resume(Effect.fail(cannotStart(`port ${port} on ${host} cannot be listened on: ${why}`)))
      })
      node.listen({ host, port }, () => resume(Effect.succeed(node.address() as AddressInfo)))
    }),
    () =>
      Effect.sync(() => {
        node.close()
        // A rehearsal ends when it is told to, also in the middle of a slow reply.
        node.closeAllConnections()
      }),
  ).pipe(Effect.map(reachable))

/** Who listens on every address is reached on the loopback one. */
const reachable = ({ address, family, port }: AddressInfo): string => {
  if (family === "IPv6") return `[${address === "::" ? "::1" : address}]:${port}`
  return `${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`
}

const cannotStart = (reason: string, exitCode: 2 | 3 = 3) => new CannotStart({ exitCode, reason })
