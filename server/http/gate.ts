/** What every request passes: limits on the way in, and on the way out an answer even to what went wrong unforeseen. */

import { toIncomingMessage } from "@effect/platform-node/NodeHttpServerRequest"
import { Cause, Effect, Layer, type Types } from "effect"
import {
  HttpMiddleware,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  type HttpServerResponse,
} from "effect/http"
import { HttpApiError } from "effect/http-api"
import type { Language } from "../catalog.ts"
import { CurrentSettings } from "../config.ts"
import { TooManyRequests, Unavailable } from "../errors.ts"
import { clientAddress } from "./address.ts"
import { errorAnswer, no } from "./answers.ts"
import { foreignForm } from "./bodyForm.ts"
import { Capacity } from "./capacity.ts"
import { RateLimits } from "./limits.ts"
import { languageOf, messageOf } from "./messages.ts"
import { securityHeaders } from "./securityHeaders.ts"
import { timing } from "./timing.ts"

/** The largest body that is read. The largest honest order is a tenth of it. */
export const largestBodyBytes = 65_536

const gate = HttpRouter.middleware(
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const { toHear, toAct, toBegin, toRead } = yield* Capacity
    const addressOf = clientAddress((yield* CurrentSettings).trustedProxies)
    return Effect.fnUntraced(function* (
      httpEffect: Effect.Effect<HttpServerResponse.HttpServerResponse, Types.unhandled>,
    ) {
      const request = yield* HttpServerRequest.HttpServerRequest
      const spoken = languageOf(request.headers["accept-language"])
      if (Number(request.headers["content-length"] ?? 0) > largestBodyBytes) return tooLarge(spoken)
      if (!namesOneHost(request)) return noRequest(spoken)
      if (!isPath(request.url)) return nowhere(spoken)
      const foreign = foreignForm(request.headers)
      if (foreign !== null) return invalid(spoken, foreign)
      const address = addressOf(request)
      const acts = request.method === "POST"
      const room = !acts ? toRead : endsOne(request.url) ? toAct : toBegin
      // Its body is kept, for whoever reads it as something.
      const heard = acts ? toHear(address)(request.arrayBuffer) : Effect.void
      // Nobody is heard for whom there is no seat: to say no has to stay cheap when it is said to most.
      const admitted = limits
        .ofAddress(address)
        .pipe(Effect.andThen(room.expectSeat), Effect.andThen(heard), Effect.andThen(room.within(httpEffect)))
      return yield* (isOfBuyers(request.url) ? admitted : httpEffect).pipe(
        Effect.map((response) => inOurWords(response, request.url, spoken)),
        // The router types its own errors as not ours to handle, although every one of them needs an answer here.
        Effect.catchCause((cause) => answerTo(cause, request, spoken) as typeof httpEffect),
      )
    })
  }),
  { global: true },
)

/** As the router reads it, to which `//api/`, `/API/` and `/%61pi/` are all `/api/`. */
const isOfBuyers = (url: string): boolean =>
  /^\/+api\//i.test(url.replace(/%[0-7][0-9a-f]/gi, (escaped) => decodeURIComponent(escaped)))

/** As it is written in the contract: whoever writes it otherwise is served too, but not before others. */
const endsOne = (url: string): boolean => /^\/api\/payment\/(execute|authentication)(\?|$)/.test(url)

