/**
 * The four calls over bare node:http, with neither router nor middleware in between: a shop that is being measured
 * shares its machine with the simulator, which therefore costs as little as it can. No CORS: a browser has no business
 * here (TossPay reference: transport).
 */

import type { IncomingMessage, ServerResponse } from "node:http"
import { Effect, Exit, Fiber, Scope } from "effect"
import { type CallName, callNames } from "./calls.ts"
import { broken, failed, toWire, type WireReply } from "./envelope.ts"
import { TossPaySimulator, type WireHeaders } from "./simulator.ts"

const paths: ReadonlyMap<string, CallName> = new Map(
  callNames.map((name) => [`/api-partner/v1/apps-in-toss/pay/${name}`, name]),
)

/** No call comes near this; the real limit is not known. */
export const largestBodyBytes = 1_000_000

/** Takes the requests that are for the partner API, and gives `false` for all others. */
export const partnerHandler = Effect.gen(function* () {
  const simulator = yield* TossPaySimulator
  const scope = yield* Scope.Scope
  const run = Effect.runForkWith(yield* Effect.context<never>())

  const answer = (name: CallName, request: IncomingMessage, response: ServerResponse, body: string): void => {
    // Only set-cookie, which nobody reads here, would be a list.
    const headers = request.headers as WireHeaders
    const fiber = Fiber.runIn(run(simulator.call(name, headers, body)), scope)
    response.once("close", () => fiber.interruptUnsafe())
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) return deliver(response, exit.value)
      if (Exit.hasInterrupts(exit)) return deliver(response, { _tag: "Lost" })
      run(Effect.logError("The simulator failed", exit.cause))
      deliver(response, toWire({ ...broken("INTERNAL_ERROR"), status: 500 }))
    })
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const name = paths.get(request.url?.split("?", 1)[0] ?? "")
    if (name === undefined) return false
    if (request.method !== "POST") deliver(response, refusal(405, "all calls are POST"))
    else readBody(request, response, (body) => answer(name, request, response, body))
    return true
  }
})

const readBody = (request: IncomingMessage, response: ServerResponse, use: (body: string) => void): void => {
  const chunks: Array<Buffer> = []
  let bytes = 0
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= largestBodyBytes) chunks.push(chunk)
  })
  request.on("end", () => {
    if (bytes <= largestBodyBytes) use(Buffer.concat(chunks).toString("utf8"))
    else deliver(response, refusal(413, "the body is too large"))
  })
}

/** Nothing is written when the reply is lost: the caller's connection just ends. */
const deliver = (response: ServerResponse, reply: WireReply): void => {
  if (reply._tag === "Lost") {
    response.destroy()
    return
  }
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) })
  response.end(reply.body)
}

const refusal = (status: number, detail: string): WireReply =>
  toWire(failed(status, "COMMON_INVALID_PARAMETER", detail))
