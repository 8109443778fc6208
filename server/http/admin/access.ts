/** The door of the back office: a token or a session of the console, a role that is enough, and a record of every use. */

import { Context, Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { hashOf, mayDo, type Operator, Operators, type Role } from "../../backOffice/operators.ts"
import { Sessions } from "../../backOffice/sessions.ts"
import { Uses } from "../../backOffice/uses.ts"
import { CurrentSettings } from "../../config.ts"
import { Refusal, type Unavailable } from "../../errors.ts"
import { clientAddress } from "../address.ts"
import { answered, no } from "../answers.ts"
import { RateLimits } from "../limits.ts"
import { languageOf, messageOf } from "../messages.ts"
import { refused } from "../schemas.ts"
import { secureName, sessionSecretOf } from "./cookie.ts"

export interface Entry {
  readonly operator: Operator
  readonly shown: "token" | "session"
  /** Of the session; `null` for a token. */
  readonly expiresAt: string | null
}

/** Who asks, to those who answer. */
export class Entered extends Context.Service<Entered, Entry>()("tosspay-checkout/http/Entered") {}

/** By the token, else as the request says. */
export const whoAsks = ({ who = "back office" }: { readonly who?: string | undefined }) =>
  Effect.map(Entered, ({ operator }) => operator.name ?? who.trim())

/** An endpoint's annotation: the role that it takes. Without one, reading takes `read` and everything else `all`. */
export const Needs = Context.Reference<Role | null>("tosspay-checkout/http/Needs", {
  defaultValue: () => null,
})

export class AdminOnly extends HttpApiMiddleware.Service<AdminOnly, { provides: Entered }>()(
  "tosspay-checkout/http/AdminOnly",
  {
    security: {
      bearer: HttpApiSecurity.bearer,
      session: HttpApiSecurity.apiKey({ key: secureName, in: "cookie" }),
    },
    error: [refused(401, "UNAUTHENTICATED"), refused(403, "FORBIDDEN"), refused(404, "NOT_FOUND")],
  },
) {}

export const notHere = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) =>
  no(404, "NOT_FOUND", messageOf("NOT_FOUND", languageOf(headers["accept-language"]))),
)

/** Looks whether what was shown is good, at most so often where it was not. */
export const atTheDoor = Effect.gen(function* () {
  const limits = yield* RateLimits
  const addressOf = clientAddress((yield* CurrentSettings).trustedProxies)
  return <A, E>(look: Effect.Effect<A | null, E>) =>
    Effect.gen(function* () {
      const address = addressOf(yield* HttpServerRequest.HttpServerRequest)
      yield* limits.ofGuesses(address)
      const found = yield* look
      if (found !== null) return found
      yield* limits.countGuess(address)
      return yield* new Refusal({ reason: "UNAUTHENTICATED" })
    })
})

export const adminOnly = Layer.effect(
  AdminOnly,
  Effect.gen(function* () {
    const operators = yield* Operators
    const sessions = yield* Sessions
    const uses = yield* Uses
    const prove = yield* atTheDoor

    const entryOf = (
      request: HttpServerRequest.HttpServerRequest,
    ): Effect.Effect<Entry | null, Unavailable> => {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const operator = operators.find(hashOf(Redacted.make(bearerIn(authorization))))
        return Effect.succeed(operator === null ? null : { operator, shown: "token", expiresAt: null })
      }
      const secret = sessionSecretOf(request)
      if (secret === undefined) return Effect.succeed(null)
      return Effect.map(sessions.find(secret), (session) => session && { ...session, shown: "session" })
    }

    type Guard = Parameters<typeof AdminOnly.of>[0]["bearer"]
    const guard: Guard = (httpEffect, { endpoint }) =>
      answered(
        Effect.gen(function* () {
          if (!operators.isOpen) return yield* notHere
          const entry = yield* prove(entryOf(yield* HttpServerRequest.HttpServerRequest))
          const { operator, shown } = entry
          const needed =
            Context.get(endpoint.annotations, Needs) ?? (endpoint.method === "GET" ? "read" : "all")
          const isAllowed = mayDo(operator.role, needed)
          const orderId = storable((yield* HttpRouter.params)["orderId"])
          yield* uses.record(operator, { shown, operation: endpoint.identifier, orderId, isAllowed })
          if (!isAllowed) return yield* new Refusal({ reason: "FORBIDDEN" })
          return yield* Effect.provideService(httpEffect, Entered, entry)
        }),
      )
    // Both are looked at in one place, so whichever is tried first answers.
    return AdminOnly.of({ bearer: guard, session: guard })
  }),
)

const bearerIn = (authorization: string): string => /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ""

/** Not decoded yet, so it may be anything; what cannot be an order is none. */
const storable = (orderId: string | undefined): string | null =>
  orderId !== undefined && /^[\x21-\x7e]{1,100}$/.test(orderId) ? orderId : null