/** Whom it asks is said once, and can be somebody; before HTTP/1.1 it need not be said (RFC 9112, 3.2). */
const namesOneHost = (request: HttpServerRequest.HttpServerRequest): boolean => {
  const { httpVersion, rawHeaders } = toIncomingMessage(request)
  const hosts = rawHeaders.filter(
    (_, index) => /^host$/i.test(rawHeaders[index - 1] ?? "") && index % 2 === 1,
  )
  const [host, another] = hosts.length === 0 && httpVersion === "1.0" ? ["none"] : hosts
  return (
    host !== undefined && another === undefined && !/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`)
  )
}

/** One with an escape that stands for no character, or for none that is written, leads nowhere, whichever route it looks like. */
const isPath = (url: string): boolean => {
  try {
    return !/\p{Cc}/u.test(decodeURIComponent(url.split("?", 1)[0] ?? ""))
  } catch {
    return false
  }
}

/** Mini-apps live on another origin; without a list only this origin may call. */
const cors = (allowedOrigins: ReadonlyArray<string>) =>
  allowedOrigins.length === 0
    ? Layer.empty
    : HttpRouter.middleware(
        HttpMiddleware.cors({
          allowedOrigins,
          allowedMethods: ["GET", "POST"],
          allowedHeaders: [
            "content-type",
            "authorization",
            "idempotency-key",
            "x-toss-user-key",
            "accept-language",
            "traceparent",
            "tracestate",
          ],
          exposedHeaders: ["retry-after"],
          maxAge: 600,
        }),
        { global: true },
      )

/** From inside to outside: what was added to the router first is passed first, so even the gate's own no is counted and can be read. */
export const gates = (allowedOrigins: ReadonlyArray<string>) =>
  gate.pipe(
    Layer.provideMerge(cors(allowedOrigins)),
    Layer.provideMerge(securityHeaders),
    Layer.provideMerge(timing),
  )

const answerTo = (
  cause: Cause.Cause<unknown>,
  request: HttpServerRequest.HttpServerRequest,
  spoken: Language,
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
  const error = Cause.squash(cause)
  if (error instanceof TooManyRequests || error instanceof Unavailable)
    return Effect.succeed(errorAnswer(error, spoken))
  if (
    HttpApiError.HttpApiSchemaError.is(error) &&
    error.kind !== "Body" &&
    error.kind !== "ResponseHeaders"
  ) {
    return Effect.succeed(invalid(spoken, firstLines(error.cause.message)))
  }
  if (HttpServerError.isHttpServerError(error)) {
    switch (error.reason._tag) {
      case "RouteNotFound":
        return Effect.succeed(nowhere(spoken))
      case "RequestParseError":
        return Effect.succeed(
          isTooLarge(error.reason) ? tooLarge(spoken) : invalid(spoken, "the body cannot be read"),
        )
    }
  }
  return Effect.logError(`${request.method} ${request.url.split("?")[0]} failed`, cause).pipe(
    Effect.as(no(500, "INTERNAL_ERROR", messageOf("INTERNAL_ERROR", spoken))),
  )
}

/** Answers of the parts that we do not write ourselves, in the shape of the contract. */
const inOurWords = (response: HttpServerResponse.HttpServerResponse, url: string, spoken: Language) => {
  if (response.status === 415) return invalid(spoken, "content-type must be application/json")
  const isBare = response.status === 404 && response.body._tag === "Empty" && url.startsWith("/api/")
  return isBare ? nowhere(spoken) : response
}

const nowhere = (spoken: Language) => no(404, "NOT_FOUND", messageOf("NOT_FOUND", spoken))

const invalid = (spoken: Language, detail: string) =>
  no(422, "INVALID_REQUEST", messageOf("INVALID_REQUEST", spoken), { detail })

/** To who asks no host, two, or one that can be none: no address could be made of it. */
const noRequest = (spoken: Language) => no(400, "INVALID_REQUEST", messageOf("INVALID_REQUEST", spoken))

const tooLarge = (spoken: Language) => no(413, "BODY_TOO_LARGE", messageOf("BODY_TOO_LARGE", spoken))

const isTooLarge = (reason: { readonly cause?: unknown }): boolean =>
  /maxBytes|too large/i.test(String(reason.cause ?? ""))

/** What the schema says, without a novel: which field, and what it should be. */
const firstLines = (message: string): string =>
  message.split("\n").slice(0, 3).join(" ").replaceAll(/\s+/g, " ").slice(0, 300)
